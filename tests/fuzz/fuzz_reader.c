/* Any text is read to its end, form by form; what was read prints as what reads the same. */
#include "flow/reader.h"
#include "tests/fuzz/fuzz.h"

#define BUDGET 16777216 /* 16 MiB */

/* What is printed reads again, and prints the same. */
static void check_printed(const struct form *form)
{
    struct buf first CLEANUP(buf_done) = {0};
    struct buf second CLEANUP(buf_done) = {0};
    struct arena arena CLEANUP(arena_done) = {0};
    struct reader reader;
    struct form *again;
    struct error err = {0};

    buf_char(&first, ' '); // a name may begin with what is a byte order mark at the start of a text
    form_print(form, &first);
    arena_init(&arena, BUDGET);
    if (!reader_init(&reader, &arena, buf_get(&first), &err)) return; // lone surrogates
    if (reader_next(&reader, &again, &err) != READER_FORM) return;
    buf_char(&second, ' ');
    form_print(again, &second);
    ASSERT(text_equal(buf_get(&first), buf_get(&second)));
    ASSERT(form_equal(form, again) == form_equal(again, form));
    if (form_equal(form, again)) ASSERT(form_hash(form) == form_hash(again));
}

void fuzz_input(struct text input)
{
    struct arena arena CLEANUP(arena_done) = {0};
    struct reader reader;
    struct form *form;
    struct error err = {0};
    enum reader_result result;
    size_t offset = 0;

    arena_init(&arena, BUDGET);
    if (!reader_init(&reader, &arena, input, &err)) {
        ASSERT(err.code != E_NONE);
        return;
    }
    reader.flow_file = input.len > 0 && input.ptr[0] == '{';
    while ((result = reader_next(&reader, &form, &err)) != READER_END) {
        if (result == READER_FORM) {
            ASSERT(form->offset >= offset);
            ASSERT(form->end_offset > form->offset);
            ASSERT(form->end_offset <= input.len);
            offset = form->end_offset;
            check_printed(form);
            continue;
        }
        ASSERT(err.line > 0);
        ASSERT(err.column > 0);
        if (err.code == E_ARENA_BUDGET) return;
        reader_skip(&reader);
        ASSERT(reader.offset > offset || reader.offset == input.len);
        offset = reader.offset;
    }
}
