/*
 * Any text that reads is formatted: what was formatted reads as the same forms, and formatting it
 * once more changes nothing. Text that does not read is refused with the reader's position.
 */
#include "flow/reader.h"
#include "flow/syntax_format.h"
#include "tests/fuzz/fuzz.h"

/* All forms as printed; false when the text does not read. */
static bool print_forms(struct text source, struct buf *out, struct error *err)
{
    struct arena arena CLEANUP(arena_done) = {0};
    struct reader reader;
    struct form *form;
    enum reader_result result;

    arena_init(&arena, 0);
    if (!reader_init(&reader, &arena, source, err)) return false;
    reader.flow_file = true;
    while ((result = reader_next(&reader, &form, err)) == READER_FORM) {
        form_print(form, out);
        buf_char(out, '\n');
    }
    return result == READER_END;
}

void fuzz_input(struct text input)
{
    struct buf before CLEANUP(buf_done) = {0};
    struct buf after CLEANUP(buf_done) = {0};
    struct buf once CLEANUP(buf_done) = {0};
    struct buf twice CLEANUP(buf_done) = {0};
    struct error err = {0}, reading = {0};

    if (!print_forms(input, &before, &reading)) {
        ASSERT(!syntax_format(input, &once, &err));
        ASSERT(err.code == reading.code);
        ASSERT(err.line == reading.line);
        ASSERT(err.column == reading.column);
        ASSERT(once.len == 0);
        return;
    }
    ASSERT(syntax_format(input, &once, &err));
    ASSERT(print_forms(buf_get(&once), &after, &err));
    ASSERT(text_equal(buf_get(&before), buf_get(&after)));
    ASSERT(syntax_format(buf_get(&once), &twice, &err));
    ASSERT(text_equal(buf_get(&once), buf_get(&twice)));
}
