// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "flow/pmap.h"
#include "tests/unit/flow/vm_fixture.h"

/* What a run keeps: the values that its code can still look at, and none of what it is done with.
 */

#define RESULT_BYTES 2048
#define KEPT_MAX     8192 /* of a body that holds nothing large: frames, input, a config */

static struct value big_result(struct heap *heap)
{
    char text[RESULT_BYTES + 1];

    memset(text, 'x', RESULT_BYTES);
    text[RESULT_BYTES] = '\0';
    struct value map = pmap_put_named(heap, pmap_empty(), "status", value_int(200));

    return pmap_put_named(heap, map, "body", string_from_cstr(heap, text));
}

struct measured {
    size_t live_max, used_max; /* bytes */
    int effects;
    char result[80];
};

static void look(struct vm *vm, struct measured *out)
{
    out->used_max = MAX(out->used_max, vm->heap.used_bytes);
    frame_collect(vm);
    out->live_max = MAX(out->live_max, vm->heap.live_bytes);
}

/* Runs the body; every effect is answered with 2 KB. Looks at the heap at each `every`-th effect,
 * the first `skip` not counted. */
static struct measured run_measured(const char *source, const char *input, int skip, int every)
{
    struct error err = {0};
    struct image *image = compile_flow_text(source, &err);
    struct measured out = {0};
    struct vm_limits limits = eval_limits();

    if (!image) print_message("%s: %s\n", source, err.message);
    assert_non_null(image);
    struct vm *vm = vm_new(image, &limits);

    if (input) vm_set_input(vm, read_value(vm_heap(vm), input));
    while (vm_run(vm) == VM_EFFECT) {
        out.effects++;
        if (out.effects > skip && out.effects % every == 0) look(vm, &out);
        vm_resume(vm, vm_effect_after(vm, 0)->id, big_result(vm_heap(vm)));
    }
    struct buf text = {.limit = sizeof(out.result) - 1};

    if (vm->status == VM_DONE) {
        value_print(vm_result(vm), &text);
    } else {
        buf_cstr(&text, error_wire(vm_error(vm)->code));
    }
    memcpy(out.result, buf_get(&text).ptr, text.len); // zeroed: it ends there
    buf_done(&text);
    vm_free(vm);
    vm_image_unref(image);
    return out;
}

static void a_loop_of_ten_thousand_steps_needs_as_little_as_one_of_a_hundred(void **state)
{
    static const char body[] = "(loop [i 0 total 0]"
                               "  (if (< i (:n (flow/input)))"
                               "    (let [page (flow/step :http :fetch {:page i})"
                               "          {:keys [status body]} page]"
                               "      (recur (inc i) (+ total status (count body))))"
                               "    total))";

    static const struct {
        const char *input, *result;
    } runs[] = {{"{:n 100}", "224800"}, {"{:n 1000}", "2248000"}, {"{:n 10000}", "22480000"}};

    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(runs); i++) {
        struct measured run = run_measured(body, runs[i].input, 0, 50);

        assert_string_equal(run.result, runs[i].result);
        assert_in_range(run.live_max, 1, KEPT_MAX);
        assert_in_range(run.used_max, 1, 1024 * 1024);
    }
}

/* The body gets 2 KB of its first steps and is done with them at the last one. */
static void check_forgets(const char *source, int steps)
{
    struct measured run = run_measured(source, NULL, steps - 1, 1);

    if (run.effects != steps || run.live_max > RESULT_BYTES) {
        print_message("%s\n%d effects, %zu bytes kept: %s\n", source, run.effects, run.live_max,
                      run.result);
    }
    assert_int_equal(run.effects, steps);
    assert_in_range(run.live_max, 0, RESULT_BYTES);
}

static void what_no_code_looks_at_any_more_is_not_kept(void **state)
{
    (void)state;
    check_forgets(
        "(let [a (flow/step :http :a {}) n (count (:body a))] (flow/step :http :b {:n n}) n)", 2);
    check_forgets("(let [{:keys [body] :as a} (flow/step :http :a {}) n (count body) m (:status a)]"
                  " (flow/step :http :b {:n n}) m)",
                  2);
    check_forgets("(let [a (flow/step :http :a {})] (if (= 200 (:status a))"
                  " (do (flow/step :http :b {}) 1) 2))",
                  2);
    check_forgets("(let [a (flow/step :http :a {}) f (fn [x] (count (:body x))) n (f a)]"
                  " (flow/step :http :b {}) (+ n 1))",
                  2);
    check_forgets(
        "(let [a (flow/step :http :a {}) n (reduce + (map count (vals (dissoc a :status))))]"
        " (flow/step :http :b {}) (+ n 1))",
        2);
    check_forgets("(do (try (:status (flow/step :http :a {})) (catch Exception e (ex-data e)))"
                  " (flow/step :http :b {}) 1)",
                  2);
    check_forgets("(let [a (flow/step :http :a {})] (try (count (:body a)) (finally 1))"
                  " (flow/step :http :b {}) 1)",
                  2);
    check_forgets("(let [n (loop [i 0 a nil] (if (< i 3)"
                  " (recur (inc i) (flow/step :http :a {})) (count (:body a))))]"
                  " (flow/step :http :b {}) n)",
                  4);
    check_forgets(
        "(let [{:keys [a]} (flow/parallel {:a (flow/step :http :a {}) :b 1}) n (:status a)]"
        " (flow/step :http :b {}) n)",
        2);
    check_forgets("(let [x (case (:status (flow/step :http :a {})) 200 :ok :no)]"
                  " (flow/step :http :b {}) x)",
                  2);
}

