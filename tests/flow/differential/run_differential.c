/*
 * The differential test of the flow language: expressions with the answers that Clojure gave.
 *
 *     run_differential --list                     the core-function table, one entry a line, by
 * tabs run_differential DIFFERENCES ANSWERS…       evaluates each expression and compares
 *     run_differential --new DIFFERENCES ANSWERS… prints what differs and is not listed, as listed
 *
 * A line of an answer file is an expression, a tab and the answer: the value as pr-str prints it,
 * `!! kind` (LANGUAGE section 11), `!! compile` when Clojure would not compile it (any error of
 * ours will do), or `#object` when the value prints as an address (any value will do). Numbers are
 * compared as numbers, within one unit in the last place.
 *
 * DIFFERENCES lists those that stand, each with both answers: docs/differences.md. A … in a line is
 * any text, so that the line stands for many. What is listed and does not differ (any more) fails
 * the test, as does what no expression reaches (reach.h). The last lines have the counts.
 */
#include "base/crypto.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/parse.h"
#include "flow/eval.h"
#include "flow/reference.h"
#include "tests/flow/case_file.h"
#include "tests/flow/differential/reach.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Less than a run has, so that what never ends takes a moment only. */
static const struct vm_limits limits = {
    .fuel = 3000000, .heap_bytes = 32 * 1024 * 1024, .depth = LIMIT_RUN_DEPTH};

enum { SHOWN_MAX = 400, PATTERNS_MAX = 200 };

#define ANY "\xE2\x80\xA6" /* … */

/* A listed difference: the line up to its first tab is the expression. */
struct difference {
    struct text expression, clojure, ours;
    bool seen;
};

struct differential {
    const struct core *core;
    struct reach *reach;
    struct map differences; /* of one expression each */
    struct difference patterns[PATTERNS_MAX];
    uint32_t pattern_count;
    bool list_new;
    uint32_t equal, listed, different;
};

/* A native's parameters, which stand in the reference. */
static void list_parameters(const struct reference *reference, const struct core *core,
                            struct text name)
{
    const struct reference_entry *entry = reference_find(reference, core, name);

    for (uint32_t i = 0; entry && i < entry->arity_count; i++) {
        printf("%s[" TEXT_FMT "]", i > 0 ? " " : "", TEXT_ARG(entry->arities[i]));
    }
}

static void list_entries(const struct core *core)
{
    struct reference *reference = reference_new();
    const struct core_entry *entry;

    for (size_t i = 0; (entry = core_entry(core, i)) != NULL; i++) {
        if (entry->internal) continue;
        const struct native_entry *native = entry->native;

        printf(TEXT_FMT "\t%s\t%d\t%d\t" TEXT_FMT, TEXT_ARG(entry->name),
               native                                ? "native"
               : entry->value.type == VALUE_FUNCTION ? "function"
                                                     : "constant",
               native ? native->args_min : 0, native ? native->args_max : -1,
               TEXT_ARG(entry->arglists));
        if (native) list_parameters(reference, core, entry->name);
        putchar('\n');
    }
    reference_free(reference);
}

static bool is_pattern(const struct difference *difference)
{
    return text_index_of(difference->expression, TEXT(ANY)) >= 0;
}

static bool add_pattern(struct differential *d, const struct difference *difference)
{
    if (d->pattern_count == PATTERNS_MAX) {
        printf("more than %d lines with a " ANY "\n", PATTERNS_MAX);
        return false;
    }
    d->patterns[d->pattern_count++] = *difference;
    return true;
}

static bool add_difference(struct differential *d, const struct difference *difference)
{
    struct difference *kept = MEMORY_NEW(struct difference);

    *kept = *difference;
    struct difference *twice = map_put(&d->differences, difference->expression, kept);

    if (!twice) return true;
    printf(TEXT_FMT ": listed twice\n", TEXT_ARG(difference->expression));
    memory_free(twice);
    return false;
}

