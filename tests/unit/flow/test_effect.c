// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "tests/unit/flow/vm_fixture.h"

/* Flow calls: stops, addresses, answers, throws, and that a replay does the same. */

static void a_step_stops_and_goes_on_with_its_result(void **state)
{
    const char *const answers[] = {"{:status 200}", NULL};

    (void)state;
    check_flow("(let [r (flow/step :http :fetch {:url \"u\"})] [:got (:status r)])", answers,
               "fetch#1 http {:url \"u\"}\n=> [:got 200]");
}

static void addresses_count_the_calls_of_each_step_id(void **state)
{
    (void)state;
    check_flow("(doseq [i (range 2)] (flow/step :kv :a {:i i}) (flow/step :kv (str \"b\" i) {}))",
               NULL, "a#1 kv {:i 0}\nb0#1 kv {}\na#2 kv {:i 1}\nb1#1 kv {}\n=> nil");
}

static void steps_in_eager_functions_just_work(void **state)
{
    const char *const answers[] = {"1", "2", "3", NULL};

    (void)state;
    check_flow("(mapv (fn [x] (flow/step :kv :s {:x x})) [7 8 9])", answers,
               "s#1 kv {:x 7}\ns#2 kv {:x 8}\ns#3 kv {:x 9}\n=> [1 2 3]");
    check_flow("(reduce (fn [acc x] (+ acc (flow/step :kv :s {:x x}))) 0 [7 8])", answers,
               "s#1 kv {:x 7}\ns#2 kv {:x 8}\n=> 3");
    check_flow("(loop [n 0] (if (< n 2) (recur (+ n (flow/step :kv :s {:n n}))) n))", answers,
               "s#1 kv {:n 0}\ns#2 kv {:n 1}\n=> 3");
    check_flow("(run! (fn [x] (flow/step :kv :s {:x x})) [1])", NULL, "s#1 kv {:x 1}\n=> nil");
}

static void map_and_for_are_eager_where_their_function_makes_flow_calls(void **state)
{
    const char *const answers[] = {"1", "2", "3", "4", NULL};

    (void)state;
    check_flow("(do (map (fn [x] (flow/step :kv :s {:x x})) [7 8]) :end)", answers,
               "s#1 kv {:x 7}\ns#2 kv {:x 8}\n=> :end");
    check_flow("(for [x [1 2] y [3 4]] (flow/step :kv :s {:p [x y]}))", answers,
               "s#1 kv {:p [1 3]}\ns#2 kv {:p [1 4]}\ns#3 kv {:p [2 3]}\ns#4 kv {:p [2 4]}\n"
               "=> (1 2 3 4)");
    check_flow("(for [x [1 2 3] :when (odd? x) :let [y (* 2 x)]] (flow/step :kv :s {:y y}))",
               answers, "s#1 kv {:y 2}\ns#2 kv {:y 6}\n=> (1 2)");
    check_flow("(let [call (fn [x] (flow/step :kv :s {:x x})) twice (fn [x] (call x))]"
               " (do (map twice [1]) (keep twice [2]) (map (comp inc twice) [3])))",
               answers, "s#1 kv {:x 1}\ns#2 kv {:x 2}\ns#3 kv {:x 3}\n=> (4)");
    check_flow("(filter (fn [x] (flow/step :kv :s {:x x})) [1 2])", answers,
               "s#1 kv {:x 1}\ns#2 kv {:x 2}\n=> (1 2)");
    check_flow("(mapcat (fn [x] [(flow/step :kv :s {:x x})]) [1 2])", answers,
               "s#1 kv {:x 1}\ns#2 kv {:x 2}\n=> (1 2)");
}

static void a_step_inside_another_lazy_sequence_is_an_error(void **state)
{
    struct buf log = {0};
    const struct flow_run run = {.source = "(first (lazy-seq [(flow/step :kv :s {})]))"};

    (void)state;
    run_flow(&run, &log);
    assert_non_null(strstr(buf_get(&log).ptr, "!! effect_in_lazy_seq"));
    buf_done(&log);
}

static void a_delay_may_make_flow_calls(void **state)
{
    const char *const answers[] = {"5", NULL};

    (void)state;
    check_flow("(let [d (delay (flow/step :kv :s {}))] [@d @d])", answers, "s#1 kv {}\n=> [5 5]");
}

static void config_and_result_are_realised_at_all_levels(void **state)
{
    (void)state;
    check_flow("(flow/step :kv :s {:items (map inc [1 2]) :deep [{:x (filter odd? [1 2])}]})", NULL,
               "s#1 kv {:items (2 3), :deep [{:x (1)}]}\n=> nil");
    check_flow("{:a (map inc [1]) :b [(map (fn [x] (map dec [x])) [1])]}", NULL,
               "=> {:a (2), :b [((0))]}");
    check_flow("(map (fn [x] (throw (ex-info \"late\" {}))) [1])", NULL, "!! ex-info late");
}

