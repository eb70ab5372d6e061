/*
 * Any text is a template, or an error with a position. What is one renders the same each time, for
 * the same fuel, within its limits; no value gets into SQL, and none out of an escape. The first
 * byte chooses how values are written.
 */
#include "base/limits.h"
#include "flow/pmap.h"
#include "flow/quote.h"
#include "flow/reader.h"
#include "flow/template.h"
#include "tests/fuzz/fuzz.h"

#define HEAP  8388608 /* 8 MiB */
#define FUEL  20000
#define LIMIT 65536

static const char data[] =
    "{:a \"Q<Q'\" \"b\" [1 2.5 nil \"Q<Q'\" {:c :Q<Q}] :c {:d {:e true} \"f\" (1 2 3)} :n 0 "
    ":x/y #{} :items [{:name \"Q<Q'\" :n 1} {:name \"\" :n 2N}] :i #inst \"2020-01-01\" :z 1.5M}";

static struct value make_data(struct arena *arena, struct heap *heap)
{
    struct reader reader;
    struct error err = {0};
    struct form *form = NULL;
    bool ok = reader_init(&reader, arena, text_from(data), &err) &&
              reader_next(&reader, &form, &err) == READER_FORM;

    ASSERT(ok);
    return quote_form(heap, form);
}

static bool render(const struct template *template, enum template_escape escape,
                   struct arena *arena, struct buf *out, int64_t *out_fuel)
{
    struct heap heap;
    struct error err = {0};

    heap_init(&heap, HEAP);
    struct template_run run = {
        .heap = &heap, .data = make_data(arena, &heap), .fuel = FUEL, .escape = escape};

    buf_init(out, LIMIT);
    bool ok = template_render(template, &run, out, &err);

    ASSERT(ok == (err.code == E_NONE));
    ASSERT(ok || err.line >= 1);
    ASSERT(out->len <= LIMIT);
    *out_fuel = run.fuel;
    template_render_done(&run);
    heap_done(&heap);
    return ok;
}

/* Whether the text can bring in "Q<Q" by itself, or ask for values as they are. */
static bool is_open(struct text source)
{
    return text_index_of(source, TEXT("Q")) >= 0 || text_index_of(source, TEXT("{{{")) >= 0 ||
           text_index_of(source, TEXT("&")) >= 0 || text_index_of(source, TEXT("~{")) >= 0;
}

void fuzz_input(struct text input)
{
    struct arena arena CLEANUP(arena_done) = {0};
    struct buf first CLEANUP(buf_done) = {0};
    struct buf second CLEANUP(buf_done) = {0};
    struct error err = {0};
    int64_t fuel, again;

    if (input.len == 0) return;
    enum template_escape escape = (unsigned char)input.ptr[0] % 4;
    struct text source = text_slice(input, 1, input.len);
    struct template_origin origin = {source, 3, 5}; // read as the literal it might be

    arena_init(&arena, 0);
    const struct template *template =
        template_parse(&arena, source, escape == TEMPLATE_SQL, NULL, &err);

    if (!template) {
        ASSERT(err.code == E_TEMPLATE && err.line >= 1 && err.column >= 1);
        template = template_parse(&arena, source, escape == TEMPLATE_SQL, &origin, &err);
        ASSERT(!template);
        return;
    }
    bool ok = render(template, escape, &arena, &first, &fuel);

    ASSERT(render(template, escape, &arena, &second, &again) == ok && fuel == again);
    ASSERT(text_equal(buf_get(&first), buf_get(&second)));
    if (escape == TEMPLATE_PLAIN || is_open(source)) return;
    ASSERT(text_index_of(buf_get(&first), TEXT("Q<Q")) < 0);
}
