// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "base/assert.h"
#include "tests/unit/flow/vm_fixture.h"

/* Branches: flow/parallel, flow/each, flow/poll as fibers of one run. */
enum { ANSWERS_MAX = 12 };

static void finish_log(struct vm *vm, enum vm_status status, struct buf *log)
{
    if (status == VM_DONE) {
        buf_cstr(log, "=> ");
        value_print(vm_result(vm), log);
    } else {
        buf_printf(log, "!! %s %s", error_wire(vm_error(vm)->code), vm_error(vm)->message);
    }
}

static enum vm_status run_until_stopped(struct vm *vm)
{
    enum vm_status status;

    do {
        status = vm_run(vm);
    } while (status == VM_YIELD);
    return status;
}

/* The answer to a call: "!timeout" for addresses that hold "bad", else the address. */
static void answer_address(struct vm *vm, const struct vm_effect *effect)
{
    struct error err = {0};

    ASSERT(effect != NULL);
    if (memmem(effect->address.ptr, effect->address.len, "bad", 3)) {
        error_set(&err, E_TIMEOUT, "it took too long");
        vm_throw(vm, effect->id, &err, value_nil());
    } else {
        vm_resume(vm, effect->id, string_from_utf8(vm_heap(vm), effect->address));
    }
}

/*
 * Runs the flow; at each stop the choice-th outstanding effect (modulo their number) is answered,
 * choices being the digits of `order` in base 6. The journal gets the addresses in the order of
 * their answers, the log all calls as they are made and the result.
 */
static void run_in_order(struct image *image, uint32_t order, bool stress, struct buf *journal,
                         struct buf *log)
{
    struct vm_limits limits = eval_limits();
    int64_t seen = 0;

    limits.slice = stress ? 3 : 0;
    struct vm *vm = vm_new(image, &limits);
    enum vm_status status;

    vm->stress = stress;
    while ((status = run_until_stopped(vm)) == VM_EFFECT) {
        const struct vm_effect *effect;
        uint32_t count = 0, choice;

        while ((effect = vm_effect_after(vm, seen))) {
            buf_printf(log, TEXT_FMT " ", TEXT_ARG(effect->address));
            seen = effect->id;
        }
        for (effect = NULL; (effect = vm_effect_after(vm, effect ? effect->id : 0)); count++) {
        }
        ASSERT(count > 0); // a VM that stops for an effect has one
        choice = order % 6 % count;
        order /= 6;
        effect = vm_effect_after(vm, 0);
        while (choice-- > 0) {
            effect = vm_effect_after(vm, effect->id);
            ASSERT(effect != NULL);
        }
        buf_printf(journal, TEXT_FMT "\n", TEXT_ARG(effect->address));
        answer_address(vm, effect);
    }
    finish_log(vm, status, log);
    vm_free(vm);
}

/* The same with the answers in the order of the journal, as a replay does it. */
static void run_journal(struct image *image, struct text journal, struct buf *log)
{
    struct vm_limits limits = eval_limits();
    struct vm *vm = vm_new(image, &limits);
    int64_t seen = 0;
    enum vm_status status;

    while ((status = run_until_stopped(vm)) == VM_EFFECT) {
        const struct vm_effect *effect;
        size_t len = (size_t)text_index_of_char(journal, '\n');

        while ((effect = vm_effect_after(vm, seen))) {
            buf_printf(log, TEXT_FMT " ", TEXT_ARG(effect->address));
            seen = effect->id;
        }
        effect = vm_effect_after(vm, 0);
        while (effect && !text_equal(effect->address, text_slice(journal, 0, len))) {
            effect = vm_effect_after(vm, effect->id);
        }
        assert_non_null(effect);
        answer_address(vm, effect);
        journal = text_slice(journal, len + 1, journal.len);
    }
    assert_int_equal(journal.len, 0);
    finish_log(vm, status, log);
    vm_free(vm);
}