/* The lines with tabs are differences, all other ones are reasons, for people. */
static bool read_differences(struct differential *d, struct text source)
{
    while (source.len > 0) {
        struct text line = text_cut(&source, '\n');

        if (text_index_of_char(line, '\t') < 0) continue;
        struct difference difference = {.expression = text_cut(&line, '\t')};

        difference.clojure = text_cut(&line, '\t');
        difference.ours = line;
        bool good =
            is_pattern(&difference) ? add_pattern(d, &difference) : add_difference(d, &difference);

        if (!good) return false;
    }
    return true;
}

static void free_differences(struct differential *d)
{
    struct difference *difference;
    struct text expression;
    size_t cursor = 0;

    while ((difference = map_next(&d->differences, &cursor, &expression)) != NULL) {
        memory_free(difference);
    }
    map_done(&d->differences);
}

/* An error is listed by its kind. */
static struct text without_message(struct text answer)
{
    int64_t at = text_starts_with(answer, TEXT("!! ")) ? text_index_of(answer, TEXT(" (")) : -1;

    return at < 0 ? answer : text_slice(answer, 0, (size_t)at);
}

/* Whether the text is what the pattern says, with any text for each of its ANY. */
static bool matches(struct text pattern, struct text text)
{
    int64_t end = text_index_of(pattern, TEXT(ANY)), at = 0;

    if (end < 0) return text_equal(pattern, text);
    for (bool first = true; end >= 0; first = false) {
        struct text part = text_slice(pattern, 0, (size_t)end);

        at = text_index_of(text, part);
        if (at < 0 || (first && at > 0)) return false;
        text = text_slice(text, (size_t)at + part.len, text.len);
        pattern = text_slice(pattern, part.len + strlen(ANY), pattern.len);
        end = text_index_of(pattern, TEXT(ANY));
    }
    return text_ends_with(text, pattern);
}

static bool is_listed_by_pattern(struct differential *d, struct text expression,
                                 struct text clojure, struct text ours)
{
    for (uint32_t i = 0; i < d->pattern_count; i++) {
        struct difference *pattern = &d->patterns[i];

        if (!matches(pattern->expression, expression) || !matches(pattern->clojure, clojure) ||
            !matches(pattern->ours, ours)) {
            continue;
        }
        pattern->seen = true;
        return true;
    }
    return false;
}

static bool is_listed(struct differential *d, struct text expression, struct text clojure,
                      struct text ours)
{
    struct difference *difference = map_find(&d->differences, expression);

    ours = without_message(ours);
    if (!difference || !text_equal(difference->clojure, clojure) ||
        !text_equal(difference->ours, ours)) {
        return is_listed_by_pattern(d, expression, clojure, ours);
    }
    difference->seen = true;
    return true;
}

static bool is_number_char(char c)
{
    return isdigit((unsigned char)c) || c == '.' || c == '-' || c == '+' || c == 'E';
}

/* The number that surrounds text.ptr[at], read up to *out_end. */
static bool number_around(struct text text, size_t at, double *out, size_t *out_end)
{
    size_t start = MIN(at, text.len), end = start;

    while (start > 0 && is_number_char(text.ptr[start - 1])) {
        start--;
    }
    while (end < text.len && is_number_char(text.ptr[end])) {
        end++;
    }
    struct text number = text_slice(text, start, end);

    *out_end = end;
    return text_index_of_char(number, '.') >= 0 && parse_double(number, out);
}

/* Equal but for numbers, which may differ by one unit in the last place. */
static bool same_value(struct text a, struct text b)
{
    size_t i = 0, j = 0;

    while (i < a.len || j < b.len) {
        double x, y;

        if (i < a.len && j < b.len && a.ptr[i] == b.ptr[j]) {
            i++;
            j++;
            continue;
        }
        size_t seen = i + j;

        if (!number_around(a, i, &x, &i) || !number_around(b, j, &y, &j)) return false;
        if (i + j == seen) return false; // it is behind the numbers that they differ
        if (x != y && nextafter(x, y) != y) return false;
    }
    return true;
}

