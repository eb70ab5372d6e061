/*
 * Runs the cases of the lint: flows that are wrong in one way, and what is said about each.
 *
 *     == what is wrong                     a case begins; what follows is the body of a flow
 *     (flow/step :http :a {:url 5})        and stands on its second line
 *     ;=> error step_config_invalid 2:26 :flow :a
 *     ;=>   :url is not a string
 *     ;=>   Write :url "https://…".
 *
 * `== (keys) …`: keys of a flow, from the second line on; required ones that begin no line are
 * added. `== (file) …`: the whole file. (strict) may follow. Each diagnostic is three lines: what
 * and where, message, hint. UPDATE_GOLDEN=1 rewrites them; read the difference, since these texts
 * are what an agent repairs a flow by.
 *
 * With --codes behind the files, each code of diagnostic_codes.def must have been produced; with
 * --reference FILE, that file must say what the table says.
 */
#include "base/cron.h"
#include "base/crypto.h"
#include "base/limits.h"
#include "base/memory.h"
#include "flow/lint_fix.h"
#include "flow/vm.h"
#include "tests/flow/case_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum severity { ERROR, WARNING, STYLE, EITHER };

static const struct {
    const char *code;
    enum severity severity;
    const char *meaning;
} codes[] = {

#define X(code, severity, meaning) {code, severity, meaning},
#include "flow/diagnostic_codes.def"
#undef X
};

struct run {
    const struct core *core;
    const char *file;
    bool update;
    int passed, failed;
    bool seen[ARRAY_COUNT(codes)][2]; /* as error, as warning */
};

enum shape { BODY, KEYS, WHOLE };

struct lint_case {
    struct text title, source, expected;
    enum shape shape;
    bool strict;
    int line;
};

static void fail(struct run *run, const struct lint_case *one, const char *what)
{
    run->failed++;
    printf("%s:%d: " TEXT_FMT ": %s\n", run->file, one->line, TEXT_ARG(one->title), what);
}

/* The flow around a case */

static bool has_key(struct text source, const char *key)
{
    while (source.ptr) {
        struct text line = text_cut(&source, '\n');

        if (text_starts_with(line, text_from(key)) && line.len > strlen(key) &&
            line.ptr[strlen(key)] == ' ') {
            return true;
        }
    }
    return false;
}

static void put_flow(const struct lint_case *one, struct buf *out)
{
    static const struct {
        const char *key, *value;
    } head[] = {
        {":slug", ":orders"},
        {":name", "\"Orders\""},
        {":concurrency", "{:type :singleton :on-new-version :coexist}"},
        {":invocations", "{:default {:inputs []}}"},
        {":interfaces", "{:manual [{:id :run :invocation :default}]}"},
    };
    struct text keys = one->shape == KEYS ? one->source : TEXT("");

    if (one->shape == WHOLE) {
        buf_text(out, one->source);
        return;
    }
    buf_char(out, '{');
    for (size_t i = 0; i < ARRAY_COUNT(head); i++) {
        if (!has_key(keys, head[i].key)) buf_printf(out, "%s %s ", head[i].key, head[i].value);
    }
    if (one->shape == BODY) buf_cstr(out, ":flow '");
    buf_char(out, '\n');
    buf_text(out, one->source);
    if (one->shape == KEYS && !has_key(keys, ":flow")) buf_cstr(out, "\n:flow '(flow/input)");
    buf_cstr(out, "}\n");
}

/* What is said */

static void note(struct run *run, const struct lint_case *one, const struct diagnostic *item)
{
    bool warns = item->severity == DIAGNOSTIC_WARNING;
    size_t i = 0;

    while (i < ARRAY_COUNT(codes) && strcmp(codes[i].code, item->code) != 0) {
        i++;
    }
    if (i == ARRAY_COUNT(codes)) {
        fail(run, one, "a code that diagnostic_codes.def does not have");
        printf("    %s\n", item->code);
        return;
    }
    bool good = codes[i].severity == EITHER || warns == (codes[i].severity == WARNING) ||
                codes[i].severity == STYLE;

    if (codes[i].severity == STYLE) good = warns != one->strict;
    if (!good) fail(run, one, "a code of another severity");
    run->seen[i][warns] = true;
}

