// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "base/limits.h"
#include "tests/unit/flow/vm_fixture.h"

/* Flow calls in every shape that is taken or refused: when they are compiled, and when they are
 * reached. */

struct refusal {
    const char *source, *part; /* of the message */
};

static void check_refused(const struct refusal *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct error err = {0};
        struct image *image = compile_flow_text(cases[i].source, &err);

        if (image || !strstr(err.message, cases[i].part)) {
            fail_msg("%s: %s", cases[i].source, image ? "compiles" : err.message);
        }
        assert_true(err.line > 0);
    }
}

static void check_fails(const struct refusal *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct buf log = {0};

        run_flow(&(struct flow_run){.source = cases[i].source}, &log);
        if (!strstr(buf_get(&log).ptr, cases[i].part)) {
            fail_msg("%s: %s", cases[i].source, buf_get(&log).ptr);
        }
        buf_done(&log);
    }
}

static void shapes_of_steps_that_are_refused(void **state)
{
    static const struct refusal cases[] = {
        {"(flow/step :http :a)", "takes a type, a step id and a config map"},
        {"(flow/step)", "takes a type, a step id and a config map"},
        {"(flow/step 5 6)", "takes a type, a step id and a config map"},
        {"(flow/step :http 5 {})", "a step id is a keyword"},
        {"(flow/step :http :a {:x (nope)})", "unknown symbol nope"},
        {"(flow/callback)", "flow/callback takes 1 argument, not 0"},
        {"(flow/now-ms 1)", "flow/now-ms takes 0 arguments, not 1"},
        {"(flow/call-flow :a {} (nope))", "unknown symbol nope"},
        {"(flow/call-flow :a 5)", "the input of flow/call-flow is a map"},
        {"(flow/call-flow :a {} [5])", "the third argument of flow/call-flow is a map"},
        {"(flow/restart 5)", "the input of flow/restart is a map"},
        {"(flow/restart (nope))", "unknown symbol nope"},
    };

    (void)state;
    check_refused(cases, ARRAY_COUNT(cases));
}

static void shapes_of_forks_that_are_refused(void **state)
{
    static const char long_key[] =
        "(flow/parallel {:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 1})";
    static const struct refusal cases[] = {
        {"(flow/parallel)", "takes a vector or a map of branches"},
        {"(flow/parallel 5)", "takes a vector or a map of branches"},
        {"(flow/parallel 5 {})", "takes a vector or a map of branches"},
        {"(flow/parallel [1] {} {})", "takes a vector or a map of branches"},
        {"(flow/parallel {5 1})", "the keys of flow/parallel are keywords"},
        {"(flow/parallel {:x/y 1})", "the keys of flow/parallel are keywords"},
        {"(flow/parallel {:a# 1})", "the keys of flow/parallel are keywords"},
        {"(flow/parallel {\"on-error\" 1} [2])", "the keys of flow/parallel are keywords"},
        {"(flow/parallel {:x/on-error 1} [2])", "the keys of flow/parallel are keywords"},
        {long_key, "the keys of flow/parallel are keywords"},
        {"(flow/parallel [(nope)])", "unknown symbol nope"},
        {"(flow/parallel {:a (nope)})", "unknown symbol nope"},
        {"(flow/parallel [1] {:concurrency (nope)})", "unknown symbol nope"},
        {"(flow/parallel [1] {:concurrency 0})", ":concurrency is a number from 1 to 100"},
        {"(flow/parallel [1] {:concurrency 101})", ":concurrency is a number from 1 to 100"},
        {"(flow/parallel [1] {:on-error :other})", ":on-error of branches is :fail or :collect"},
        {"(flow/parallel [1] {:on-error :x/fail})", ":on-error of branches is :fail or :collect"},
        {"(flow/each {:limit 5} [x [1]] x)",
         "branches have the options :concurrency and :on-error"},
        {"(flow/each)", "takes options, one binding and a body"},
        {"(flow/each {} 5 1)", "takes options, one binding and a body"},
        {"(flow/each {})", "takes options, one binding and a body"},
        {"(flow/each [x] 1)", "takes options, one binding and a body"},
        {"(flow/each (nope) [x [1]] x)", "unknown symbol nope"},
        {"(flow/each [x (nope)] x)", "unknown symbol nope"},
        {"(flow/each [x [1]] (nope))", "unknown symbol nope"},
        {"(flow/poll {})", "flow/poll takes options and a step"},
        {"(flow/poll {} (nope))", "unknown symbol nope"},
    };

    (void)state;
    check_refused(cases, ARRAY_COUNT(cases));
}