/* Every order of answers gives that result, and a replay of its journal makes the same calls. */
static void check_orders(const char *source, uint32_t orders, const char *expected)
{
    struct error err = {0};
    struct image *image = compile_flow_text(source, &err);

    if (!image) print_message("%s\n", err.message);
    assert_non_null(image);
    for (uint32_t order = 0; order < orders; order++) {
        struct buf journal = {0}, log = {0}, again = {0}, stressed = {0}, ignored = {0};

        run_in_order(image, order, false, &journal, &log);
        run_journal(image, buf_get(&journal), &again);
        assert_string_equal(buf_get(&again).ptr, buf_get(&log).ptr);
        if (order % 7 == 0) {
            run_in_order(image, order, true, &ignored, &stressed);
            assert_string_equal(buf_get(&stressed).ptr, buf_get(&log).ptr);
        }
        const char *result = strstr(buf_get(&log).ptr, "=> ");

        if (!result) result = strstr(buf_get(&log).ptr, "!! ");
        assert_string_equal(result, expected);
        buf_done(&journal);
        buf_done(&log);
        buf_done(&again);
        buf_done(&stressed);
        buf_done(&ignored);
    }
    vm_image_unref(image);
}

static void branches_of_a_vector_answer_in_its_order(void **state)
{
    (void)state;
    check_orders("(flow/parallel [(flow/step :kv :a {}) (str (flow/step :kv :b {})"
                 " (flow/step :kv :b {})) 7 (flow/step :kv :a {})])",
                 1296, "=> [\"p#1/0/a#1\" \"p#1/1/b#1p#1/1/b#2\" 7 \"p#1/3/a#1\"]");
    check_flow("(flow/parallel [])", NULL, "=> []");
    check_flow("(flow/parallel {})", NULL, "=> {}");
    check_flow("(flow/each [x nil] x)", NULL, "=> []");
}

static void branches_of_a_map_answer_under_its_keys(void **state)
{
    (void)state;
    check_orders("(let [n 1] (flow/parallel {:user (flow/step :kv :a {:n n}) :order [n"
                 " (flow/step :kv :a {})]}))",
                 216, "=> {:user \"p#1/user/a#1\", :order [1 \"p#1/order/a#1\"]}");
}

static void each_goes_over_a_collection_with_bounded_concurrency(void **state)
{
    (void)state;
    check_orders("(flow/each {:concurrency 2} [[i x] (map-indexed vector [:a :b :c :d])]"
                 " [i x (flow/step :kv :s {:x x})])",
                 1296,
                 "=> [[0 :a \"p#1/0/s#1\"] [1 :b \"p#1/1/s#1\"] [2 :c \"p#1/2/s#1\"]"
                 " [3 :d \"p#1/3/s#1\"]]");
    struct error err = {0};
    struct image *image = compile_flow_text(
        "(flow/each {:concurrency 3} [x (range 5)] (flow/step :kv :s {:x x}))", &err);
    struct vm_limits limits = eval_limits();
    struct vm *vm = vm_new(image, &limits);

    assert_int_equal(vm_run(vm), VM_EFFECT);
    assert_non_null(vm_effect_find(vm, 3));
    assert_null(vm_effect_find(vm, 4));
    vm_resume(vm, 2, value_nil());
    assert_int_equal(vm_run(vm), VM_EFFECT);
    assert_non_null(vm_effect_find(vm, 4));
    assert_null(vm_effect_find(vm, 5));
    vm_free(vm); // with branches under way
    vm_image_unref(image);
}

static void forks_nest_and_are_numbered_in_their_fiber(void **state)
{
    (void)state;
    check_orders("(let [f (fn [x] (flow/each [y [1 2]] [x y (flow/step :kv :s {})]))]"
                 " (flow/parallel [(f :a) (do (f :b) (f :c)) (flow/step :kv :z {})])"
                 " (flow/parallel [(flow/step :kv :s {})]))",
                 7776, "=> [\"p#2/0/s#1\"]");
    check_orders("(flow/parallel {:a (flow/each [y [1 2]] (flow/step :kv :s {}))"
                 " :b (flow/step :kv :s {})})",
                 216, "=> {:a [\"p#1/a/p#1/0/s#1\" \"p#1/a/p#1/1/s#1\"], :b \"p#1/b/s#1\"}");
}