static bool is_same(struct text clojure, struct text ours)
{
    bool failed = text_starts_with(ours, TEXT("!! "));

    if (text_equal(clojure, TEXT("#object"))) return !failed;
    if (!text_starts_with(clojure, TEXT("!! "))) return !failed && same_value(clojure, ours);
    if (text_equal(clojure, TEXT("!! compile"))) return failed;
    if (!text_starts_with(ours, clojure)) return false;
    return ours.len == clojure.len || ours.ptr[clojure.len] == ' ';
}

/* The value, or "!! kind (message)". */
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

static void compare(struct differential *d, struct text expression, struct text clojure)
{
    struct buf answer CLEANUP(buf_done) = {0};

    evaluate(d->core, expression, &answer);
    struct text ours = buf_get(&answer);

    if (is_same(clojure, ours)) {
        d->equal++;
        return;
    }
    if (is_listed(d, expression, clojure, ours)) {
        d->listed++;
        return;
    }
    if (d->list_new) {
        printf(TEXT_FMT "\t" TEXT_FMT "\t" TEXT_FMT "\n", TEXT_ARG(expression), TEXT_ARG(clojure),
               TEXT_ARG(without_message(ours)));
    } else if (d->different < SHOWN_MAX) {
        printf(TEXT_FMT "\n    Clojure " TEXT_FMT "\n    ours    " TEXT_FMT "\n",
               TEXT_ARG(expression), TEXT_ARG(clojure), TEXT_ARG(ours));
    }
    d->different++;
}

static void run_answers(struct differential *d, struct text source)
{
    while (source.len > 0) {
        struct text line = text_cut(&source, '\n');
        struct text expression = text_cut(&line, '\t');

        if (expression.len == 0) continue;
        reach_add(d->reach, expression);
        compare(d, expression, line);
    }
}

static bool report_unseen(const struct difference *difference)
{
    if (difference->seen) return false;
    printf("listed, but no difference: " TEXT_FMT "\n", TEXT_ARG(difference->expression));
    return true;
}

/* How many are listed that no expression of the files has, or that are none. */
static uint32_t report_all_unseen(const struct differential *d)
{
    const struct difference *difference;
    struct text expression;
    size_t cursor = 0;
    uint32_t count = 0;

    while ((difference = map_next(&d->differences, &cursor, &expression)) != NULL) {
        count += report_unseen(difference);
    }
    for (uint32_t i = 0; i < d->pattern_count; i++) {
        count += report_unseen(&d->patterns[i]);
    }
    return count;
}

static bool run_files(struct differential *d, int count, char **paths)
{
    struct buf differences CLEANUP(buf_done) = {0};
    bool ok = case_file_read(paths[0], &differences) && read_differences(d, buf_get(&differences));
    size_t open = 0;

    for (int i = 1; ok && i < count; i++) {
        struct buf source CLEANUP(buf_done) = {0};

        ok = case_file_read(paths[i], &source);
        run_answers(d, buf_get(&source));
    }
    if (ok && !d->list_new) {
        open = reach_report(d->reach) + report_all_unseen(d);
        printf("%u equal, %u differences listed, %u not listed, %zu not reached or stale\n",
               d->equal, d->listed, d->different, open);
        printf("%u passed, %zu failed\n", d->equal + d->listed, d->different + open);
    }
    free_differences(d);
    return ok && d->different == 0 && open == 0;
}

int main(int argc, char **argv)
{
    crypto_start();
    struct core *core = vm_core_new();
    struct differential d = {.core = core, .reach = reach_new(core)};
    bool ok = argc > 1;

    d.list_new = ok && strcmp(argv[1], "--new") == 0;
    if (ok && strcmp(argv[1], "--list") == 0) {
        list_entries(core);
    } else if (ok) {
        ok = run_files(&d, argc - 1 - d.list_new, argv + 1 + d.list_new);
    }
    reach_free(d.reach);
    vm_core_free(core);
    return ok ? 0 : 1;
}
