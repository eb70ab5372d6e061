#include "base/diff.h"
#include "base/parse.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

// clang-format on

static void expect(const char *from, const char *to, const char *diff)
{
    struct buf out CLEANUP(buf_done) = {0};

    diff_unified(text_from(from), text_from(to), "a", "b", &out);
    assert_string_equal(buf_get(&out).ptr, diff);
}

static void texts_that_are_equal_have_no_diff(void **state)
{
    (void)state;
    expect("", "", "");
    expect("one\ntwo", "one\ntwo", "");
}

static void a_changed_line_has_three_lines_around_it(void **state)
{
    (void)state;
    expect("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nV\n6\n7\n8\n9\n",
           "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+V\n 6\n 7\n 8\n");
    expect("x\n", "y\n", "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n");
}

static void what_was_nothing_or_becomes_nothing_has_the_range_zero(void **state)
{
    (void)state;
    expect("", "a\nb\n", "--- a\n+++ b\n@@ -0,0 +1,2 @@\n+a\n+b\n");
    expect("a\n", "", "--- a\n+++ b\n@@ -1 +0,0 @@\n-a\n");
}

static void a_last_line_without_its_break_says_so(void **state)
{
    (void)state;
    expect("a\nb", "a\nb\n",
           "--- a\n+++ b\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n");
    expect("a\nb", "c\nb",
           "--- a\n+++ b\n@@ -1,2 +1,2 @@\n-a\n+c\n b\n\\ No newline at end of file\n");
}

static void changes_whose_context_meets_are_one_hunk(void **state)
{
    (void)state;
    expect("a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n",
           "--- a\n+++ b\n@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n");
    expect("a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n",
           "--- a\n+++ b\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n"
           "@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n");
}

static void a_name_with_a_space_ends_at_a_tab(void **state)
{
    (void)state;
    struct buf out CLEANUP(buf_done) = {0};

    diff_unified(TEXT("a\n"), TEXT("b\n"), "my flow.clj", "b", &out);
    assert_true(text_starts_with(buf_get(&out), TEXT("--- my flow.clj\t\n+++ b\n")));
}

static void the_shortest_edit_is_found(void **state)
{
    (void)state;
    struct buf out CLEANUP(buf_done) = {0};
    // the example of Myers' paper: five edits
    struct diff_stat stat =
        diff_unified(TEXT("a\nb\nc\na\nb\nb\na\n"), TEXT("c\nb\na\nb\na\nc\n"), "a", "b", &out);

    assert_int_equal(stat.additions + stat.deletions, 5);
    assert_int_equal(stat.hunks, 1);
}

/* What patch(1) does with it. */
static void apply(struct text source, struct text diff, struct buf *out)
{
    int64_t done = 0; // lines of the source
    bool last_has_no_break = false;

    text_cut(&diff, '\n');
    if (diff.ptr) text_cut(&diff, '\n');
    while (diff.len > 0) {
        struct text line = text_cut(&diff, '\n');

        if (line.ptr[0] == '@') {
            struct text place = text_slice(line, 4, line.len);
            struct text old_range = text_cut(&place, ' '), first = text_cut(&old_range, ',');
            int64_t from;

            assert_true(parse_int64(first, &from));
            if (!text_equal(old_range, TEXT("0"))) from--;
            for (; done < from; done++) {
                buf_text(out, text_cut(&source, '\n'));
                buf_char(out, '\n');
            }
        } else if (line.ptr[0] == '\\') {
            if (last_has_no_break) out->len--;
        } else {
            if (line.ptr[0] != '+') {
                struct text old_line = text_cut(&source, '\n');

                assert_true(text_equal(old_line, text_slice(line, 1, line.len)));
                done++;
            }
            last_has_no_break = line.ptr[0] != '-';
            if (line.ptr[0] == '-') continue;
            buf_text(out, text_slice(line, 1, line.len));
            buf_char(out, '\n');
        }
    }
    buf_text(out, source);
}

static void make(uint64_t *seed, size_t lines, unsigned words, struct buf *out)
{
    for (size_t i = 0; i < lines; i++) {
        *seed = *seed * 6364136223846793005u + 1442695040888963407u;
        buf_printf(out, "%u\n", (unsigned)(*seed >> 33) % words);
    }
    if (lines > 0 && *seed >> 62 == 0) out->len--;
}

static void applied_to_the_one_text_it_gives_the_other(void **state)
{
    (void)state;
    uint64_t seed = 7;

    for (size_t round = 0; round < 3000; round++) {
        struct buf a CLEANUP(buf_done) = {0}, b CLEANUP(buf_done) = {0};
        struct buf diff CLEANUP(buf_done) = {0}, result CLEANUP(buf_done) = {0};

        make(&seed, round % 23, 2 + (unsigned)round % 7, &a);
        make(&seed, round % 17, 2 + (unsigned)round % 7, &b);
        diff_unified(buf_get(&a), buf_get(&b), "a", "b", &diff);
        apply(buf_get(&a), buf_get(&diff), &result);
        assert_true(text_equal(buf_get(&result), buf_get(&b)));
    }
}

static void texts_far_apart_take_bounded_time(void **state)
{
    (void)state;
    uint64_t seed = 3;
    struct buf a CLEANUP(buf_done) = {0}, b CLEANUP(buf_done) = {0};
    struct buf diff CLEANUP(buf_done) = {0}, result CLEANUP(buf_done) = {0};

    make(&seed, 20000, 300, &a);
    make(&seed, 20000, 300, &b);
    struct diff_stat stat = diff_unified(buf_get(&a), buf_get(&b), "a", "b", &diff);

    apply(buf_get(&a), buf_get(&diff), &result);
    assert_true(text_equal(buf_get(&result), buf_get(&b)));
    assert_true(stat.additions <= 20000 && stat.deletions <= 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_that_are_equal_have_no_diff),
        cmocka_unit_test(a_changed_line_has_three_lines_around_it),
        cmocka_unit_test(what_was_nothing_or_becomes_nothing_has_the_range_zero),
        cmocka_unit_test(a_last_line_without_its_break_says_so),
        cmocka_unit_test(changes_whose_context_meets_are_one_hunk),
        cmocka_unit_test(a_name_with_a_space_ends_at_a_tab),
        cmocka_unit_test(the_shortest_edit_is_found),
        cmocka_unit_test(applied_to_the_one_text_it_gives_the_other),
        cmocka_unit_test(texts_far_apart_take_bounded_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
