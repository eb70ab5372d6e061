// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "tests/unit/flow/vm_fixture.h"

/* The VM's limits, errors and collections. */

static void try_catches_by_family_and_finally_always_runs(void **state)
{
    (void)state;
    check("(try (/ 1 0) (catch ArithmeticException e :a))", ":a");
    check("(try (/ 1 0) (catch java.lang.ArithmeticException e (ex-data e)))", "nil");
    check("(try (/ 1 0) (catch NullPointerException e :n) (catch Exception e :e))", ":e");
    check("(try (throw (ex-info \"m\" {:a 1})) (catch :default e [(ex-message e) (ex-data e)]))",
          "[\"m\" {:a 1}]");
    check("(try (throw (ex-info \"m\" {} (ex-info \"c\" {}))) (catch Throwable e"
          " (ex-message (ex-cause e))))",
          "\"c\"");
    check("(try 1 (finally 2))", "1");
    check("(try (try (/ 1 0) (finally 2)) (catch :default e :out))", ":out");
    check("(try (try (/ 1 0) (catch :default e (throw (ex-info \"2\" {}))) (finally 3))"
          " (catch :default e (ex-message e)))",
          "\"2\"");
    check("(try (assert false) (catch Exception e 1))", "!! assert");
    check("(try (assert false \"why\") (catch AssertionError e (ex-message e)))",
          "\"Assert failed: why\\nfalse\"");
    check("(try (throw 1) (catch ClassCastException e :cast))", ":cast");
    check("(try (nth [1] 5) (catch IndexOutOfBoundsException e :i))", ":i");
    check("(+ 1 (try (/ 1 0) (catch :default e 2)) (try 3 (finally 4)))", "6");
    check("((fn [x] (try (x) (catch IllegalArgumentException e :arity))) (fn [a] a))", ":arity");
    check("(try (Exception. \"x\") (throw (Exception. \"y\")) (catch Exception e (.getMessage e)))",
          "\"y\"");
    check("(throw (ex-info \"x\" {}))", "!! ex-info");
    check("(try)", "nil");
    check("(try (finally 1))", "nil");
}

static void a_thrown_lazy_sequence_can_be_tried_again(void **state)
{
    (void)state;
    check("(let [s (map (fn [x] (/ 1 x)) [0])] [(try (first s) (catch :default e 1))"
          " (try (first s) (catch :default e 2))])",
          "[1 2]");
}

static void errors_carry_the_position_of_the_flow_code(void **state)
{
    (void)state;
    check_error("(let [x 0]\n   (/ 1 x))", E_ARITHMETIC, 2, 4, "ivide by zero");
    check_error("(map\n (fn [x]\n  (+ x :a)) [1])", E_CAST, 3, 3, "");
    check_error("(reduce + [1\n :a])", E_CAST, 1, 1, "");
    check_error("((fn [x]\n (throw (ex-info \"late\" {}))) 1)", E_EX_INFO, 2, 2, "late");
    check_error("(try (/ 1 0)\n (finally 1))", E_ARITHMETIC, 1, 6, "");
}

static enum error_code run_limited(const char *source, struct vm_limits limits, int64_t *out_used)
{
    struct buf out = {0};
    struct error err = {0};
    struct arena arena;
    struct reader reader;
    struct form *form;
    enum error_code code = E_NONE;

    (void)out;
    arena_init(&arena, 0);
    assert_true(reader_init(&reader, &arena, text_from(source), &err));
    assert_int_equal(reader_next(&reader, &form, &err), READER_FORM);
    struct image *image = vm_compile_expression(core, form, &err);

    assert_non_null(image);
    struct vm *vm = vm_new(image, &limits);
    enum vm_status status;

    do {
        status = vm_run(vm);
    } while (status == VM_YIELD);
    if (status == VM_FAILED) code = vm_error(vm)->code;
    if (out_used) *out_used = vm_fuel_used(vm);
    vm_free(vm);
    vm_image_unref(image);
    arena_done(&arena);
    return code;
}

#define LOOP "(loop [i 0] (if (< i 100) (recur (inc i)) i))"