static void what_a_name_may_be_is_checked_when_the_call_is_reached(void **state)
{
    static const char long_id[] = "(flow/step :http (apply str (repeat 129 \"a\")) {})";
    static const struct refusal cases[] = {
        {"(flow/step (identity 5) :a {})", "!! input_invalid a step type is an integer"},
        {"(flow/step :http (identity nil) {})", "!! input_invalid a step id is nil"},
        {"(flow/step :http (symbol \"x/y\") {})", "!! input_invalid a step id has no slash"},
        {"(flow/step :http \"\" {})", "!! input_invalid a step id has 1 to 128 bytes, not 0"},
        {long_id, "!! input_invalid a step id has 1 to 128 bytes, not 129"},
        {"(flow/step :http \"a b\" {})", "!! input_invalid a step id has no slash, #, space"},
        {"(flow/step :http \"a#b\" {})", "!! input_invalid a step id has no slash, #, space"},
        {"(flow/step :http (str \"a\" (char 127)) {})",
         "!! input_invalid a step id has no slash, #, space"},
        {"(flow/step :http :a (identity 5))",
         "!! input_invalid the config of a step is an integer"},
        {"(flow/callback (identity 5))", "!! input_invalid a step id is an integer"},
        {"(flow/callback \"a b\")", "!! input_invalid a step id has no slash"},
        {"(flow/slot-bound? (identity 5))", "!! input_invalid a slot is an integer"},
        {"(flow/slot-bound? \"a b\")", "!! input_invalid a slot has no slash"},
        {"(flow/call-flow (identity 5) {})", "!! input_invalid the slug of a flow is an integer"},
        {"(flow/call-flow \"a b\" {})", "!! input_invalid the slug of a flow has no slash"},
        {"(flow/call-flow :a {} (sorted-map))",
         "!! input_invalid the options of flow/call-flow are a plain"},
        {"(flow/call-flow :a (identity 5))",
         "!! input_invalid the input of flow/call-flow is an integer"},
        {"(flow/restart (identity 5))", "!! input_invalid the input of flow/restart is an integer"},
    };

    (void)state;
    check_fails(cases, ARRAY_COUNT(cases));
}

static void names_are_keywords_symbols_and_texts(void **state)
{
    (void)state;
    check_flow("[(flow/step 'http (symbol \"a\") {}) (flow/step \"kv\" \"b\" nil)"
               " (flow/step :kv :c (sorted-map :b 1 :a (map inc [1])))]",
               NULL, "a#1 http {}\nb#1 kv nil\nc#1 kv {:a (2), :b 1}\n=> [nil nil nil]");
    check_flow("(let [id :made slug 'other] [(flow/step :kv id {}) (flow/call-flow slug nil)"
               " (flow/call-flow (str \"x\") (sorted-map :a 1) nil)])",
               NULL,
               "made#1 kv {}\ncall-flow/other#1 call-flow {:input {}}\n"
               "call-flow/x#1 call-flow {:input {:a 1}}\n=> [nil nil nil]");
    check_flow("(flow/restart {:xs (map inc [1 2])})", NULL, "flow/restart#1  {:xs (2 3)}\n=> nil");
    check_flow("(flow/restart nil)", NULL, "flow/restart#1  nil\n=> nil");
}