static void put_line(struct buf *out, struct text text)
{
    buf_cstr(out, ";=>   ");
    buf_text(out, text);
    buf_char(out, '\n');
}

static void put_diagnostic(const struct diagnostic *item, struct buf *out)
{
    buf_printf(out, ";=> %s %s %u:%u", item->severity == DIAGNOSTIC_ERROR ? "error" : "warning",
               item->code, item->line, item->column);
    if (item->path.len > 0) buf_printf(out, " " TEXT_FMT, TEXT_ARG(item->path));
    buf_char(out, '\n');
    put_line(out, item->message);
    put_line(out, item->hint);
}

static void check_diagnostic(struct run *run, const struct lint_case *one, struct text source,
                             const struct diagnostic *item)
{
    note(run, one, item);
    if (item->hint.len == 0) fail(run, one, "a diagnostic without a hint");
    if (item->offset == diagnostic_offset(source, item->line, item->column)) return;
    fail(run, one, "the byte offset is not that of line and column");
}

static uint32_t count_syntax(const struct diagnostics *list)
{
    uint32_t count = 0;

    for (const struct diagnostic *item = list->first; item; item = item->next) {
        count += text_starts_with(text_from(item->code), TEXT("clojure_"));
    }
    return count;
}

/* The fixes that the diagnostics carry leave fewer errors, or, where text could not be read, text
 * that can be. */
static void check_fixes(struct run *run, const struct lint_case *one, struct text source,
                        struct lint_options options, const struct diagnostics *before)
{
    struct arena arena CLEANUP(arena_done) = {0};
    struct diagnostics after;

    arena_init(&arena, 0);
    diagnostic_init(&after, &arena);
    const struct lint_repair repair = lint_fix(run->core, &arena, source, NULL, options);

    (void)lint_flow(run->core, &arena, repair.text, options, &after);
    bool read = count_syntax(before) > count_syntax(&after);
    uint32_t all_before = before->error_count + before->warning_count;
    uint32_t all_after = after.error_count + after.warning_count;

    if (repair.count > 0 && !read && all_after >= all_before) {
        fail(run, one, "the fixes leave as much to say as there was");
    }
    if (repair.count == 0 && !text_equal(repair.text, source)) {
        fail(run, one, "there are no fixes, but the text has changed");
    }
}

static void lint_case_run(struct run *run, const struct lint_case *one, struct buf *out)
{
    struct arena arena CLEANUP(arena_done) = {0};
    struct buf source CLEANUP(buf_done) = {0};
    struct diagnostics list;
    struct lint_options options = {.strict = one->strict, .check_cron = cron_check};

    arena_init(&arena, 0);
    diagnostic_init(&list, &arena);
    put_flow(one, &source);
    (void)lint_flow(run->core, &arena, buf_get(&source), options, &list);
    for (const struct diagnostic *item = list.first; item; item = item->next) {
        check_diagnostic(run, one, buf_get(&source), item);
        put_diagnostic(item, out);
    }
    if (!list.first) buf_cstr(out, ";=> nothing\n");
    check_fixes(run, one, buf_get(&source), options, &list);
}

/* Files */

static bool write_file(const char *path, struct text text)
{
    FILE *file = fopen(path, "wb");

    if (!file) return false;
    bool ok = fwrite(text.ptr, 1, text.len, file) == text.len;

    return fclose(file) == 0 && ok;
}

/* "== (keys) (strict) title" */
static void read_title(struct text line, struct lint_case *out)
{
    struct text rest = text_trim(text_slice(line, 2, line.len));

    while (rest.len > 0 && rest.ptr[0] == '(') {
        struct text word = text_cut(&rest, ')');

        if (text_equal(word, TEXT("(keys"))) out->shape = KEYS;
        if (text_equal(word, TEXT("(file"))) out->shape = WHOLE;
        if (text_equal(word, TEXT("(strict"))) out->strict = true;
        rest = text_trim(rest);
    }
    out->title = rest;
}

