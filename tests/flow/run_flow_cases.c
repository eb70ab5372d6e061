/*
 * Runs the cases of the flow language: each form of a .flow file is evaluated by itself and
 * compared with the comment behind it,
 *
 *     (+ 1 2)      ;; => 3             the value as pr-str prints it, newlines as \n
 *     (/ 1 0)      ;; !! arithmetic    the family of the error (LANGUAGE section 11)
 *
 * Prints what failed with file and line, then the counts alone on the last line; the exit code is 0
 * only when all passed.
 */
#include "base/crypto.h"
#include "base/limits.h"
#include "flow/core.h"
#include "flow/eval.h"
#include "flow/reader.h"
#include "tests/flow/case_file.h"

#include <stdio.h>
#include <string.h>

/* Less than a run has, so that the cases of what never ends take a moment only. */
static const struct vm_limits limits = {
    .fuel = 5000000, .heap_bytes = 32 * 1024 * 1024, .depth = LIMIT_RUN_DEPTH};

struct cases {
    const struct core *core;
    const char *file;
    int passed, failed;
};

/* The value, or "!! kind". */
static void evaluate(const struct core *core, struct text source, struct buf *out)
{
    struct error err = {0};
    struct buf value CLEANUP(buf_done) = {0};

    if (!eval_text(core, source, &limits, &value, &err)) {
        buf_printf(out, "!! %s (%s)", eval_kind(&err), err.message);
        return;
    }
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '\n') {
            buf_cstr(out, "\\n");
        } else {
            buf_char(out, value.ptr[i]);
        }
    }
}

/* An error is as expected when its kind is; its message stands behind in brackets. */
static bool is_expected(struct text got, struct text expected)
{
    if (text_equal(got, expected)) return true;
    return text_starts_with(expected, TEXT("!! ")) && text_starts_with(got, expected) &&
           text_starts_with(text_slice(got, expected.len, got.len), TEXT(" ("));
}

static void check(struct cases *cases, uint32_t line, struct text source, struct text expected)
{
    struct buf got CLEANUP(buf_done) = {0};

    evaluate(cases->core, source, &got);
    if (is_expected(buf_get(&got), expected)) {
        cases->passed++;
        return;
    }
    cases->failed++;
    printf("%s:%u: " TEXT_FMT "\n    expected " TEXT_FMT "\n    got      " TEXT_FMT "\n",
           cases->file, line, TEXT_ARG(source), TEXT_ARG(expected), TEXT_ARG(buf_get(&got)));
}

/* What the comment behind a form says; TEXT_NONE when there is none. */
static struct text expectation(struct text source, size_t offset)
{
    struct text rest = text_slice(source, offset, source.len);

    rest = text_trim(rest);
    struct text line = text_trim(text_cut(&rest, '\n'));

    if (text_starts_with(line, TEXT(";; =>"))) return text_trim(text_slice(line, 5, line.len));
    if (text_starts_with(line, TEXT(";; !! "))) return text_slice(line, 3, line.len);
    return TEXT_NONE;
}

static bool run_source(struct cases *cases, struct text source)
{
    struct arena arena CLEANUP(arena_done) = {0};
    struct reader reader;
    struct form *form;
    struct error err = {0};
    enum reader_result result;

    arena_init(&arena, 0);
    if (!reader_init(&reader, &arena, source, &err)) {
        printf("%s:%d: %s\n", cases->file, err.line, err.message);
        return false;
    }
    while ((result = reader_next(&reader, &form, &err)) == READER_FORM) {
        struct text expected = expectation(source, form->end_offset);

        if (!expected.ptr) {
            printf("%s:%u: no expected value behind the form\n", cases->file, form->line);
            return false;
        }
        check(cases, form->line, text_slice(source, form->offset, form->end_offset), expected);
    }
    if (result == READER_ERROR) printf("%s:%d: %s\n", cases->file, err.line, err.message);
    return result == READER_END;
}

int main(int argc, char **argv)
{
    crypto_start();
    struct core *core = vm_core_new();
    struct cases cases = {.core = core};
    bool whole = argc > 1;

    for (int i = 1; i < argc; i++) {
        struct buf source CLEANUP(buf_done) = {0};

        cases.file = argv[i];
        if (!case_file_read(argv[i], &source) || !run_source(&cases, buf_get(&source))) {
            whole = false;
        }
    }
    vm_core_free(core);
    printf("%d passed, %d failed\n", cases.passed, cases.failed);
    return whole && cases.failed == 0 ? 0 : 1;
}
