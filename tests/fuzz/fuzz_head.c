/* The head of a request: what stands behind the blank line does not count, and a head that is well
 * has its framing headers once. */
#include "base/buf.h"
#include "gateway/head.h"
#include "tests/fuzz/fuzz.h"

static bool is_empty(struct text line)
{
    return line.len == 0 || text_equal(line, TEXT("\r"));
}

/* Lines, up to the blank one, that start with the name and a colon. */
static int count_lines(struct text head, struct text name)
{
    int count = 0;

    struct text request_line = text_cut(&head, '\n');

    while (head.ptr && is_empty(request_line)) {
        request_line = text_cut(&head, '\n');
    }
    while (head.ptr) {
        struct text line = text_cut(&head, '\n');

        if (is_empty(line)) break;
        if (line.len > name.len && line.ptr[name.len] == ':' &&
            text_equal_nocase(text_slice(line, 0, name.len), name)) {
            count++;
        }
    }
    return count;
}

void fuzz_input(struct text input)
{
    struct buf more CLEANUP(buf_done) = {0};
    struct error err = {0};

    if (!head_check(input, &err)) {
        ASSERT(err.code != E_NONE);
        return;
    }
    int lengths = count_lines(input, TEXT("content-length"));
    int encodings = count_lines(input, TEXT("transfer-encoding"));

    ASSERT(lengths + encodings <= 1);
    ASSERT(count_lines(input, TEXT("host")) <= 1);
    buf_text(&more, input);
    buf_cstr(&more, "Host: x\r\nHost: y\r\n\r\n");
    ASSERT(head_check(buf_get(&more), &err));
}