static bool is_expectation(struct text line)
{
    return text_starts_with(line, TEXT(";=>"));
}

static size_t end_of_line(struct text source, size_t from)
{
    ptrdiff_t newline = text_index_of_char(text_slice(source, from, source.len), '\n');

    return newline < 0 ? source.len : from + (size_t)newline + 1;
}

/* A case begins at offset; answers where the next one does. */
static size_t read_case(struct text source, size_t offset, struct lint_case *out)
{
    size_t at = end_of_line(source, offset), start = at, end;

    *out = (struct lint_case){0};
    read_title(text_trim(text_slice(source, offset, at)), out);
    while (at < source.len && !is_expectation(text_slice(source, at, source.len)) &&
           !text_starts_with(text_slice(source, at, source.len), TEXT("== "))) {
        at = end_of_line(source, at);
    }
    out->source = text_slice(source, start, at);
    if (text_ends_with(out->source, TEXT("\n"))) out->source.len--;
    for (end = at; end < source.len && is_expectation(text_slice(source, end, source.len));) {
        end = end_of_line(source, end);
    }
    out->expected = text_slice(source, at, end);
    return end;
}

static void run_source(struct run *run, struct text source, struct buf *updated)
{
    size_t at = 0;
    int line = 1;

    while (at < source.len) {
        struct lint_case one;
        struct buf got CLEANUP(buf_done) = {0};
        size_t next = end_of_line(source, at);

        if (!text_starts_with(text_slice(source, at, source.len), TEXT("== "))) {
            buf_append(updated, source.ptr + at, next - at); // between cases
            line++;
            at = next;
            continue;
        }
        next = read_case(source, at, &one);
        one.line = line;
        lint_case_run(run, &one, &got);
        buf_append(updated, source.ptr + at, (size_t)(one.expected.ptr - source.ptr) - at);
        buf_text(updated, buf_get(&got));
        for (; at < next; at++) {
            line += source.ptr[at] == '\n';
        }
        if (run->update || text_equal(buf_get(&got), one.expected)) {
            run->passed++;
            continue;
        }
        fail(run, &one, "something else is said");
        printf("  expected\n" TEXT_FMT "  got\n%s", TEXT_ARG(one.expected), got.ptr);
    }
}

static void run_file(struct run *run, const char *path)
{
    struct buf source CLEANUP(buf_done) = {0};
    struct buf updated CLEANUP(buf_done) = {0};

    run->file = path;
    if (!case_file_read(path, &source)) {
        run->failed++;
        return;
    }
    run_source(run, buf_get(&source), &updated);
    if (!run->update || text_equal(buf_get(&source), buf_get(&updated))) return;
    if (!write_file(path, buf_get(&updated))) run->failed++;
}

/* What would be too long to write down */

static void check_made(struct run *run, const char *title, struct text source, size_t budget,
                       const char *code)
{
    struct arena arena CLEANUP(arena_done) = {0};
    struct lint_case one = {.title = text_from(title)};
    struct diagnostics list;
    bool found = false;

    run->file = "made";
    arena_init(&arena, budget);
    diagnostic_init(&list, &arena);
    (void)lint_flow(run->core, &arena, source, (struct lint_options){0}, &list);
    for (const struct diagnostic *item = list.first; item; item = item->next) {
        check_diagnostic(run, &one, source, item);
        found = found || strcmp(item->code, code) == 0;
    }
    if (found) {
        run->passed++;
    } else {
        fail(run, &one, "the code is not there");
    }
}

static void put_often(struct buf *out, const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_cstr(out, text);
    }
}

