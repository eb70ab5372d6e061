// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "flow/core.h"
#include "flow/core_hints.h"
#include "flow/pmap.h"
#include "tests/unit/flow/vm_fixture.h"

#include <string.h>

/* What the body answers for an input map of that content. */
static void check_input(const char *body, const char *input, const char *expected)
{
    struct error err = {0};
    struct image *image = compile_flow_text(body, &err);
    struct vm_limits limits = eval_limits();
    struct buf out CLEANUP(buf_done) = {0};

    assert_non_null(image);
    struct vm *vm = vm_new(image, &limits);

    vm->stress = true;
    vm_set_input(vm, pmap_with_input(vm_heap(vm), read_value(vm_heap(vm), input), true));
    assert_int_equal(vm_run(vm), VM_DONE);
    value_print(vm_result(vm), &out);
    assert_string_equal(buf_get(&out).ptr, expected);
    vm_free(vm);
    vm_image_unref(image);
}

static void an_input_map_answers_for_keywords_and_strings(void **state)
{
    (void)state;
    check_input("(let [m (flow/input)] [(:id m) (get m \"id\") (get-in m [:id]) (contains? m :id)"
                " (count m) (keys m)])",
                "{\"id\" 7}", "[7 7 7 true 1 (\"id\")]");
}

static void what_is_derived_from_an_input_map_answers_likewise(void **state)
{
    (void)state;
    check_input("(let [m (flow/input)] [(:id (assoc m \"x\" 1)) (:id (dissoc m :x))"
                " (:id (select-keys m [:id])) (:id (merge m {\"y\" 1})) (:id (update m \"id\" inc))"
                " (:id (update-vals m inc))])",
                "{\"id\" 7}", "[7 7 7 7 8 8]");
}

static void a_map_of_others_answers_as_written(void **state)
{
    (void)state;
    check_input("(let [m (flow/input)] [(:id (into {} m)) (:id (merge {} m))"
                " (select-keys m [:id])])",
                "{\"id\" 7}", "[nil nil {\"id\" 7}]");
}

static void functions_with_steps_in_them_run_at_once_and_in_order(void **state)
{
    static const char *const answers[] = {"1", "2", "3", NULL};
    (void)state;

    check_flow("(let [xs (map (fn [x] (flow/step :kv :get {:key x})) [:a :b :c])] (reduce + xs))",
               answers, "get#1 kv {:key :a}\nget#2 kv {:key :b}\nget#3 kv {:key :c}\n=> 6");
    check_flow("(keep (fn [x] (flow/step :kv :get {:key x})) [:a :b])", answers,
               "get#1 kv {:key :a}\nget#2 kv {:key :b}\n=> (1 2)");
    check_flow("(mapcat (fn [x] [x (flow/step :kv :get {})]) [:a :b])", answers,
               "get#1 kv {}\nget#2 kv {}\n=> (:a 1 :b 2)");
}

static void reduce_and_its_kind_may_hold_steps(void **state)
{
    static const char *const answers[] = {"1", "2", "3", NULL};
    (void)state;

    check_flow("(reduce (fn [acc x] (conj acc (flow/step :kv :get {:key x}))) [] [:a :b])", answers,
               "get#1 kv {:key :a}\nget#2 kv {:key :b}\n=> [1 2]");
    check_flow("(update {:n 1} :n (fn [n] (+ n (flow/step :kv :get {}))))", answers,
               "get#1 kv {}\n=> {:n 2}");
    check_flow("(sort-by (fn [x] (- (flow/step :kv :get {:key x}))) [:a :b :c])", answers,
               "get#1 kv {:key :a}\nget#2 kv {:key :b}\nget#3 kv {:key :c}\n=> (:c :b :a)");
}

static void names_that_a_flow_has_not_have_a_hint(void **state)
{
    (void)state;
    assert_non_null(strstr(core_hints_find(TEXT("println")), "return the value"));
    assert_non_null(core_hints_find(TEXT("System/currentTimeMillis")));
    assert_null(core_hints_find(TEXT("map")));
    check_error("(rand-int 5)", E_UNKNOWN_SYMBOL, 1, 2, "rand-int");
}

static void no_internal_name_is_seen_by_a_flow(void **state)
{
    (void)state;
    check_error("(-cell 1)", E_UNKNOWN_SYMBOL, 1, 2, "-cell");
    check_error("(-sort-with compare [1])", E_UNKNOWN_SYMBOL, 1, 2, "-sort-with");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_input_map_answers_for_keywords_and_strings),
        cmocka_unit_test(what_is_derived_from_an_input_map_answers_likewise),
        cmocka_unit_test(a_map_of_others_answers_as_written),
        cmocka_unit_test(functions_with_steps_in_them_run_at_once_and_in_order),
        cmocka_unit_test(reduce_and_its_kind_may_hold_steps),
        cmocka_unit_test(names_that_a_flow_has_not_have_a_hint),
        cmocka_unit_test(no_internal_name_is_seen_by_a_flow),
    };

    return cmocka_run_group_tests(tests, vm_fixture_start, vm_fixture_end);
}