static void what_is_looked_at_later_is_kept(void **state)
{
    (void)state;
    struct measured run = run_measured(
        "(let [a (flow/step :http :a {})] (flow/step :http :b {}) (count (:body a)))", NULL, 1, 1);

    assert_in_range(run.live_max, RESULT_BYTES, RESULT_BYTES + KEPT_MAX);
    assert_string_equal(run.result, "2048");
    run = run_measured("(let [a (flow/step :http :a {})"
                       "      f (fn [] (count (:body a)))]"
                       "  (try (flow/step :http :b {}) (throw (ex-info \"no\" {}))"
                       "    (catch Exception e (f))))",
                       NULL, 1, 1);
    assert_string_equal(run.result, "2048");
    run = run_measured("(let [a (flow/step :http :a {})]"
                       "  (try (count (:body a)) (throw (ex-info \"no\" {}))"
                       "    (catch Exception e (count (:body a)))))",
                       NULL, 1, 1);
    assert_string_equal(run.result, "2048");
    run = run_measured("(let [a (:body (flow/step :http :a {}))]"
                       "  (loop [i 0 n 0] (if (< i 3) (recur (inc i) (+ n (count a))) n)))",
                       NULL, 1, 1);
    assert_string_equal(run.result, "6144");
    run =
        run_measured("(let [a (:body (flow/step :http :a {}))]"
                     "  (letfn [(f [i] (if (pos? i) (g (dec i)) (count a))) (g [i] (f i))] (f 3)))",
                     NULL, 1, 1);
    assert_string_equal(run.result, "2048");
}

/* A million of items, of which a heap of 4 MB could hold less than a tenth. */
static void check_walks(const char *source, const char *expected)
{
    struct vm_limits limits = eval_limits();

    limits.heap_bytes = 4 * 1024 * 1024;
    check_with(&limits, source, expected);
}

static void walking_a_long_sequence_keeps_none_of_it(void **state)
{
    (void)state;
    check_walks("(reduce + (map inc (range 200000)))", "20000100000");
    check_walks("(let [xs (map inc (range 200000)) n (reduce + xs)] (+ n 1))", "20000100001");
    check_walks("(let [xs (map inc (range 200000))] (+ 1 (reduce + xs)))", "20000100001");
    check_walks("(first (filter (fn [x] (= x 200000)) (map inc (range))))", "200000");
    check_walks("(first (remove (fn [x] (< x 200000)) (map inc (range))))", "200000");
    check_walks("(first (keep (fn [x] (if (= x 200000) :ok)) (map inc (range))))", ":ok");
    check_walks("(first (drop 200000 (map inc (range))))", "200001");
    check_walks("(first (drop-while (fn [x] (< x 200000)) (map inc (range))))", "200000");
    check_walks("(first (for [x (map inc (range)) :when (> x 200000)] x))", "200001");
    check_walks("(first (for [x (map inc (range)) :when (> x 200000) y [x]] y))", "200001");
    check_walks("(count (map inc (range 200000)))", "200000");
    check_walks("(last (map inc (range 200000)))", "200000");
    check_walks("(nth (map inc (range)) 200000)", "200001");
    check_walks("(dorun (map inc (range 200000)))", "nil");
    check_walks("(doseq [x (map inc (range 200000))] x)", "nil");
    check_walks("(run! inc (map inc (range 200000)))", "nil");
    check_walks("(every? pos? (map inc (range 200000)))", "true");
    check_walks("(some (fn [x] (= x 200000)) (map inc (range)))", "true");
    check_walks("(loop [s (map inc (range 200000)) n 0] (if s (recur (next s) (inc n)) n))",
                "200000");
    check_walks("(transduce (map inc) + (map inc (range 200000)))", "20000300000");
    check_walks("(frequencies (map odd? (range 200000)))", "{false 100000, true 100000}");
    check_walks("(count (take-while pos? (map inc (range 200000))))", "200000");
    check_walks("(reduce + (mapcat (fn [x] [x 1]) (range 100000)))", "5000050000");
    check_walks("(reduce + (map + (map inc (range 100000)) (map dec (range 100000))))",
                "9999900000");
    check_walks("(first (nthrest (map inc (range)) 200000))", "200001");
    check_walks("(second (drop 199999 (iterate inc 0)))", "200000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loop_of_ten_thousand_steps_needs_as_little_as_one_of_a_hundred),
        cmocka_unit_test(what_no_code_looks_at_any_more_is_not_kept),
        cmocka_unit_test(what_is_looked_at_later_is_kept),
        cmocka_unit_test(walking_a_long_sequence_keeps_none_of_it),
    };

    return cmocka_run_group_tests(tests, vm_fixture_start, vm_fixture_end);
}
