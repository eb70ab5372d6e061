// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "flow/dialog.h"
#include "flow/print.h"
#include "tests/unit/flow/vm_fixture.h"

#include <string.h>

struct talk {
    struct dialog *dialog;
    struct arena arena;
    struct error err;
};

static struct talk talk_start(void)
{
    struct talk talk = {.dialog = dialog_new(core)};

    arena_init(&talk.arena, 0);
    return talk;
}

static void talk_end(struct talk *talk)
{
    dialog_free(talk->dialog);
    arena_done(&talk->arena);
}

static struct form *read_text(struct talk *talk, const char *source)
{
    struct reader reader;
    struct form *form;

    assert_true(reader_init(&reader, &talk->arena, text_from(source), &talk->err));
    assert_int_equal(reader_next(&reader, &form, &talk->err), READER_FORM);
    return form;
}

static void check_printed(struct value value, const char *expected)
{
    struct buf out CLEANUP(buf_done) = {0};

    value_print(value, &out);
    assert_string_equal(buf_get(&out).ptr, expected);
}

static void says(struct talk *talk, const char *source, const char *expected)
{
    struct value value;

    if (!dialog_eval(talk->dialog, read_text(talk, source), NULL, NULL, &value, &talk->err)) {
        fail_msg("%s: %s", source, talk->err.message);
    }
    check_printed(value, expected);
}

static void fails(struct talk *talk, const char *source, enum error_code code)
{
    struct value value;

    assert_false(
        dialog_eval(talk->dialog, read_text(talk, source), NULL, NULL, &value, &talk->err));
    assert_int_equal(talk->err.code, code);
}

static void binds(struct talk *talk, const char *name, const char *source)
{
    struct value value;

    assert_true(dialog_let(talk->dialog, text_from(name), read_text(talk, source), NULL, NULL,
                           &value, &talk->err));
}

static void the_last_three_values_have_names(void **state)
{
    struct talk talk = talk_start();
    (void)state;

    says(&talk, "*1", "nil");
    says(&talk, "1", "1");
    says(&talk, "2", "2");
    says(&talk, "3", "3");
    says(&talk, "[*1 *2 *3]", "[3 2 1]");
    says(&talk, "(count *1)", "3");
    talk_end(&talk);
}

static void an_error_keeps_the_values_and_becomes_the_last_error(void **state)
{
    struct talk talk = talk_start();
    (void)state;

    says(&talk, "7", "7");
    fails(&talk, "(throw (ex-info \"no stock\" {:sku 1}))", E_EX_INFO);
    says(&talk, "[(ex-message *e) (ex-data *e) *1]", "[\"no stock\" {:sku 1} 7]");
    fails(&talk, "(nosuch 1)", E_UNKNOWN_SYMBOL);
    says(&talk, "(ex-message *e)", "\"unknown symbol nosuch\"");
    talk_end(&talk);
}

static void names_hold_values_and_functions(void **state)
{
    struct talk talk = talk_start();
    (void)state;

    binds(&talk, "xs", "[1 2 3]");
    binds(&talk, "double", "(fn [x] (* 2 x))");
    binds(&talk, "twice", "(fn [x] (double (double x)))");
    binds(&talk, "double", "(fn [x] :changed)");
    says(&talk, "(map twice xs)", "(4 8 12)");
    says(&talk, "(double 1)", ":changed");
    says(&talk, "(let [xs 5] xs)", "5");
    talk_end(&talk);
}

static void a_name_can_stand_for_a_macro_or_core_function(void **state)
{
    struct talk talk = talk_start();
    (void)state;

    binds(&talk, "map", "{:a 1}");
    says(&talk, "(:a map)", "1");
    says(&talk, "(clojure.core/map inc [1])", "(2)");
    talk_end(&talk);
}

static void values_survive_collections(void **state)
{
    struct talk talk = talk_start();
    (void)state;

    binds(&talk, "keep-me", "(vec (range 1000))");
    for (int i = 0; i < 200; i++) {
        struct value value;

        assert_true(dialog_eval(talk.dialog, read_text(&talk, "(mapv str (range 2000))"), NULL,
                                NULL, &value, &talk.err));
    }
    says(&talk, "(reduce + keep-me)", "499500");
    talk_end(&talk);
}

