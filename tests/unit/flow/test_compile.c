// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "tests/unit/flow/vm_fixture.h"

/* Special forms and macros: each means what Clojure means by it. */

static void literals_and_quote_are_themselves(void **state)
{
    (void)state;
    check("nil", "nil");
    check("[1 \"a\" :b \\c 2.5 true nil]", "[1 \"a\" :b \\c 2.5 true nil]");
    check("'(a b (c))", "(a b (c))");
    check("()", "()");
    check("{:a 1 :b (inc 1)}", "{:a 1, :b 2}");
    check("#{1}", "#{1}");
    check("['a :b]", "[a :b]");
    check("8388607", "8388607");
    check("8388608", "8388608");
    check("-8388608", "-8388608");
    check("9223372036854775807", "9223372036854775807");
}

static void if_takes_one_branch(void **state)
{
    (void)state;
    check("(if true 1 2)", "1");
    check("(if nil 1 2)", "2");
    check("(if false 1)", "nil");
    check("(if 0 1 2)", "1");
    check("(if-not false 1 2)", "1");
    check("(when true 1 2)", "2");
    check("(when false 1)", "nil");
    check("(when true)", "nil");
    check("(when-not nil 3)", "3");
    check("(if-let [a 1] [a] :no)", "[1]");
    check("(if-let [a nil] a :no)", ":no");
    check("(if-let [[a b] [1 2]] (+ a b) :no)", "3");
    check("(when-let [a 2] 1 a)", "2");
    check("(if-some [a false] [a] :no)", "[false]");
    check("(when-some [a nil] a)", "nil");
    check("(when-first [x [7 8]] x)", "7");
    check("(when-first [x []] x)", "nil");
}

static void cond_and_case_take_the_first_match(void **state)
{
    (void)state;
    check("(cond false 1 nil 2 :else 3)", "3");
    check("(cond)", "nil");
    check("(cond (= 1 2) :a (= 1 1) :b)", ":b");
    check("(condp = 2 1 :a 2 :b)", ":b");
    check("(condp = 9 1 :a :none)", ":none");
    check("(condp some [1 2] #{3} :>> inc #{2} :>> dec)", "1");
    check("(condp = 9 1 :a)", "!! argument");
    check("(case 2 1 :a 2 :b :none)", ":b");
    check("(case :x (:w :x) 1 2)", "1");
    check("(case \"s\" \"s\" 1)", "1");
    check("(case [1 2] [1 2] :vec :no)", ":vec");
    check("(case 'a a 1 2)", "1");
    check("(case nil nil 1 2)", "1");
    check("(case 3 1 2)", "!! argument");
    check("(case 3 1 2 :default)", ":default");
    check("[(case 1 1 :a) (case 5 1 :a :z)]", "[:a :z]");
    check("(case (map inc [0 1]) (([1 2])) :seq :no)", ":no");
}

static void and_or_stop_early(void **state)
{
    (void)state;
    check("(and)", "true");
    check("(or)", "nil");
    check("(and 1 2 3)", "3");
    check("(and 1 nil (throw (ex-info \"x\" {})))", "nil");
    check("(or nil false 3 (throw (ex-info \"x\" {})))", "3");
    check("(or nil false)", "false");
    check("[(and 1 false) (or 1 2)]", "[false 1]");
}

static void let_binds_in_order_and_shadows(void **state)
{
    (void)state;
    check("(let [a 1 b (+ a 1) a 10] [a b])", "[10 2]");
    check("(let [])", "nil");
    check("(+ 1 (let [a 2 b 3] (* a b)) 4)", "11");
    check("(let [inc dec] (inc 1))", "0");
    check("(let [when 5] when)", "5");
    check("(do (let [x 1] x) (let [y 2] y))", "2");
    check("(do)", "nil");
}

static void loop_and_recur_rebind(void **state)
{
    (void)state;
    check("(loop [i 0 acc 0] (if (< i 5) (recur (inc i) (+ acc i)) acc))", "10");
    check("(loop [a 1 b 2] (if (< a 10) (recur b (+ a b)) [a b]))", "[13 21]");
    check("(loop [[x & xs] [1 2 3] n 0] (if x (recur xs (+ n x)) n))", "6");
    check("(+ 1 (loop [i 0] (if (< i 3) (recur (inc i)) i)))", "4");
    check("((fn [n acc] (if (zero? n) acc (recur (dec n) (* acc n)))) 5 1)", "120");
    check("((fn [& xs] (if (next xs) (recur (next xs)) (first xs))) 1 2 3)", "3");
    check("(loop [i 0] (let [j (inc i)] (cond (> j 3) j :else (recur j))))", "4");
    check("(loop [i 0 fs []] (if (< i 3) (recur (inc i) (conj fs (fn [] i))) (mapv #(%) fs)))",
          "[0 1 2]");
    check("(let [k 3] (loop [i 0] (case i 5 [i k] (recur (inc i)))))", "[5 3]");
}