static void the_first_failure_cancels_the_others_and_is_thrown_at_the_call(void **state)
{
    (void)state;
    check_orders("(try (flow/parallel [(do (flow/step :kv :bad {}) (flow/step :kv :never {}))"
                 " (do (flow/step :kv :b {}) (flow/step :kv :bad2 {}))])"
                 " (catch :default e [(:class (ex-data e)) (flow/step :kv :after {})]))",
                 216, "=> [:timeout \"after#1\"]");
    check_orders("(flow/parallel [(flow/step :kv :bad {}) (flow/parallel [(flow/step :kv :bad {})"
                 " (flow/step :kv :bad {})])])",
                 216, "!! timeout it took too long");
    struct error err = {0};
    struct image *image = compile_flow_text(
        "(try (flow/parallel [(flow/step :kv :a {}) (flow/each [x [1 2]] (flow/step :kv :b {}))])"
        " (catch :default e (ex-message e)))",
        &err);
    struct vm_limits limits = eval_limits();
    struct vm *vm = vm_new(image, &limits);

    assert_int_equal(vm_run(vm), VM_EFFECT);
    assert_non_null(vm_effect_find(vm, 3));
    error_set(&err, E_REMOTE, "broken");
    vm_throw(vm, 1, &err, value_nil());
    assert_int_equal(vm_run(vm), VM_DONE);
    assert_int_equal(vm_cancelled_effects(vm), 2);
    assert_null(vm_effect_after(vm, 0));
    vm_free(vm);
    vm_image_unref(image);
}

static void collect_answers_for_each_branch(void **state)
{
    (void)state;
    check_orders(
        "(mapv (fn [r] (or (:ok r) (select-keys (:error r) [:class :code :data :step-id])))"
        " (flow/parallel [(flow/step :kv :bad {}) (flow/step :kv :b {})"
        " (throw (ex-info \"own\" {:n 1}))] {:on-error :collect}))",
        36,
        "=> [{:class :timeout, :code :timeout, :step-id :bad} \"p#1/1/b#1\""
        " {:class :user, :code :ex-info, :data {:n 1}}]");
    check_orders("(flow/each {:on-error :collect :concurrency 1} [x [1 0]] (/ 1 x))", 1,
                 "=> [{:ok 1} {:error {:class :user, :code :arithmetic, :message"
                 " \"Divide by zero\", :hint \"Check the numbers before the call.\"}}]");
}

static void a_delay_of_a_cancelled_branch_can_be_forced_again(void **state)
{
    (void)state;
    check_orders("(let [d (delay (flow/step :kv :d {}))]"
                 " (try (flow/parallel [(do (flow/step :kv :a {}) (throw (ex-info \"x\" {}))) @d])"
                 "  (catch :default e nil)) @d)",
                 1, "=> \"d#1\"");
}

static void too_many_branches_are_a_limit(void **state)
{
    (void)state;
    check_flow("((fn f [] (flow/each {:concurrency 100} [x (range 100)] (f))))", NULL,
               "!! limit_exceeded a run has at most 1000 branches at once");
    check_flow("(let [n 101] (flow/each {:concurrency n} [x [1]] x))", NULL,
               "!! input_invalid :concurrency is a number from 1 to 100");
    check_flow("(flow/each [x (range 100001)] x)", NULL,
               "!! limit_exceeded flow/each takes at most 100000 items");
    check_flow("(flow/each [x 7] x)", NULL,
               "!! argument flow/each goes over a collection, not an integer");
    check_flow("(count (flow/each [x (range 3000)] (inc x)))", NULL, "=> 3000");
}

