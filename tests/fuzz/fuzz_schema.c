/*
 * Any form is a schema, or a list of what is wrong with it. Up to the first line break the input is
 * the schema, behind it the value. Checking gives the same answer each time, an error that says
 * something, and never looks longer than its bound.
 */
#include "flow/codec.h"
#include "flow/quote.h"
#include "flow/reader.h"
#include "flow/schema.h"
#include "tests/fuzz/fuzz.h"

#define HEAP 8388608 /* 8 MiB */

static struct form *read_one(struct arena *arena, struct text source)
{
    struct reader reader;
    struct error err = {0};
    struct form *form = NULL;

    if (!reader_init(&reader, arena, source, &err)) return NULL;
    return reader_next(&reader, &form, &err) == READER_FORM ? form : NULL;
}

static void on_error(const struct form *at, const char *message, const char *hint, void *ctx)
{
    int *count = ctx;

    ASSERT(at->line >= 1 && message[0] && hint[0]);
    ++*count;
}

/* The value as a step would get it; false: it cannot be one. */
static bool decoded(struct heap *heap, const struct form *form, struct value *out)
{
    struct buf bytes CLEANUP(buf_done) = {0};
    struct error err = {0};

    return codec_encode(quote_form(heap, form), &bytes, &err) &&
           codec_decode(heap, buf_get(&bytes), out, &err);
}

static void check(const struct schema *schema, struct value value)
{
    struct error first = {0};
    struct error second = {0};
    bool ok = schema_check(schema, value, "the value", &first);
    bool again = schema_check(schema, value, "the value", &second);

    ASSERT(ok == again && first.code == second.code);
    ASSERT(ok || first.code == E_INPUT || first.code == E_FUEL);
    ASSERT(ok || (first.message[0] && strcmp(first.message, second.message) == 0));
    for (uint32_t i = 0; i < schema_key_count(schema); i++) {
        bool required;

        ASSERT(schema_key(schema, i, &required).ptr);
    }
}

void fuzz_input(struct text input)
{
    struct arena arena CLEANUP(arena_done) = {0};
    struct heap heap, statics;
    struct value value;
    struct text rest = input;
    struct text line = text_cut(&rest, '\n');
    int errors = 0;

    arena_init(&arena, 0);
    heap_init(&heap, HEAP);
    heap_init_static(&statics);
    const struct form *form = read_one(&arena, line);
    const struct form *data = rest.ptr ? read_one(&arena, rest) : NULL;
    const struct schema *schema =
        form ? schema_parse(&arena, &statics, form, on_error, &errors) : NULL;

    ASSERT(!form || (schema == NULL) == (errors > 0));
    if (schema && data && decoded(&heap, data, &value)) check(schema, value);
    heap_done(&heap);
    heap_done(&statics);
}