static void fuel_is_exact_at_its_limit(void **state)
{
    struct vm_limits limits = eval_limits();
    int64_t used, again;

    (void)state;
    assert_int_equal(run_limited(LOOP, limits, &used), E_NONE);
    for (int64_t slice = 1; slice < 4; slice++) {
        limits.slice = slice;
        assert_int_equal(run_limited(LOOP, limits, &again), E_NONE);
        assert_int_equal(again, used);
    }
    limits.fuel = used;
    assert_int_equal(run_limited(LOOP, limits, NULL), E_NONE);
    limits.fuel = used + 1;
    assert_int_equal(run_limited(LOOP, limits, NULL), E_NONE);
    limits.fuel = used - 1;
    assert_int_equal(run_limited(LOOP, limits, NULL), E_FUEL);
    limits.slice = 0;
    assert_int_equal(run_limited(LOOP, limits, NULL), E_FUEL);
    assert_int_equal(run_limited("(loop [] (recur))", limits, NULL), E_FUEL);
    assert_int_equal(run_limited("(try (loop [] (recur)) (catch :default e 1))", limits, NULL),
                     E_FUEL);
    assert_int_equal(run_limited("(count (iterate inc 0))", limits, NULL), E_FUEL);
}

static void a_slice_ends_after_exactly_so_many_instructions(void **state)
{
    struct error err;
    struct image *image = compile_flow_text(LOOP, &err);
    struct vm_limits limits = eval_limits();

    (void)state;
    limits.slice = 10;
    struct vm *vm = vm_new(image, &limits);

    for (int64_t i = 1; i < 20; i++) {
        assert_int_equal(vm_run(vm), VM_YIELD);
        assert_int_equal(vm_fuel_used(vm), 10 * i);
    }
    vm_free(vm);
    vm_image_unref(image);
}

static void depth_is_exact_at_its_limit(void **state)
{
    struct vm_limits limits = eval_limits();
    const char *nested = "((fn f [n] (if (zero? n) 0 (inc (f (dec n))))) 10)";

    (void)state;
    limits.depth = 12; // the expression, and f for 10 … 0
    assert_int_equal(run_limited(nested, limits, NULL), E_NONE);
    limits.depth = 13;
    assert_int_equal(run_limited(nested, limits, NULL), E_NONE);
    limits.depth = 11;
    assert_int_equal(run_limited(nested, limits, NULL), E_DEPTH);
    assert_int_equal(run_limited("((fn f [] (inc (f))))", eval_limits(), NULL), E_DEPTH);
    check("(try ((fn f [] (inc (f)))) (catch StackOverflowError e :deep))", ":deep");
    check("(try ((fn f [] (inc (f)))) (catch Exception e :deep))", "!! other");
}

static void memory_is_bounded(void **state)
{
    struct vm_limits limits = eval_limits();

    (void)state;
    limits.heap_bytes = 4 * 1024 * 1024;
    assert_int_equal(
        run_limited("(loop [v []] (recur (conj v (str \"abc\" (count v)))))", limits, NULL),
        E_MEMORY);
    assert_int_equal(
        run_limited("(loop [i 0] (if (< i 100000) (do (str \"abc\" i) (recur (inc i))) i))", limits,
                    NULL),
        E_NONE);
    assert_int_equal(
        run_limited("(try (loop [v []] (recur (conj v v v))) (catch :default e 1))", limits, NULL),
        E_MEMORY);
}

static void long_lazy_walks_do_not_keep_what_they_passed(void **state)
{
    struct vm_limits limits = eval_limits();

    (void)state;
    limits.heap_bytes = 2 * 1024 * 1024;
    assert_int_equal(run_limited("(reduce + (map inc (range 20000)))", limits, NULL), E_NONE);
    assert_int_equal(run_limited("(count (filter odd? (map inc (range 20000))))", limits, NULL),
                     E_NONE);
    assert_int_equal(run_limited("(last (iterate inc 0))", limits, NULL), E_FUEL);
}