static void a_poll_waits_between_passes_until_it_is_told_to_return(void **state)
{
    const char *const answers[] = {"{:n 1}", "nil", "{:n 2}", "nil", "{:n 3}", NULL};

    (void)state;
    check_flow("(flow/poll {:interval \"2s\" :backoff :exponential :max-attempts 5"
               " :return-on (fn [r] (= 3 (:n r)))} (flow/step :http :check {}))",
               answers,
               "p#1/1/check#1 http {}\np#1/1/poll-wait#1 wait {:millis 2000}\n"
               "p#1/2/check#1 http {}\np#1/2/poll-wait#1 wait {:millis 4000}\n"
               "p#1/3/check#1 http {}\n=> {:n 3}");
}

static void a_poll_ends_at_its_bounds(void **state)
{
    const char *const nothing[] = {NULL};
    const char *const times[] = {"1000", "nil", "1500", "nil", "nil", "11500", NULL};

    (void)state;
    check_flow("(try (flow/poll {:interval 1 :max-attempts 2} (flow/step :http :c {}))"
               " (catch :default e (select-keys (ex-data e) [:class :code :attempts])))",
               nothing,
               "p#1/1/c#1 http {}\np#1/1/poll-wait#1 wait {:millis 1000}\np#1/2/c#1 http {}\n"
               "=> {:class :timeout, :code :poll_timeout, :attempts 2}");
    check_flow("(flow/poll {:interval \"1s\" :timeout \"10s\"} (flow/step :http :c {}))", times,
               "p#1/1/flow/now-ms#1  nil\np#1/1/c#1 http {}\np#1/1/flow/now-ms#2  nil\n"
               "p#1/1/poll-wait#1 wait {:millis 1000}\np#1/2/c#1 http {}\n"
               "p#1/2/flow/now-ms#1  nil\n!! ex-info the poll did not end in time");
    check_flow("(flow/poll {:max-attempts 2 :abort-on (fn [r] (= r :broken)) :return-on #{:ok}}"
               " (flow/step :http :c {}))",
               (const char *const[]){":broken", NULL},
               "p#1/1/c#1 http {}\n!! ex-info the poll met what it aborts on");
    check_flow("(flow/poll {:interval 1} (flow/step :http :c {}))", nothing,
               "!! ex-info flow/poll needs :timeout or :max-attempts, so that it ends");
}

static void positions_of_failed_branches_are_in_them(void **state)
{
    struct error err = {0};
    struct image *image =
        compile_flow_text("(do\n (flow/parallel [1\n   (flow/step :kv :a {})]))", &err);
    struct vm_limits limits = eval_limits();
    struct vm *vm = vm_new(image, &limits);

    (void)state;
    assert_int_equal(vm_run(vm), VM_EFFECT);
    error_set(&err, E_REMOTE, "broken");
    vm_throw(vm, 1, &err, value_nil());
    assert_int_equal(vm_run(vm), VM_FAILED);
    assert_int_equal(vm_error(vm)->line, 3);
    assert_int_equal(vm_error(vm)->code, E_REMOTE);
    vm_free(vm);
    vm_image_unref(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(branches_of_a_vector_answer_in_its_order),
        cmocka_unit_test(branches_of_a_map_answer_under_its_keys),
        cmocka_unit_test(each_goes_over_a_collection_with_bounded_concurrency),
        cmocka_unit_test(forks_nest_and_are_numbered_in_their_fiber),
        cmocka_unit_test(the_first_failure_cancels_the_others_and_is_thrown_at_the_call),
        cmocka_unit_test(collect_answers_for_each_branch),
        cmocka_unit_test(a_delay_of_a_cancelled_branch_can_be_forced_again),
        cmocka_unit_test(too_many_branches_are_a_limit),
        cmocka_unit_test(a_poll_waits_between_passes_until_it_is_told_to_return),
        cmocka_unit_test(a_poll_ends_at_its_bounds),
        cmocka_unit_test(positions_of_failed_branches_are_in_them),
    };

    return cmocka_run_group_tests(tests, vm_fixture_start, vm_fixture_end);
}
