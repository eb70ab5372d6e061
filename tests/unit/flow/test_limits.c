// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "flow/codec.h"
#include "tests/unit/flow/vm_fixture.h"

/* The limits of a run are exact: what needs n passes with n and with n + 1, and fails with n - 1,
 * each time, in slices too. */

static const char *const expressions[] = {
    "(+ 1 2)",
    "(reduce + (range 5000))",
    "(reduce (fn [a x] (+ a x)) 0 (range 3000))",
    "(reduce + (map inc (filter odd? (range 3000))))",
    "(loop [i 0 acc []] (if (< i 1000) (recur (inc i) (conj acc i)) (count acc)))",
    "(sort (map (fn [i] (mod (* i 7919) 1009)) (range 1000)))",
    "(sort-by count (map str (range 500)))",
    "(apply str (map (fn [i] (str i \",\")) (range 500)))",
    "(count (re-seq #\"[0-9]+\" (clojure.string/join \"-\" (range 1000))))",
    "(hash (vec (range 2000)))",
    "(= (vec (range 2000)) (range 2000))",
    "(frequencies (map (fn [i] (mod i 7)) (range 1000)))",
    "(into {} (map (fn [i] [i (* i i)]) (range 1000)))",
    "(group-by even? (range 500))",
    "(reduce *' (range 1 300))",
    "(format \"%.3f %d\" 1.5 (count (str (vec (range 1000)))))",
    "(try (nth [1] 5) (catch Exception e (ex-message e)))",
    "(into (sorted-map-by (fn [a b] (compare b a))) (map vector (range 200) (range 200)))",
    "(count (clojure.string/split (apply str (repeat 2000 \"a,\")) #\",\"))",
    "(take 50 (distinct (cycle (range 60))))",
    "(set (map (fn [i] [i]) (range 500)))",
    "(apply max (range 1000))",
    "(re-find #\"(a|b)*c\" (apply str (repeat 200 \"ab\")))",
    "[(map str (range 300)) {:k (filter odd? (range 300))}]",
    "(count (clojure.string/replace (apply str (repeat 1000 \"ab\")) \"a\" \"xyz\"))",
};

/* Runs to the end; answers E_NONE, or the code of the error. */
static enum error_code run_within(struct image *image, const struct vm_limits *limits,
                                  struct buf *out, int64_t *out_fuel)
{
    struct vm *vm = vm_new(image, limits);
    enum vm_status status;
    enum error_code code = E_NONE;

    do {
        status = vm_run(vm);
    } while (status == VM_YIELD);
    if (status == VM_DONE) {
        value_print(vm_result(vm), out);
    } else {
        code = vm_error(vm)->code;
    }
    if (out_fuel) *out_fuel = vm_fuel_used(vm);
    vm_free(vm);
    return code;
}

static void check_fuel(struct image *image, const char *source, int64_t slice)
{
    struct vm_limits limits = eval_limits();
    struct buf whole = {0}, out = {0};
    int64_t used;

    limits.slice = slice;
    assert_int_equal(run_within(image, &limits, &whole, &used), E_NONE);
    for (int64_t extra = -1; extra <= 1; extra++) {
        buf_reset(&out);
        limits.fuel = used + extra;
        enum error_code code = run_within(image, &limits, &out, NULL);
        bool as_expected = extra < 0 ? code == E_FUEL : text_equal(buf_get(&out), buf_get(&whole));

        if (!as_expected) {
            print_message("%s: with %lld of %lld: %s %s\n", source, (long long)limits.fuel,
                          (long long)used, error_wire(code), buf_get(&out).ptr);
        }
        assert_true(as_expected);
    }
    buf_done(&whole);
    buf_done(&out);
}

static struct image *compile_expression(const char *source)
{
    struct arena arena;
    struct reader reader;
    struct form *form;
    struct error err = {0};

    arena_init(&arena, 0);
    assert_true(reader_init(&reader, &arena, text_from(source), &err));
    assert_int_equal(reader_next(&reader, &form, &err), READER_FORM);
    struct image *image = vm_compile_expression(core, form, &err);

    arena_done(&arena);
    if (!image) print_message("%s: %s\n", source, err.message);
    assert_non_null(image);
    return image;
}

static void a_run_takes_exactly_its_fuel(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(expressions); i++) {
        struct image *image = compile_expression(expressions[i]);

        check_fuel(image, expressions[i], 0);
        check_fuel(image, expressions[i], 7);
        vm_image_unref(image);
    }
}