static void options_of_branches_stand_first_or_last(void **state)
{
    (void)state;
    check_flow("(flow/parallel {:on-error :collect} [1 2])", NULL, "=> [{:ok 1} {:ok 2}]");
    check_flow("(flow/parallel {:concurrency 1 :on-error :fail} {:a 1 :b 2})", NULL,
               "=> {:a 1, :b 2}");
    check_flow("(flow/parallel {:a 1} {:concurrency 1})", NULL, "=> {:a 1}");
    check_flow("(flow/parallel {} {})", NULL, "=> {}");
    check_flow("(flow/parallel [])", NULL, "=> []");
    check_flow("(flow/each {:concurrency 2} [[a b] [[1 2] [3 4]]] (+ a b))", NULL, "=> [3 7]");
    check_flow("(flow/each [x nil] x)", NULL, "=> []");
}

static void options_of_branches_are_checked(void **state)
{
    static const struct refusal cases[] = {
        {"(flow/parallel [1] (identity 5))",
         "!! input_invalid the options of flow/parallel are an integer"},
        {"(flow/each (identity 5) [x [1]] x)",
         "!! input_invalid the options of flow/each are an integer"},
        {"(flow/parallel [1] {:on-error (identity :other)})",
         "!! input_invalid :on-error of branches is"},
        {"(flow/parallel [1] {:on-error (identity \"fail\")})",
         "!! input_invalid :on-error of branches is"},
        {"(flow/parallel [1] {:concurrency (identity \"2\")})",
         "!! input_invalid :concurrency is a number"},
        {"(flow/parallel [1] {:concurrency (identity 0)})",
         "!! input_invalid :concurrency is a number"},
        {"(flow/parallel [1] {:concurrency (identity 101)})",
         "!! input_invalid :concurrency is a number"},
        {"(flow/each [x 5] x)", "!! argument flow/each goes over a collection"},
        {"(flow/each [x (vec (range 100001))] x)", "!! limit_exceeded flow/each takes at most"},
        {"(flow/each [x (range 100001)] x)", "!! limit_exceeded flow/each takes at most"},
    };

    (void)state;
    check_fails(cases, ARRAY_COUNT(cases));
}

static void collected_failures_have_class_code_and_message(void **state)
{
    (void)state;
    check_flow("(let [[a b c d] (flow/parallel [(throw (ex-info \"m\" {:class :mine}))"
               "   (throw (ex-info \"m\" {:class :mine :code :own}))"
               "   (throw (Exception.)) (throw (ex-info \"m\" {:x 1}))] {:on-error :collect})]"
               "  [(:class (:error a)) (:data (:error a)) (:error b) (:code (:error c))"
               "   (:message (:error d))])",
               NULL, "=> [:user {:class :mine} {:class :mine, :code :own} :other \"m\"]");
}

static void functions_that_captured_a_flow_call_are_eager_in_letfn_too(void **state)
{
    const char *const answers[] = {"1", "2", NULL};

    (void)state;
    check_flow("(let [y 5] (letfn [(call [x] (flow/step :kv :s {:x x}))"
               " (plus [x] (+ y (call x))) (lone [] 1)] (do (map plus [7 8]) (lone))))",
               answers, "s#1 kv {:x 7}\ns#2 kv {:x 8}\n=> 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_of_steps_that_are_refused),
        cmocka_unit_test(shapes_of_forks_that_are_refused),
        cmocka_unit_test(what_a_name_may_be_is_checked_when_the_call_is_reached),
        cmocka_unit_test(names_are_keywords_symbols_and_texts),
        cmocka_unit_test(options_of_branches_stand_first_or_last),
        cmocka_unit_test(options_of_branches_are_checked),
        cmocka_unit_test(collected_failures_have_class_code_and_message),
        cmocka_unit_test(functions_that_captured_a_flow_call_are_eager_in_letfn_too),
    };

    return cmocka_run_group_tests(tests, vm_fixture_start, vm_fixture_end);
}