static void recur_outside_of_tail_position_is_an_error_at_its_position(void **state)
{
    (void)state;
    check_error("(loop [i 0]\n  (+ 1 (recur 1)))", E_COMPILE, 2, 8, "tail position");
    check_error("(loop [i 0] (recur 1 2))", E_COMPILE, 1, 13, "expected 1, got 2");
    check_error("(loop [i 0] (try (recur 1)))", E_COMPILE, 1, 18, "across try");
    check_error("(let [x 1] (recur 1))", E_COMPILE, 1, 12, "recur");
    check("(loop [i 0] (if (< i 3) (do (try (loop [j 0] (if (< j 2) (recur (inc j)) j)))"
          " (recur (inc i))) i))",
          "3");
}

static void functions_close_over_what_they_see(void **state)
{
    (void)state;
    check("((fn [x] (inc x)) 1)", "2");
    check("(#(+ %1 %2) 1 2)", "3");
    check("(let [n 3 f (fn [x] (+ x n))] (f 4))", "7");
    check("((((fn [a] (fn [b] (fn [c] [a b c]))) 1) 2) 3)", "[1 2 3]");
    check("((fn f [n] (if (< n 2) n (+ (f (- n 1)) (f (- n 2))))) 15)", "610");
    check("((fn self [n] ((fn [] (if (pos? n) (self (dec n)) :end)))) 3)", ":end");
    check("((fn ([] 0) ([a] 1) ([a & r] [2 r])) 1 2 3)", "[2 (2 3)]");
    check("((fn [a & r] r) 1)", "nil");
    check("((fn [x] {:pre [(pos? x)]} x) 1)", "1");
    check("((fn [x] {:pre [(pos? x)]} x) -1)", "!! assert");
    check("((fn [x] {:post [(= % 2)]} (inc x)) 1)", "2");
    check("((fn [x] {:a x}) 1)", "{:a 1}");
    check("((fn [x] x))", "!! arity");
    check("((fn [x] x) 1 2)", "!! arity");
}

static void letfn_functions_see_each_other(void **state)
{
    (void)state;
    check("(letfn [(ev [n] (if (zero? n) true (od (dec n))))"
          "        (od [n] (if (zero? n) false (ev (dec n))))] [(ev 10) (od 10)])",
          "[true false]");
    check("(let [k 2] (letfn [(f [x] (* k (g x))) (g [x] (+ x k))] (f 1)))", "6");
    check("(letfn [(one [] 1)] (one))", "1");
}

static void destructuring_takes_values_apart(void **state)
{
    (void)state;
    check("(let [[a b & r :as all] [1 2 3 4]] [a b r all])", "[1 2 (3 4) [1 2 3 4]]");
    check("(let [[a b] [1]] [a b])", "[1 nil]");
    check("(let [[a] nil] a)", "nil");
    check("(let [[a & r] '(1)] [a r])", "[1 nil]");
    check("(let [[a [b [c]]] [1 [2 [3]]]] [a b c])", "[1 2 3]");
    check("(let [[a b] \"xy\"] [a b])", "[\\x \\y]");
    check("(let [[a b] (map inc [1 2 3])] [a b])", "[2 3]");
    check("(let [{:keys [a b] :as m} {:a 1 :b 2}] [a b m])", "[1 2 {:a 1, :b 2}]");
    check("(let [{:keys [a] :or {a 5}} {}] a)", "5");
    check("(let [{:keys [a] :or {a 5}} {:a nil}] a)", "nil");
    check("(let [{:strs [a] :syms [b]} {\"a\" 1 'b 2}] [a b])", "[1 2]");
    check("(let [{x :a [y z] :b} {:a 1 :b [2 3]}] [x y z])", "[1 2 3]");
    check("(let [{:n/keys [a] :keys [n/b]} {:n/a 1 :n/b 2}] [a b])", "[1 2]");
    check("(let [{{:keys [c]} :b} {:b {:c 3}}] c)", "3");
    check("(let [k :dyn {v k} {:dyn 4}] v)", "4");
    check("((fn [{:keys [a]} [b]] [a b]) {:a 1} [2])", "[1 2]");
    check("((fn [& {:keys [a b]}] [a b]) :a 1 :b 2)", "[1 2]");
    check("((fn [& {:keys [a b]}] [a b]) :a 1 {:b 3})", "[1 3]");
    check("((fn [& [a b]] [a b]) 1)", "[1 nil]");
    check("(let [[x & [y & z]] [1 2 3]] [x y z])", "[1 2 (3)]");
}