static void check_large(struct run *run)
{
    struct buf source CLEANUP(buf_done) = {0};

    buf_cstr(&source, "{:description \"");
    put_often(&source, "x", LIMIT_FLOW_DEFINITION);
    buf_cstr(&source, "\"}");
    check_made(run, "a long description", buf_get(&source), 0, "too_large");
    check_made(run, "the same", buf_get(&source), 0, "large_inline_string");
    buf_reset(&source);
    buf_cstr(&source, "{:schedules [");
    put_often(&source, "{} ", LIMIT_FLOW_ENTRIES + 1);
    buf_cstr(&source, "]}");
    check_made(run, "many schedules", buf_get(&source), 0, "limit_exceeded");
    buf_reset(&source);
    buf_cstr(&source, "{:flow '[");
    put_often(&source, "a ", LIMIT_FLOW_DEFINITION / 2);
    buf_cstr(&source, "]}");
    check_made(run, "many forms", buf_get(&source), 6UL * 1024 * 1024, "budget_exceeded");
    check_made(run, "not UTF-8", TEXT("{:name \"\xff\"}"), 0, "invalid_utf8");
}

/* The table of codes */

static void check_codes(struct run *run)
{
    for (size_t i = 0; i < ARRAY_COUNT(codes); i++) {
        bool error = run->seen[i][0], warning = run->seen[i][1];
        bool both = codes[i].severity == STYLE || codes[i].severity == EITHER;

        if (both ? error && warning : codes[i].severity == ERROR ? error : warning) {
            run->passed++;
            continue;
        }
        run->failed++;
        printf("no case produces %s%s\n", codes[i].code, both ? " as error and as warning" : "");
    }
}

static void put_reference(struct buf *out)
{
    static const char *const names[] = {
        [ERROR] = "error",
        [WARNING] = "warning",
        [STYLE] = "warning; error with `--strict`",
        [EITHER] = "warning or error",
    };

    buf_cstr(out,
             "# Diagnostics\n\nWhat `weir lint`, `flows.lint` and a push say about a flow. "
             "Each has a message, a hint that says\nwhat to do, a path into the definition, "
             "and the place: line and column (characters, from 1), byte\noffset (from 0) and "
             "the form as written; in an included file also `file`. Errors stand before "
             "warnings,\neach by place. At most 200 are kept.\n\nWith `--strict` findings of style "
             "are errors. A workspace can ask for it: after\n"
             "`weir workspace set --strict-style on` (role admin) `flows.lint` and pushes are "
             "strict\nthere; versions that were pushed before can still be released.\n\n"
             "This page is made of `flow/diagnostic_codes.def`; "
             "`tests/flow/lint/` has an input for each code.\n\n"
             "| code | severity | what it says |\n| --- | --- | --- |\n");
    for (size_t i = 0; i < ARRAY_COUNT(codes); i++) {
        buf_printf(out, "| `%s` | %s | %s |\n", codes[i].code, names[codes[i].severity],
                   codes[i].meaning);
    }
}

static void check_reference(struct run *run, const char *path)
{
    struct buf made CLEANUP(buf_done) = {0};
    struct buf there CLEANUP(buf_done) = {0};

    put_reference(&made);
    if (run->update) (void)write_file(path, buf_get(&made));
    if (case_file_read(path, &there) && text_equal(buf_get(&there), buf_get(&made))) {
        run->passed++;
        return;
    }
    run->failed++;
    printf("%s is not what diagnostic_codes.def says; UPDATE_GOLDEN=1 rewrites it\n", path);
}

int main(int argc, char **argv)
{
    crypto_start();
    struct core *core = vm_core_new();
    struct run run = {.core = core, .update = getenv("UPDATE_GOLDEN") != NULL};

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--codes") == 0) {
            check_large(&run);
            check_codes(&run);
        } else if (strcmp(argv[i], "--reference") == 0 && i + 1 < argc) {
            check_reference(&run, argv[++i]);
        } else {
            run_file(&run, argv[i]);
        }
    }
    vm_core_free(core);
    printf("%d passed, %d failed\n", run.passed, run.failed);
    return run.failed == 0 ? 0 : 1;
}
