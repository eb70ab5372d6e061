// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "tests/unit/flow/vm_fixture.h"

/* flow/call-flow, flow/restart, flow/slot-bound?, flow/elapsed?, flow/backoff: what they stop with,
 * and what they refuse. */

static void a_call_stops_with_its_options_and_its_input(void **state)
{
    const char *const answers[] = {"{:total 3}", "{:total 4}", NULL};

    (void)state;
    check_flow("(let [a (flow/call-flow :invoice {:id 1})"
               "      b (flow/call-flow \"invoice\" {:id 2} {:timeout \"1h\"})]"
               "  (+ (:total a) (:total b)))",
               answers,
               "call-flow/invoice#1 call-flow {:input {:id 1}}\n"
               "call-flow/invoice#2 call-flow {:timeout \"1h\", :input {:id 2}}\n=> 7");
}

static void what_is_lazy_in_a_calls_input_is_there(void **state)
{
    (void)state;
    check_flow("(flow/call-flow :a {:xs (map inc [1 2])} (into {} (map identity {:timeout 5})))",
               NULL, "call-flow/a#1 call-flow {:timeout 5, :input {:xs (2 3)}}\n=> nil");
}

static void calls_in_branches_have_the_branches_addresses(void **state)
{
    (void)state;
    check_flow("(flow/each {:concurrency 1} [i (range 2)] (flow/call-flow :a {:i i}))", NULL,
               "p#1/0/call-flow/a#1 call-flow {:input {:i 0}}\n"
               "p#1/1/call-flow/a#1 call-flow {:input {:i 1}}\n=> [nil nil]");
}

static void a_failed_call_is_thrown(void **state)
{
    const char *const answers[] = {"!timeout", NULL};

    (void)state;
    check_flow("(try (flow/call-flow :a {}) (catch :default e [(:class (ex-data e))]))", answers,
               "call-flow/a#1 call-flow {:input {}}\n=> [:timeout]");
}

static void a_restart_stops_with_the_next_input(void **state)
{
    struct error err = {0};
    struct image *image =
        compile_flow_text("(if true (flow/restart {:page (inc 1)}) :never)", &err);
    struct vm_limits limits = eval_limits();
    struct buf text = {0};

    (void)state;
    assert_non_null(image);
    struct vm *vm = vm_new(image, &limits);

    assert_int_equal(vm_run(vm), VM_EFFECT);
    const struct vm_effect *effect = vm_effect_after(vm, 0);

    assert_int_equal(effect->kind, VM_EFFECT_RESTART);
    value_print(effect->config, &text);
    assert_string_equal(text.ptr, "{:page 2}");
    buf_done(&text);
    vm_free(vm);
    vm_image_unref(image);
}

static void a_restart_in_a_branch_is_an_error_with_its_position(void **state)
{
    static const char *const sources[] = {
        "(flow/parallel [1\n (flow/restart {})])",
        "(flow/parallel {:a 1 :b\n (flow/restart {})})",
        "(flow/each [x [1]]\n (flow/restart {}))",
        "(flow/poll {:max-attempts 1}\n (flow/restart {}))",
        "(flow/each [x [1]] ((fn []\n (flow/restart {}))))",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(sources); i++) {
        struct error err = {0};

        assert_null(compile_flow_text(sources[i], &err));
        assert_int_equal(err.code, E_COMPILE);
        assert_int_equal(err.line, 2);
        assert_int_equal(err.column, 2);
        assert_non_null(strstr(err.message, "in a branch"));
    }
    // behind the branches it may stand
    struct error err = {0};
    struct image *image = compile_flow_text("(do (flow/parallel [1]) (flow/restart {}))", &err);

    assert_non_null(image);
    vm_image_unref(image);
}

static void a_restart_that_a_branch_reaches_through_a_function_fails(void **state)
{
    (void)state;
    check_flow("(let [again (fn [] (flow/restart {}))] (flow/parallel [(again)]))", NULL,
               "!! argument flow/restart cannot be called in a branch of flow/parallel, flow/each "
               "or flow/poll: it ends the whole run");
}