static void a_failed_step_can_be_caught(void **state)
{
    const char *const answers[] = {"!timeout", "7", NULL};

    (void)state;
    check_flow("(try (flow/step :http :a {}) (catch :default e"
               " [(:class (ex-data e)) (:step-id (ex-data e)) (ex-message e)]))",
               answers, "a#1 http {}\n=> [:timeout :a \"it took too long\"]");
    check_flow("(try (flow/step :http :a {}) (catch clojure.lang.ExceptionInfo e :info))", answers,
               "a#1 http {}\n=> :info");
    check_flow("(try (flow/step :http :a {}) (catch ArithmeticException e 1))", answers,
               "a#1 http {}\n!! timeout it took too long");
    check_flow("(try (flow/step :http :a {}) (catch Exception e (flow/step :http :b {})))", answers,
               "a#1 http {}\nb#1 http {}\n=> 7");
}

static void finally_runs_with_flow_calls_inside(void **state)
{
    const char *const answers[] = {"!timeout", "7", NULL};
    const char *const good[] = {"1", "2", NULL};

    (void)state;
    check_flow("(try (flow/step :a :a {}) (finally (flow/step :b :b {})))", good,
               "a#1 a {}\nb#1 b {}\n=> 1");
    check_flow("(try (flow/step :a :a {}) (finally (flow/step :b :b {})))", answers,
               "a#1 a {}\nb#1 b {}\n!! timeout it took too long");
    check_flow("(try (try (flow/step :a :a {}) (finally (flow/step :b :b {})))"
               " (catch :default e [:outer (flow/step :c :c {})]))",
               answers, "a#1 a {}\nb#1 b {}\nc#1 c {}\n=> [:outer nil]");
}

static void the_position_of_a_failed_step_is_its_call(void **state)
{
    struct error err = {0};
    struct image *image = compile_flow_text("(do\n  (flow/step :http :a {}))", &err);
    struct vm_limits limits = eval_limits();
    struct vm *vm = vm_new(image, &limits);

    (void)state;
    assert_int_equal(vm_run(vm), VM_EFFECT);
    assert_int_equal(vm_effect_after(vm, 0)->line, 2);
    assert_int_equal(vm_effect_after(vm, 0)->column, 3);
    error_set(&err, E_TIMEOUT, "slow");
    vm_throw(vm, 1, &err, value_nil());
    assert_int_equal(vm_run(vm), VM_FAILED);
    assert_int_equal(vm_error(vm)->code, E_TIMEOUT);
    assert_int_equal(vm_error(vm)->line, 2);
    assert_int_equal(vm_failure(vm).type, VALUE_MAP);
    vm_free(vm);
    vm_image_unref(image);
}

static void recorded_values_have_addresses_of_their_own(void **state)
{
    const char *const answers[] = {"5", "9", "0.5", "\"u\"", NULL};

    (void)state;
    check_flow("[(flow/now-ms) (flow/now-ms) (flow/random) (flow/uuid)]", answers,
               "flow/now-ms#1  nil\nflow/now-ms#2  nil\nflow/random#1  nil\nflow/uuid#1  nil\n"
               "=> [5 9 0.5 \"u\"]");
}

static void a_callback_has_the_address_of_the_wait_to_come(void **state)
{
    (void)state;
    check_flow(
        "(do (flow/callback :w) (flow/callback :w) (flow/step :wait :w {}) (flow/callback :w))",
        NULL, "w#1  nil\nw#1  nil\nw#1 wait {}\nw#2  nil\n=> nil");
}

static void input_is_what_was_set(void **state)
{
    struct buf log = {0};
    const struct flow_run run = {.source = "(get (flow/input) \"a\")", .input = "{\"a\" 3}"};

    (void)state;
    run_flow(&run, &log);
    assert_string_equal(buf_get(&log).ptr, "=> 3");
    buf_done(&log);
}

static void bad_step_calls_are_errors(void **state)
{
    static const struct {
        const char *source;
        enum error_code code;
    } cases[] = {
        {"(flow/step :http :a)", E_COMPILE},
        {"(flow/step :my/packaged)", E_COMPILE},
        {"(flow/parallel 1)", E_COMPILE},
        {"(flow/parallel {:a/b 1})", E_COMPILE},
        {"(flow/each {} [x] 1)", E_COMPILE},
        {"(flow/poll {})", E_COMPILE},
        {"(flow/stpe :http :a {})", E_UNKNOWN_SYMBOL},
        {"(map flow/step [1])", E_COMPILE},
        {"(flow/now-ms 1)", E_COMPILE},
        {"(while true 1)", E_COMPILE},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct error err = {0};

        assert_null(compile_flow_text(cases[i].source, &err));
        assert_int_equal(err.code, cases[i].code);
        assert_int_equal(err.line, 1);
    }
    check_flow("(flow/step :http (str \"a/b\") {})", NULL,
               "!! input_invalid a step id has no slash, #, space or control character");
    check_flow("(flow/step :http :a [1])", NULL,
               "!! input_invalid the config of a step is a vector; expected a map");
}

