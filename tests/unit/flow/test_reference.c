// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "flow/core_source.h"
#include "flow/reference.h"
#include "tests/unit/flow/vm_fixture.h"

/* What the data says is held against the language by tests/flow/run_reference.c. */

static struct reference *reference;

static int start(void **state)
{
    reference = reference_new();
    return vm_fixture_start(state);
}

static int end(void **state)
{
    reference_free(reference);
    return vm_fixture_end(state);
}

static void a_name_is_found_as_code_may_write_it(void **state)
{
    const struct reference_entry *join =
        reference_find(reference, core, TEXT("clojure.string/join"));
    (void)state;

    assert_non_null(join);
    assert_ptr_equal(reference_find(reference, core, TEXT("str/join")), join);
    assert_ptr_equal(reference_find(reference, core, TEXT("clojure.core/if-let")),
                     reference_find(reference, core, TEXT("if-let")));
    assert_non_null(reference_find(reference, core, TEXT("/")));
    assert_null(reference_find(reference, core, TEXT("nosuch")));
    assert_null(reference_find(reference, core, TEXT("")));
}

static void arities_accept_what_their_vectors_say(void **state)
{
    const struct reference_entry *entry = reference_find(reference, core, TEXT("subseq"));
    struct buf call CLEANUP(buf_done) = {0};
    (void)state;

    assert_true(reference_accepts(entry, 3) && reference_accepts(entry, 5));
    assert_false(reference_accepts(entry, 4) || reference_accepts(entry, 6));
    entry = reference_find(reference, core, TEXT("conj"));
    assert_true(reference_accepts(entry, 0) && reference_accepts(entry, 9));
    reference_write_call(entry, 2, &call);
    assert_string_equal(buf_get(&call).ptr, "(conj coll & xs)");
    buf_reset(&call);
    reference_write_call(entry, 0, &call);
    assert_string_equal(buf_get(&call).ptr, "(conj)");
    buf_reset(&call);
    reference_write_call(reference_find(reference, core, TEXT("Math/PI")), 0, &call);
    assert_string_equal(buf_get(&call).ptr, "Math/PI");
}

static void further_lines_of_an_example_begin_at_its_left_edge(void **state)
{
    const struct reference_entry *entry = reference_find(reference, core, TEXT("letfn"));
    (void)state;

    assert_true(text_index_of(entry->examples[0].source, TEXT("\n        (od?")) > 0);
    assert_true(text_ends_with(entry->examples[0].source, TEXT("\n  (ev? 10))")));
}

static void a_function_of_the_prelude_has_its_text(void **state)
{
    struct text source, file;
    (void)state;

    assert_true(core_source_find(TEXT("clojure.set/union"), &source, &file));
    assert_true(text_starts_with(source, TEXT("(defn clojure.set/union")));
    assert_true(text_equal(file, TEXT("prelude/60_set.clj")));
    assert_false(core_source_find(TEXT("+"), &source, &file));
    assert_false(core_source_find(TEXT("if"), &source, &file));
}

static void the_reader_tells_an_input_that_may_go_on(void **state)
{
    static const struct {
        const char *source;
        bool unfinished;
    } cases[] = {
        {"(+ 1", true},   {"\"abc", true}, {"[1 #{", true}, {"'", true},       {"#_", true},
        {"(1 2]", false}, {")", false},    {"#\"a", true},  {"{:a \"b", true}, {"@", true},
    };

    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct arena arena;
        struct reader reader;
        struct form *form;
        struct error err;

        arena_init(&arena, 0);
        assert_true(reader_init(&reader, &arena, text_from(cases[i].source), &err));
        if (reader_next(&reader, &form, &err) != READER_ERROR) fail_msg("%s", cases[i].source);
        if (reader_is_unfinished(&reader) != cases[i].unfinished) {
            fail_msg("%s", cases[i].source);
        }
        arena_done(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_found_as_code_may_write_it),
        cmocka_unit_test(arities_accept_what_their_vectors_say),
        cmocka_unit_test(further_lines_of_an_example_begin_at_its_left_edge),
        cmocka_unit_test(a_function_of_the_prelude_has_its_text),
        cmocka_unit_test(the_reader_tells_an_input_that_may_go_on),
    };

    return cmocka_run_group_tests(tests, start, end);
}