static bool stop_at_once(void *ctx)
{
    ++*(int *)ctx;
    return true;
}

static void a_long_evaluation_can_be_stopped(void **state)
{
    struct talk talk = talk_start();
    struct value value;
    int asked = 0;
    (void)state;

    assert_false(dialog_eval(talk.dialog, read_text(&talk, "(loop [] (recur))"), stop_at_once,
                             &asked, &value, &talk.err));
    assert_int_equal(talk.err.code, E_CANCELLED);
    assert_int_equal(asked, 1);
    says(&talk, "(+ 1 1)", "2");
    talk_end(&talk);
}

static void fuel_and_memory_are_bounded(void **state)
{
    struct talk talk = talk_start();
    (void)state;

    fails(&talk, "(loop [] (recur))", E_FUEL);
    fails(&talk, "(loop [v []] (recur (conj v (vec (range 1000)))))", E_MEMORY);
    says(&talk, "1", "1");
    talk_end(&talk);
}

static void recur_and_flow_calls_are_refused_where_they_stand(void **state)
{
    struct talk talk = talk_start();
    (void)state;

    fails(&talk, "(recur 1)", E_COMPILE);
    assert_int_equal(talk.err.column, 1);
    fails(&talk, "[1 (flow/input)]", E_COMPILE);
    assert_int_equal(talk.err.column, 4);
    assert_non_null(strstr(talk.err.hint, "run it on a server"));
    talk_end(&talk);
}

static void the_names_are_listed_in_their_order(void **state)
{
    struct talk talk = talk_start();
    struct text name;
    struct value value;
    (void)state;

    binds(&talk, "a", "1");
    binds(&talk, "b", "2");
    binds(&talk, "a", "3");
    assert_true(dialog_name(talk.dialog, 0, &name, &value));
    assert_true(text_equal(name, TEXT("*1")));
    assert_true(dialog_name(talk.dialog, 4, &name, &value));
    assert_true(text_equal(name, TEXT("a")) && value.integer == 3);
    assert_true(dialog_name(talk.dialog, 5, &name, &value));
    assert_false(dialog_name(talk.dialog, 6, &name, &value));
    talk_end(&talk);
}

/* In a window of 3 items of each lazy sequence and 10 of all of them. */
static void shows(struct talk *talk, const char *source, const char *expected)
{
    struct print_window window = {3, 10, false};
    struct buf out CLEANUP(buf_done) = {0};
    struct value value;

    dialog_show(talk->dialog, window.items, window.total);
    if (!dialog_eval(talk->dialog, read_text(talk, source), NULL, NULL, &value, &talk->err)) {
        fail_msg("%s: %s", source, talk->err.message);
    }
    print_shown(value, &window, &out);
    assert_string_equal(buf_get(&out).ptr, expected);
    assert_int_equal(window.is_cut, strstr(expected, "...") != NULL);
}

static void sequences_without_end_are_shown_to_a_bound(void **state)
{
    struct talk talk = talk_start();
    (void)state;

    shows(&talk, "(range)", "(0 1 2 ...)");
    shows(&talk, "(map inc (range))", "(1 2 3 ...)");
    shows(&talk, "(repeat 1)", "(1 1 1 ...)");
    shows(&talk, "(cycle [1 2])", "(1 2 1 ...)");
    shows(&talk, "(iterate inc 0)", "(0 1 2 ...)");
    shows(&talk, "(cons :a (range))", "(:a 0 1 ...)");
    shows(&talk, "(filter odd? (range))", "(1 3 5 ...)");
    shows(&talk, "(lazy-seq (lazy-seq (range)))", "(0 1 2 ...)");
    talk_end(&talk);
}

static void what_ends_at_the_bound_or_is_there_already_is_shown_whole(void **state)
{
    struct talk talk = talk_start();
    (void)state;

    shows(&talk, "(range 3)", "(0 1 2)");
    shows(&talk, "(map inc (range 3))", "(1 2 3)");
    shows(&talk, "(map inc (range 4))", "(1 2 3 ...)");
    shows(&talk, "(filter neg? [1 2])", "()");
    shows(&talk, "(vec (range 5))", "[0 1 2 3 4]");
    shows(&talk, "(list 1 2 3 4)", "(1 2 3 4)");
    shows(&talk, "(rest [1 2 3 4 5])", "(2 3 4 5)");
    talk_end(&talk);
}