static void bad_arguments_are_errors(void **state)
{
    static const char *const sources[] = {
        "(flow/call-flow :x)",      "(flow/call-flow 7 {})",        "(flow/call-flow :x [1])",
        "(flow/call-flow :x {} 1)", "(flow/call-flow :x {} {} {})", "(flow/restart)",
        "(flow/restart [1])",       "(flow/slot-bound?)",           "(flow/elapsed? 1)",
        "(flow/backoff)",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(sources); i++) {
        struct error err = {0};

        assert_null(compile_flow_text(sources[i], &err));
        assert_int_equal(err.code, E_COMPILE);
        assert_int_equal(err.line, 1);
    }
    check_flow("(flow/call-flow :x (vec [1]))", NULL,
               "!! input_invalid the input of flow/call-flow is a vector; expected a map");
    check_flow("(flow/call-flow :x {} (str 1))", NULL,
               "!! input_invalid the third argument of flow/call-flow is a string; expected a map");
    check_flow("(flow/call-flow (str \"a/b\") {})", NULL,
               "!! input_invalid the slug of a flow has no slash, #, space or control character");
    check_flow("(flow/restart (vec [1]))", NULL,
               "!! input_invalid the input of flow/restart is a vector; expected a map");
}

static void whether_a_slot_is_bound_is_recorded(void **state)
{
    const char *const answers[] = {"false", "true", NULL};

    (void)state;
    check_flow("[(flow/slot-bound? :crm) (flow/slot-bound? \"ai\")]", answers,
               "flow/slot-bound?/crm#1  nil\nflow/slot-bound?/ai#1  nil\n=> [false true]");
}

static void elapsed_looks_at_the_recorded_clock(void **state)
{
    const char *const answers[] = {"10000", "69999", "70000", NULL};

    (void)state;
    check_flow("(let [start (flow/now-ms)]"
               "  [(flow/elapsed? start \"1m\") (flow/elapsed? start 60)])",
               answers,
               "flow/now-ms#1  nil\nflow/now-ms#2  nil\nflow/now-ms#3  nil\n=> [false true]");
    check_flow("(flow/elapsed? nil 5)", answers,
               "flow/now-ms#1  nil\n"
               "!! ex-info flow/elapsed? counts from milliseconds, as flow/now-ms gives them");
}

static void a_backoff_grows_to_its_bound(void **state)
{
    const char *const answers[] = {"0.5", NULL};

    (void)state;
    check_flow("(mapv (fn [n] (flow/backoff n)) [1 2 3 4 20])", NULL,
               "=> [1000 2000 4000 8000 3600000]");
    check_flow("(mapv (fn [n] (flow/backoff n {:base \"2s\" :type :linear :max 5})) [1 2 3])", NULL,
               "=> [2000 4000 5000]");
    check_flow("[(flow/backoff 3 {:type :constant}) (flow/backoff 3 {:factor 3})"
               " (flow/backoff 100000000 {:base 0})]",
               NULL, "=> [1000 9000 0]");
    check_flow("(flow/backoff 2 {:jitter true})", answers, "flow/random#1  nil\n=> 1000");
    check_flow("(flow/backoff 0)", NULL,
               "!! ex-info flow/backoff takes the number of the attempt, from 1 on");
    check_flow("(flow/backoff 1 {:type :odd})", NULL,
               "!! ex-info :type of flow/backoff is :exponential, :linear or :constant");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_stops_with_its_options_and_its_input),
        cmocka_unit_test(what_is_lazy_in_a_calls_input_is_there),
        cmocka_unit_test(calls_in_branches_have_the_branches_addresses),
        cmocka_unit_test(a_failed_call_is_thrown),
        cmocka_unit_test(a_restart_stops_with_the_next_input),
        cmocka_unit_test(a_restart_in_a_branch_is_an_error_with_its_position),
        cmocka_unit_test(a_restart_that_a_branch_reaches_through_a_function_fails),
        cmocka_unit_test(bad_arguments_are_errors),
        cmocka_unit_test(whether_a_slot_is_bound_is_recorded),
        cmocka_unit_test(elapsed_looks_at_the_recorded_clock),
        cmocka_unit_test(a_backoff_grows_to_its_bound),
    };

    return cmocka_run_group_tests(tests, vm_fixture_start, vm_fixture_end);
}