static void threading_forms_put_values_into_steps(void **state)
{
    (void)state;
    check("(-> 1 inc (- 5))", "-3");
    check("(->> [1 2] (map inc) (reduce +))", "5");
    check("(as-> 1 x (+ x 1) (* x x))", "4");
    check("(some-> {:a {:b 1}} :a :b inc)", "2");
    check("(some-> {:a nil} :a :b inc)", "nil");
    check("(some->> [1] (map inc) first)", "2");
    check("(cond-> 1 true inc false (* 10) true (+ 5))", "7");
    check("(cond->> [1 2] true (map inc) nil (map dec))", "(2 3)");
    check("(doto [1] (conj 2))", "[1]");
    check("(-> {:a 1} (assoc :b 2) :b)", "2");
}

static void for_and_doseq_walk_collections(void **state)
{
    (void)state;
    check("(for [x [1 2 3]] (* x x))", "(1 4 9)");
    check("(for [x [1 2] y [:a :b]] [x y])", "([1 :a] [1 :b] [2 :a] [2 :b])");
    check("(for [x (range 10) :when (odd? x) :let [y (* x 2)] :while (< y 12)] y)", "(2 6 10)");
    check("(for [x (range 3) :when (odd? x) y (range x)] [x y])", "([1 0])");
    check("(for [x [1 2] :let [z 5] y [x z]] y)", "(1 5 2 5)");
    check("(for [x []] x)", "()");
    check("(take 3 (for [x (range) :when (even? x)] x))", "(0 2 4)");
    check("(for [[k v] {:a 1}] [v k])", "([1 :a])");
    check("(doseq [x [1 2]] x)", "nil");
    check("(dotimes [i 3] i)", "nil");
    check("(lazy-cat [1] [2 3])", "(1 2 3)");
    check("(count (for [x (range 5000) :when (= x 4999)] x))", "1");
}

static void lazy_sequences_are_made_when_looked_at(void **state)
{
    (void)state;
    check("(first (lazy-seq [1 (throw (ex-info \"no\" {}))]))", "!! ex-info");
    check("(first (cons 1 (lazy-seq (throw (ex-info \"no\" {})))))", "1");
    check("(letfn [(ones [] (lazy-seq (cons 1 (ones))))] (take 3 (ones)))", "(1 1 1)");
    check("(= (map inc [1 2]) [2 3])", "true");
    check("(get {[1 2] :v} (map inc [0 1]))", ":v");
    check("{(map inc [1]) 1}", "{(2) 1}");
    check("#{(map inc [1])}", "#{(2)}");
    check("(pr-str (map inc [1]))", "\"(2)\"");
    check("[(map inc [1]) {:a (map dec [1])}]", "[(2) {:a (0)}]");
    check("(let [d (delay 5)] [(realized? d) (force d) @d (realized? d)])", "[false 5 5 true]");
    check("(nth (iterate inc 0) 3000)", "3000");
    check("(letfn [(skip [n] (lazy-seq (if (pos? n) (skip (dec n)) [n])))] (skip 20000))", "(0)");
    check("(count (map inc (range 3000)))", "3000");
    check("(let [s (lazy-seq nil)] [(seq s) s])", "[nil ()]");
    check("(apply max (map inc [3 1 2]))", "4");
    check("(apply + 1 2 [3 4])", "10");
    check("(apply str nil)", "\"\"");
}

static void anything_callable_can_be_called(void **state)
{
    (void)state;
    check("(:a {:a 1})", "1");
    check("(:b {:a 1} 2)", "2");
    check("({:a 1} :a)", "1");
    check("({:a 1} :b 3)", "3");
    check("(#{1 2} 2)", "2");
    check("([5 6] 1)", "6");
    check("([5 6] 2)", "!! index");
    check("('a {'a 1})", "1");
    check("(map :a [{:a 1} {:a 2}])", "(1 2)");
    check("(map {1 :x} [1 2])", "(:x nil)");
    check("(#'inc 1)", "2");
    check("(1 2)", "!! cast");
    check("([5 6] :a)", "!! argument");
    check("(nil 2)", "!! argument");
    check("(let [f nil] (f 2))", "!! null");
    check("((comp inc inc) 1)", "3");
}

static void core_functions_behave_as_instructions_and_as_values(void **state)
{
    (void)state;
    check("[(+ 1 2) (apply + [1 2]) (+ 1 2 3) (+) (+ 1)]", "[3 3 6 0 1]");
    check("(+ 9223372036854775807 1)", "!! arithmetic");
    check("(inc 9223372036854775807)", "!! arithmetic");
    check("(* 1.5 2)", "3.0");
    check("(- 5)", "-5");
    check("[(< 1 2) (< 1 2 3) (< 2.5 1) (= 1 1.0) (= nil nil) (not= 1 2)]",
          "[true true false false true true]");
    check("(+ 1 nil)", "!! null");
    check("(+ 1 :a)", "!! cast");
    check("[(first [1]) (rest [1]) (next [1]) (seq []) (count \"abc\")]", "[1 () nil nil 3]");
    check("(reduce conj [] [1 2])", "[1 2]");
    check("(sort-by first > [[1] [3] [2]])", "([3] [2] [1])");
    check("(sort > [1 3 2])", "(3 2 1)");
    check("(get (sorted-map-by > 1 :a 2 :b) 2)", ":b");
    check("(keys (sorted-map-by (fn [a b] (compare b a)) 1 :a 2 :b))", "(2 1)");
}