static void everything_survives_a_collection_before_each_instruction(void **state)
{
    static const char *const cases[][2] = {
        {"(reduce + (map inc (range 50)))", "=> 1275"},
        {"(let [f (fn [a] (fn [b] [a b]))] (mapv (f (str \"x\")) [1 2]))",
         "=> [[\"x\" 1] [\"x\" 2]]"},
        {"(try (throw (ex-info (str \"m\" 1) {:v [1 (str 2)]})) (catch :default e (ex-data e)))",
         "=> {:v [1 \"2\"]}"},
        {"(for [x (range 3) y [(str x)]] {x y})", "=> ({0 \"0\"} {1 \"1\"} {2 \"2\"})"},
        {"(sort-by first (fn [a b] (compare b a)) [[1 (str 1)] [2 (str 2)]])",
         "=> ([2 \"2\"] [1 \"1\"])"},
        {"(get (into (sorted-map-by (fn [a b] (compare b a))) {1 (str 1) 2 (str 2)}) 2)",
         "=> \"2\""},
        {"(apply str (map str (range 5)))", "=> \"01234\""},
        {"(let [{:keys [a] [x & xs] :l} {:a (str 1) :l (list (str 2) (str 3))}] [a x xs])",
         "=> [\"1\" \"2\" (\"3\")]"},
        {"(letfn [(a [n] (if (pos? n) (b (dec n)) (str n))) (b [n] (a n))] (a 5))", "=> \"0\""},
        {"(loop [m {} i 0] (if (< i 20) (recur (assoc m (str i) i) (inc i)) (count m)))", "=> 20"},
        {"(str (group-by odd? (range 4)))", "=> \"{false [0 2], true [1 3]}\""},
        {"@(delay (str 1))", "=> \"1\""},
        {"(clojure.string/join \",\" (map (comp str inc) [1 2]))", "=> \"2,3\""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        check_flow(cases[i][0], NULL, cases[i][1]);
    }
}

static void an_allocation_that_fails_ends_the_run_cleanly(void **state)
{
    const char *source = "(let [m (group-by odd? (map inc (range 20)))]"
                         " (try (str (sort-by str (get m true)) (apply max (get m false)))"
                         "      (catch :default e (throw (ex-info \"x\" {:m m})))"
                         "      (finally (count m))))";
    struct error err;
    struct image *image = compile_flow_text(source, &err);
    struct vm_limits limits = eval_limits();
    int failed = 0;

    (void)state;
    for (size_t n = 1; n < 2000; n++) {
        struct vm *vm = vm_new(image, &limits);

        vm->heap.fail_at = n;
        enum vm_status status = vm_run(vm);

        if (status == VM_FAILED) {
            assert_int_equal(vm_error(vm)->code, E_MEMORY);
            failed++;
        }
        vm_free(vm);
        if (status == VM_DONE) break;
    }
    assert_true(failed > 50);
    vm_image_unref(image);
}

static void a_comparator_runs_one_level_deep(void **state)
{
    (void)state;
    check("(sorted-set-by (fn [a b] (compare (count a) (count b))) \"aa\" \"b\" \"cc\")",
          "#{\"b\" \"aa\"}");
    check("(conj (sorted-set-by (fn [a b] (/ 1 0)) 1) 2)", "!! arithmetic");
    check("(conj (sorted-set-by (fn [a b] :x) 1) 2)", "!! cast");
    check_flow("(conj (sorted-set-by (fn [a b] (flow/step :kv :a {}))) 1 2)", NULL,
               "!! argument a comparator cannot make flow calls");
}

static void an_image_is_shared_and_counted(void **state)
{
    struct error err;
    struct image *image = compile_flow_text("{:a [1 2 \"three\"]}", &err);
    struct vm_limits limits = eval_limits();

    (void)state;
    assert_true(vm_image_bytes(image) > 0);
    assert_ptr_equal(vm_image_ref(image), image);
    vm_image_unref(image);
    struct vm *one = vm_new(image, &limits);
    struct vm *two = vm_new(image, &limits);

    vm_image_unref(image);
    assert_int_equal(vm_run(one), VM_DONE);
    vm_free(one);
    assert_int_equal(vm_run(two), VM_DONE);
    vm_free(two);
    vm_image_unref(NULL);
    vm_free(NULL);
}

static void each_prints_one_line_a_form(void **state)
{
    struct buf out = {0};

    (void)state;
    eval_each(core, TEXT("(+ 1 2)\n(/ 1 0)\n(undefined)\n\"a\\nb\"\n(inc nil)\n"), NULL, &out);
    assert_string_equal(buf_get(&out).ptr, "3\n!! arithmetic\n!! other\n\"a\\nb\"\n!! null\n");
    buf_reset(&out);
    eval_each(core, TEXT("(+ 1 2\n(+ 3 4)\n"), NULL, &out);
    assert_non_null(strstr(buf_get(&out).ptr, "!! other"));
    buf_done(&out);
}

static void an_error_in_the_last_lazy_value_stands_where_that_comes_from(void **state)
{
    static const struct {
        const char *source;
        int line, column;
    } cases[] = {
        {"(map inc [1 :a])", 1, 1},
        {"(do 1\n  (filter odd? [:a]))", 2, 3},
        {"(let [a 1]\n  (when a\n    {:x (map inc [:b])}))", 3, 5},
        {"(map (fn [x]\n  (/ x 0)) [1])", 2, 3},
        {"(if true\n  (map inc [:b])\n  2)", 2, 3},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct error err = {0};
        struct buf out = {0};

        assert_false(eval_text(core, text_from(cases[i].source), NULL, &out, &err));
        if (err.line != cases[i].line || err.column != cases[i].column) {
            fail_msg("%s: %d:%d", cases[i].source, err.line, err.column);
        }
        buf_done(&out);
    }
}

static void code_prints_as_text(void **state)
{
    struct error err;
    struct image *image = compile_flow_text("(if (< 1 2) :a (str 3))", &err);
    struct buf out = {0};

    (void)state;
    opcode_print(image_code(callable_prototype(image->body), 0), &out);
    assert_string_equal(buf_get(&out).ptr, "0 INT 1\n1 INT 2\n2 LESS\n3 JUMP_FALSE 6\n4 CONST :a\n"
                                           "5 RETURN\n6 INT 3\n"
                                           "7 CALL_CONST_LAST 1 #function[str]\n"
                                           "9 RETURN\n");
    buf_reset(&out);
    vm_image_unref(image);
    image =
        compile_flow_text("(loop [i 0] (case i 1 (letfn [(f [] i)] (f)) (recur (str i))))", &err);
    opcode_print(image_code(callable_prototype(image->body), 0), &out);
    assert_string_equal(
        buf_get(&out).ptr,
        "0 INT 0\n1 LOCAL 0\n2 CASE {1 0} 6 15\n6 NIL\n7 CLOSURE #function[fn]\n8 STORE 1\n"
        "9 LETFN 1 1\n11 LOCAL_LAST 1\n12 CALL_LAST 0\n13 SLIDE 1\n14 JUMP 21\n"
        "15 LOCAL_LAST 0\n16 CALL_CONST 1 #function[str]\n18 RECUR 1 0\n20 JUMP 1\n21 SLIDE 1\n"
        "22 RETURN\n");
    buf_done(&out);
    vm_image_unref(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(try_catches_by_family_and_finally_always_runs),
        cmocka_unit_test(a_thrown_lazy_sequence_can_be_tried_again),
        cmocka_unit_test(errors_carry_the_position_of_the_flow_code),
        cmocka_unit_test(fuel_is_exact_at_its_limit),
        cmocka_unit_test(a_slice_ends_after_exactly_so_many_instructions),
        cmocka_unit_test(depth_is_exact_at_its_limit),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(long_lazy_walks_do_not_keep_what_they_passed),
        cmocka_unit_test(everything_survives_a_collection_before_each_instruction),
        cmocka_unit_test(an_allocation_that_fails_ends_the_run_cleanly),
        cmocka_unit_test(a_comparator_runs_one_level_deep),
        cmocka_unit_test(an_image_is_shared_and_counted),
        cmocka_unit_test(each_prints_one_line_a_form),
        cmocka_unit_test(an_error_in_the_last_lazy_value_stands_where_that_comes_from),
        cmocka_unit_test(code_prints_as_text),
    };

    return cmocka_run_group_tests(tests, vm_fixture_start, vm_fixture_end);
}