static void a_replay_makes_the_same_calls(void **state)
{
    const char *source =
        "(let [xs (mapv (fn [x] (flow/step :kv :a {:x x})) (range 3))"
        "      ys (for [x xs] (try (flow/step :kv :b {:x x}) (catch :default e :failed)))]"
        "  {:sum (reduce + xs) :ys ys :end (flow/step :kv :c {:ys ys})})";
    const char *const answers[] = {"1", "2", "3", "!timeout", ":y", "!timeout", "{:z 1}", NULL};
    const struct flow_run run = {.source = source, .answers = answers};
    struct buf first = {0}, again = {0};

    (void)state;
    run_flow(&run, &first);
    for (int i = 0; i < 3; i++) {
        buf_reset(&again);
        run_flow(&run, &again);
        assert_string_equal(buf_get(&again).ptr, buf_get(&first).ptr);
    }
    assert_non_null(strstr(buf_get(&first).ptr, "b#3"));
    buf_done(&first);
    buf_done(&again);
}

static void functions_run_by_name_and_by_code(void **state)
{
    struct error err = {0};
    struct vm_limits limits = eval_limits();
    struct image *image = vm_compile_function(core, TEXT("(fn [{:keys [a]}] (mapv inc a))"), &err);
    struct vm *vm = vm_new(image, &limits);
    struct buf out = {0};

    (void)state;
    assert_true(vm_start_function(vm, TEXT_NONE, read_value(vm_heap(vm), "{:a [1 2]}"), &err));
    assert_int_equal(vm_run(vm), VM_DONE);
    value_print(vm_result(vm), &out);
    assert_string_equal(buf_get(&out).ptr, "[2 3]");
    vm_free(vm);
    vm = vm_new(image, &limits);
    assert_false(vm_start_function(vm, TEXT("other"), value_nil(), &err));
    assert_int_equal(err.code, E_NOT_FOUND);
    vm_free(vm);
    vm_image_unref(image);
    assert_null(vm_compile_function(core, TEXT("(fn [x] (flow/now-ms))"), &err));
    assert_null(vm_compile_function(core, TEXT("(+ 1 2)"), &err));
    assert_null(vm_compile_function(core, TEXT("(fn [x] x) 1"), &err));
    buf_done(&out);
}

static void a_definition_gives_body_and_functions(void **state)
{
    static const char source[] =
        "{:slug :demo :name \"Demo\" :concurrency {:type :singleton :on-new-version :coexist}\n"
        " :functions [{:id :double :language :clojure :code \"(fn [input] (* 2 (:n input)))\"}\n"
        "             {:id :bad-sum :language :clojure :code (quote (fn [input]\n"
        "               (+ 1 (:n input))))}]\n"
        " :flow '(flow/step :function :f {:ref :double :input {:n 4}})}";
    struct arena arena;
    struct diagnostics diagnostics;
    struct error err = {0};
    struct vm_limits limits = eval_limits();

    (void)state;
    arena_init(&arena, 0);
    diagnostic_init(&diagnostics, &arena);
    struct definition *definition = definition_read(&arena, text_from(source), &diagnostics);

    assert_non_null(definition);
    struct image *image = vm_compile(core, definition, &err);

    arena_done(&arena); // the image keeps nothing of it
    assert_non_null(image);
    struct vm *vm = vm_new(image, &limits);

    assert_int_equal(vm_run(vm), VM_EFFECT);
    vm_free(vm);
    vm = vm_new(image, &limits);
    assert_true(vm_start_function(vm, TEXT("double"), read_value(vm_heap(vm), "{:n 4}"), &err));
    assert_int_equal(vm_run(vm), VM_DONE);
    assert_int_equal(vm_result(vm).integer, 8);
    vm_free(vm);
    vm = vm_new(image, &limits);
    assert_true(vm_start_function(vm, TEXT("bad-sum"), read_value(vm_heap(vm), "{}"), &err));
    assert_int_equal(vm_run(vm), VM_FAILED);
    assert_int_equal(vm_error(vm)->code, E_NULL);
    assert_int_equal(vm_error(vm)->line, 4);
    vm_free(vm);
    vm_image_unref(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_stops_and_goes_on_with_its_result),
        cmocka_unit_test(addresses_count_the_calls_of_each_step_id),
        cmocka_unit_test(steps_in_eager_functions_just_work),
        cmocka_unit_test(map_and_for_are_eager_where_their_function_makes_flow_calls),
        cmocka_unit_test(a_step_inside_another_lazy_sequence_is_an_error),
        cmocka_unit_test(a_delay_may_make_flow_calls),
        cmocka_unit_test(config_and_result_are_realised_at_all_levels),
        cmocka_unit_test(a_failed_step_can_be_caught),
        cmocka_unit_test(finally_runs_with_flow_calls_inside),
        cmocka_unit_test(the_position_of_a_failed_step_is_its_call),
        cmocka_unit_test(recorded_values_have_addresses_of_their_own),
        cmocka_unit_test(a_callback_has_the_address_of_the_wait_to_come),
        cmocka_unit_test(input_is_what_was_set),
        cmocka_unit_test(bad_step_calls_are_errors),
        cmocka_unit_test(a_replay_makes_the_same_calls),
        cmocka_unit_test(functions_run_by_name_and_by_code),
        cmocka_unit_test(a_definition_gives_body_and_functions),
    };

    return cmocka_run_group_tests(tests, vm_fixture_start, vm_fixture_end);
}