static void refused_forms_say_what_to_do(void **state)
{
    (void)state;
    check_error("(def x 1)", E_COMPILE, 1, 1, "def is not allowed");
    check_error("(do\n (defn f [] 1))", E_COMPILE, 2, 2, "defn is not allowed");
    check_error("(eval '(+ 1 2))", E_COMPILE, 1, 1, "eval");
    check_error("(require 'x)", E_COMPILE, 1, 1, "require");
    check_error("(let [a] a)", E_COMPILE, 1, 6, "even number");
    check_error("(if)", E_COMPILE, 1, 1, "if takes");
    check_error("{:a 1 :a 2}", E_READER, 1, 7, "uplicate key");
    check_error("(do\n #\"(a\")", E_ARGUMENT, 2, 2, "");
    check_error("when", E_COMPILE, 1, 1, "macro");
    check_error("(flow/step :http :a {})", E_COMPILE, 1, 1, "flow/step");
    check_error("(catch Exception e 1)", E_COMPILE, 1, 1, "outside of try");
    check_error("(fn [a &] 1)", E_COMPILE, 1, 5, "&");
    check_error("(fn ([a] 1) ([b] 2))", E_COMPILE, 1, 1, "two arities");
}

static void unknown_symbols_name_the_nearest(void **state)
{
    struct buf out = {0};
    struct error err = {0};

    (void)state;
    check_error("(do\n  (redcue + [1]))", E_UNKNOWN_SYMBOL, 2, 4, "redcue");
    assert_false(eval_text(core, TEXT("(redcue + [1])"), NULL, &out, &err));
    assert_non_null(strstr(err.hint, "reduce"));
    assert_false(eval_text(core, TEXT("(wehn true 1)"), NULL, &out, &err));
    assert_non_null(strstr(err.hint, "when"));
    buf_done(&out);
}

static void deep_nesting_is_an_error_not_a_crash(void **state)
{
    struct buf source = {0};
    struct buf out = {0};
    struct error err = {0};

    (void)state;
    buf_cstr(&source, "(-> 1");
    for (int i = 0; i < 5000; i++) {
        buf_cstr(&source, " inc");
    }
    buf_cstr(&source, ")");
    assert_false(eval_text(core, buf_get(&source), NULL, &out, &err));
    assert_int_equal(err.code, E_COMPILE);
    buf_done(&source);
    buf_done(&out);
}

static void long_chains_compile(void **state)
{
    struct buf source = {0};
    struct buf out = {0};
    struct error err = {0};

    (void)state;
    buf_cstr(&source, "(let [x 2999] (cond");
    for (int i = 0; i < 3000; i++) {
        buf_printf(&source, " (= x %d) %d", i, i);
    }
    buf_cstr(&source, "))");
    assert_true(eval_text(core, buf_get(&source), NULL, &out, &err));
    assert_string_equal(buf_get(&out).ptr, "2999");
    buf_done(&source);
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literals_and_quote_are_themselves),
        cmocka_unit_test(if_takes_one_branch),
        cmocka_unit_test(cond_and_case_take_the_first_match),
        cmocka_unit_test(and_or_stop_early),
        cmocka_unit_test(let_binds_in_order_and_shadows),
        cmocka_unit_test(loop_and_recur_rebind),
        cmocka_unit_test(recur_outside_of_tail_position_is_an_error_at_its_position),
        cmocka_unit_test(functions_close_over_what_they_see),
        cmocka_unit_test(letfn_functions_see_each_other),
        cmocka_unit_test(destructuring_takes_values_apart),
        cmocka_unit_test(threading_forms_put_values_into_steps),
        cmocka_unit_test(for_and_doseq_walk_collections),
        cmocka_unit_test(lazy_sequences_are_made_when_looked_at),
        cmocka_unit_test(anything_callable_can_be_called),
        cmocka_unit_test(core_functions_behave_as_instructions_and_as_values),
        cmocka_unit_test(refused_forms_say_what_to_do),
        cmocka_unit_test(unknown_symbols_name_the_nearest),
        cmocka_unit_test(deep_nesting_is_an_error_not_a_crash),
        cmocka_unit_test(long_chains_compile),
    };

    return cmocka_run_group_tests(tests, vm_fixture_start, vm_fixture_end);
}