/* The smallest heap in which it passes, between low, where it does not, and high. */
static size_t smallest_heap(struct image *image, size_t low, size_t high, int64_t slice)
{
    struct vm_limits limits = eval_limits();

    limits.slice = slice;
    while (high - low > 1) {
        struct buf out = {0};

        limits.heap_bytes = low + (high - low) / 2;
        enum error_code code = run_within(image, &limits, &out, NULL);

        buf_done(&out);
        assert_true(code == E_NONE || code == E_MEMORY);
        if (code == E_NONE) {
            high = limits.heap_bytes;
        } else {
            low = limits.heap_bytes;
        }
    }
    return high;
}

static void a_run_takes_exactly_its_memory(void **state)
{
    static const char *const keepers[] = {
        "(let [v (vec (range 20000))] (loop [i 0] (if (< i 1000) (recur (inc i)) (count v))))",
        "(loop [i 0 acc {}] (if (< i 3000) (recur (inc i) (assoc acc i (str i))) (count acc)))",
        "(count (apply str (repeat 100000 \"abc\")))",
        "(reduce + (doall (map inc (range 5000))))",
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_COUNT(keepers); i++) {
        struct image *image = compile_expression(keepers[i]);
        size_t needed = smallest_heap(image, 1000, 1 << 24, 0);
        struct vm_limits limits = eval_limits();
        struct buf out = {0};

        assert_int_equal(smallest_heap(image, 1000, 1 << 24, 0), needed);
        assert_int_equal(smallest_heap(image, 1000, 1 << 24, 5), needed); // slices change nothing
        limits.heap_bytes = needed - 1;
        assert_int_equal(run_within(image, &limits, &out, NULL), E_MEMORY);
        limits.heap_bytes = needed;
        assert_int_equal(run_within(image, &limits, &out, NULL), E_NONE);
        limits.heap_bytes = needed + 1;
        assert_int_equal(run_within(image, &limits, &out, NULL), E_NONE);
        buf_done(&out);
        vm_image_unref(image);
    }
}

static void calls_nest_exactly_as_deep_as_allowed(void **state)
{
    // the body, and f called with 9, 8, … 0
    struct image *image = compile_expression("((fn f [n] (if (zero? n) 0 (+ 1 (f (dec n))))) 9)");
    struct vm_limits limits = eval_limits();
    struct buf out = {0};
    (void)state;

    for (uint32_t depth = 10; depth <= 12; depth++) {
        limits.depth = depth;
        assert_int_equal(run_within(image, &limits, &out, NULL), depth < 11 ? E_DEPTH : E_NONE);
    }
    buf_done(&out);
    vm_image_unref(image);
}

static void what_is_encoded_fits_exactly_or_not_at_all(void **state)
{
    struct heap heap;
    struct buf whole = {0};
    struct error err = {0};
    (void)state;

    heap_init(&heap, 0);
    struct value value = read_value(&heap, "{:status 200 :body [1 \"two\" 3.5 {:k #{1 2}}]}");

    assert_true(codec_encode(value, &whole, &err));
    for (int extra = -1; extra <= 1; extra++) {
        struct buf out = {.limit = (size_t)((int64_t)whole.len + extra)};
        bool ok = codec_encode(value, &out, &err);

        assert_true(ok || out.overflow);
        assert_int_equal(out.overflow, extra < 0);
        if (extra >= 0) assert_true(text_equal(buf_get(&out), buf_get(&whole)));
        buf_done(&out);
    }
    buf_done(&whole);
    heap_done(&heap);
}

static void a_collection_at_any_time_changes_neither_value_nor_fuel(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(expressions); i++) {
        struct image *image = compile_expression(expressions[i]);
        struct vm_limits limits = eval_limits();
        struct buf whole = {0}, out = {0};
        int64_t used;

        assert_int_equal(run_within(image, &limits, &whole, &used), E_NONE);
        limits.slice = MAX(used / 20, 1);
        struct vm *vm = vm_new(image, &limits);

        while (vm_run(vm) == VM_YIELD) {
            frame_collect(vm);
        }
        assert_int_equal(vm->status, VM_DONE);
        value_print(vm_result(vm), &out);
        assert_string_equal(buf_get(&out).ptr, buf_get(&whole).ptr);
        assert_int_equal(vm_fuel_used(vm), used);
        vm_free(vm);
        buf_done(&whole);
        buf_done(&out);
        vm_image_unref(image);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_takes_exactly_its_fuel),
        cmocka_unit_test(a_run_takes_exactly_its_memory),
        cmocka_unit_test(calls_nest_exactly_as_deep_as_allowed),
        cmocka_unit_test(what_is_encoded_fits_exactly_or_not_at_all),
        cmocka_unit_test(a_collection_at_any_time_changes_neither_value_nor_fuel),
    };

    return cmocka_run_group_tests(tests, vm_fixture_start, vm_fixture_end);
}