static void sequences_inside_of_others_have_a_bound_together(void **state)
{
    struct talk talk = talk_start();
    (void)state;

    shows(&talk, "{:a (range)}", "{:a (0 1 2 ...)}");
    shows(&talk, "[(range) {:k (map inc (range))}]", "[(0 1 2 ...) {:k (1 2 3 ...)}]");
    shows(&talk, "(repeat (range))", "((0 1 2 ...) (0 1 2 ...) (0 ...) ...)");
    shows(&talk, "(map (fn [i] (map (fn [k] [i k]) (range))) (range))",
          "(([0 0] [0 1] [0 2] ...) ([1 0] [1 1] [1 2] ...) ([2 0] ...) ...)");
    shows(&talk, "(vec (repeat 5 (map inc (range))))",
          "[(1 2 3 ...) (1 2 3 ...) (1 2 3 ...) (1 ...) (...)]");
    shows(&talk, "(iterate (fn [x] [(range) x]) 1)",
          "(1 [(0 1 2 ...) 1] [(0 1 2 ...) [(0 ...) 1]] ...)");
    // more paths through shared parts than there is time
    binds(&talk, "tangle", "[(nth (iterate (fn [x] [x x]) 1) 40) (range)]");
    binds(&talk, "lazy", "(nth (iterate (fn [x] [x x]) (range)) 40)");
    talk_end(&talk);
}

static void what_is_not_shown_is_not_made_until_it_is_used(void **state)
{
    struct talk talk = talk_start();
    (void)state;

    shows(&talk, "(iterate (fn [i] (if (= i 4) (throw (ex-info \"far\" {})) (inc i))) 0)",
          "(0 1 2 ...)");
    shows(&talk, "(vec (take 5 *1))", "[0 1 2 3 4]");
    shows(&talk, "(take 2 *2)", "(0 1)");
    fails(&talk, "(nth *3 5)", E_EX_INFO);
    binds(&talk, "odds", "(filter odd? (range))");
    shows(&talk, "(vec (take 5 (drop 1000 odds)))", "[2001 2003 2005 2007 2009]");
    talk_end(&talk);
}

static void the_last_value_can_be_had_with_more_items(void **state)
{
    struct talk talk = talk_start();
    struct print_window window = {5, 100, false};
    struct value value;
    struct buf out CLEANUP(buf_done) = {0};
    (void)state;

    says(&talk, ":before", ":before");
    shows(&talk, "(map inc (range))", "(1 2 3 ...)");
    dialog_show(talk.dialog, window.items, window.total);
    assert_true(dialog_again(talk.dialog, NULL, NULL, &value, &talk.err));
    print_shown(value, &window, &out);
    assert_string_equal(buf_get(&out).ptr, "(1 2 3 4 5 ...)");
    shows(&talk, "*2", ":before");
    talk_end(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_three_values_have_names),
        cmocka_unit_test(an_error_keeps_the_values_and_becomes_the_last_error),
        cmocka_unit_test(names_hold_values_and_functions),
        cmocka_unit_test(sequences_without_end_are_shown_to_a_bound),
        cmocka_unit_test(what_ends_at_the_bound_or_is_there_already_is_shown_whole),
        cmocka_unit_test(sequences_inside_of_others_have_a_bound_together),
        cmocka_unit_test(what_is_not_shown_is_not_made_until_it_is_used),
        cmocka_unit_test(the_last_value_can_be_had_with_more_items),
        cmocka_unit_test(a_name_can_stand_for_a_macro_or_core_function),
        cmocka_unit_test(values_survive_collections),
        cmocka_unit_test(a_long_evaluation_can_be_stopped),
        cmocka_unit_test(fuel_and_memory_are_bounded),
        cmocka_unit_test(recur_and_flow_calls_are_refused_where_they_stand),
        cmocka_unit_test(the_names_are_listed_in_their_order),
    };

    return cmocka_run_group_tests(tests, vm_fixture_start, vm_fixture_end);
}
