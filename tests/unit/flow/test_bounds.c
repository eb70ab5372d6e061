// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "base/limits.h"
#include "flow/secret_names.h"
#include "tests/unit/flow/vm_fixture.h"

/* The bounds of a compilation, and of a run with every smaller bound than the one it needs: the
 * error is the limit's, whatever was being done. */

/* head, n times the part, tail. */
static void write_repeated(struct buf *out, const char *head, const char *part, int n,
                           const char *tail)
{
    buf_reset(out);
    buf_cstr(out, head);
    for (int i = 0; i < n; i++) {
        buf_cstr(out, part);
    }
    buf_cstr(out, tail);
}

static void patterns_are_nested_as_deep_as_forms(void **state)
{
    struct buf source = {0}, out = {0};
    int compiled = 0, refused = 0;

    (void)state;
    for (int n = LIMIT_COMPILE_DEPTH - 20; n < LIMIT_COMPILE_DEPTH; n++) {
        struct error err = {0};

        write_repeated(&source, "(-> (let [[[[[[[[[x]]]]]]]] nil] x)", " str", n, ")");
        buf_reset(&out);
        if (eval_text(core, buf_get(&source), NULL, &out, &err)) {
            assert_int_equal(refused, 0);
            compiled++;
        } else {
            assert_int_equal(err.code, E_COMPILE);
            assert_non_null(strstr(err.message, "nested more than"));
            refused++;
        }
    }
    assert_true(compiled > 0 && refused > 5);
    buf_done(&source);
    buf_done(&out);
}

static void for_takes_so_many_bindings(void **state)
{
    struct buf source = {0}, out = {0};
    struct error err = {0};

    (void)state;
    write_repeated(&source, "(for [", "x [1] ", LIMIT_READER_DEPTH + 1, "] x)");
    assert_false(eval_text(core, buf_get(&source), NULL, &out, &err));
    assert_non_null(strstr(err.message, "more than 512 bindings"));
    buf_done(&source);
    buf_done(&out);
}

static void finally_inside_of_finally_is_bounded(void **state)
{
    (void)state;
    check("(try 1 (finally (try 2 (finally (try 3 (finally (try 4 (finally (try 5 (finally"
          " (try 6 (finally 7))))))))))))",
          "1");
    check_error("(try 1 (finally (try 2 (finally (try 3 (finally (try 4 (finally (try 5 (finally"
                " (try 6 (finally (try 7 (finally 8))))))))))))))",
                E_COMPILE, 1, 104, "inside of finally");
}

/* Functions whose locals are kept to their end, as following them would cost too much. */
static void very_large_functions_compile(void **state)
{
    struct buf source = {0}, out = {0};
    struct error err = {0};

    (void)state;
    write_repeated(&source, "(let [x nil] (count [", "(if x 1 2) ", 6000, "]))");
    assert_true(eval_text(core, buf_get(&source), NULL, &out, &err));
    assert_string_equal(buf_get(&out).ptr, "6000");
    buf_reset(&out);
    write_repeated(&source, "(let [x nil] (do ", "(try (str x) (catch Exception e 1)) ", 3000,
                   "5))");
    assert_true(eval_text(core, buf_get(&source), NULL, &out, &err));
    assert_string_equal(buf_get(&out).ptr, "5");
    buf_done(&source);
    buf_done(&out);
}

static bool count_error(const struct error *err, struct text meant, void *ctx)
{
    (void)err;
    (void)meant;
    return ++*(int *)ctx < 200;
}

static void as_many_errors_are_told_at_once_as_are_wanted(void **state)
{
    struct buf source = {0};
    struct error err;
    struct arena arena;
    struct reader reader;
    struct form *form;
    int count = 0;

    (void)state;
    arena_init(&arena, 0);
    write_repeated(&source, "(do ", "(nope) ", 300, ")");
    assert_true(reader_init(&reader, &arena, buf_get(&source), &err));
    assert_int_equal(reader_next(&reader, &form, &err), READER_FORM);
    vm_check_body(core, NULL, form, count_error, &count);
    assert_int_equal(count, 201); // the last of them ends the compilation
    arena_done(&arena);
    buf_done(&source);
}

/* Runs: every smaller bound */

static const char *const swept[] = {
    "7",
    "[(map str (range 30)) {:k (filter odd? (range 30))} (list (map inc [1 2]))]",
    "(count (map inc (range 50)))",
    "(= (map inc (range 20)) [(apply str (repeat 300 \"x\"))])",
    "(hash [(apply str (repeat 300 \"x\")) (range 20)])",
    "(str (map inc (range 20)) (repeat 30 [1]) (range 40))",
    "(case (map inc (range 9)) [1] 2 (vec (range 60)))",
    "{(map inc (range 9)) (vec (range 60)) (range 50) 1}",
    "(into (sorted-map-by (fn [a b] (compare (str a) (str b)))) (map vector (range 9) (range)))",
    "(apply max (map inc (range 40)))",
    "(reduce + 1N (range 9))",
    "(hash (vec (range 2000)))",
    "(vec (range 2000))",
    "(let [f (fn [x] [x x])] (loop [i 0 acc nil] (if (< i 60) (recur (inc i) (f [acc])) i)))",
};

static enum error_code run_within(struct image *image, const struct vm_limits *limits, bool stress)
{
    struct vm *vm = vm_new(image, limits);
    enum vm_status status;

    vm->stress = stress;
    do {
        status = vm_run(vm);
    } while (status == VM_YIELD);
    enum error_code code = status == VM_DONE ? E_NONE : vm_error(vm)->code;

    vm_free(vm);
    return code;
}

static void sweep_fuel(const char *source, struct vm_limits limits)
{
    struct error err;
    struct image *image = compile_flow_text(source, &err);

    for (limits.fuel = 0; limits.fuel < 100000; limits.fuel++) {
        enum error_code code = run_within(image, &limits, false);

        if (code == E_NONE) break;
        assert_int_equal(code, E_FUEL);
    }
    assert_true(limits.fuel > 0 && limits.fuel < 100000);
    vm_image_unref(image);
}

static void any_less_fuel_is_too_little(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(swept); i++) {
        sweep_fuel(swept[i], eval_limits());
    }
}

static void any_less_fuel_is_too_little_for_a_part_that_is_shown(void **state)
{
    struct vm_limits limits = eval_limits();
    (void)state;

    limits.shown_items = 3;
    limits.shown_total = 400;
    sweep_fuel("[(map inc (range)) (cons (filter odd? (range)) nil) (repeat 2 (map inc (range)))"
               " (tagged-literal 'a (map inc (range))) {:k (list (map dec (range)) 2)}"
               " (vec (repeat 30 (map inc (range 2)))) (repeat 9 (map dec (range)))"
               " (cons (map inc (range)) (range 9))]",
               limits);
}

static void any_heap_ends_in_the_value_or_the_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(swept); i++) {
        struct error err;
        struct image *image = compile_flow_text(swept[i], &err);
        struct vm_limits limits = eval_limits();
        enum error_code code = E_MEMORY;

        for (limits.heap_bytes = 100; limits.heap_bytes < 150000; limits.heap_bytes += 2311) {
            code = run_within(image, &limits, false);
            assert_true(code == E_NONE || code == E_MEMORY);
            enum error_code stressed = run_within(image, &limits, true);

            assert_true(stressed == E_NONE || stressed == E_MEMORY);
        }
        assert_int_equal(code, E_NONE);
        vm_image_unref(image);
    }
}

/* What a lazy sequence waits for failed for its depth; later it is there, and the waiting one too.
 */
static void what_was_too_deep_once_is_there_later(void **state)
{
    static const char source[] =
        "(let [c (lazy-seq ((fn [] (list 1)))) b (lazy-seq c)"
        "      deep (fn f [n] (if (pos? n) (inc (f (dec n))) (do (first b) 0)))]"
        "  [(try (deep 10) (catch StackOverflowError e :deep)) (first c) (first b)])";
    struct error err;
    struct image *image = compile_flow_text(source, &err);
    struct vm_limits limits = eval_limits();
    int deep = 0;

    (void)state;
    for (limits.depth = 0; limits.depth < 30; limits.depth++) {
        struct vm *vm = vm_new(image, &limits);
        struct buf out = {0};

        if (vm_run(vm) == VM_DONE) {
            value_print(vm_result(vm), &out);
            deep += strcmp(buf_get(&out).ptr, "[:deep 1 1]") == 0;
        } else {
            assert_int_equal(vm_error(vm)->code, E_DEPTH);
        }
        vm_free(vm);
        buf_done(&out);
    }
    assert_true(deep > 5);
    vm_image_unref(image);
}

static void looking_for_a_first_item_counts_as_a_call(void **state)
{
    struct vm_limits limits = eval_limits();

    (void)state;
    limits.depth = 2; // the expression, and what makes the sequence
    check_with(&limits, "(empty? (lazy-seq nil))", "true");
    limits.depth = 1;
    check_with(&limits, "(empty? (lazy-seq nil))", "!! other");
}

static void a_fan_out_over_more_than_there_is_room_for_is_an_error(void **state)
{
    struct error err;
    struct image *image = compile_flow_text("(flow/each [x (range 9000)] x)", &err);
    struct vm_limits limits = eval_limits();

    (void)state;
    limits.heap_bytes = 50000;
    assert_int_equal(run_within(image, &limits, false), E_MEMORY);
    vm_image_unref(image);
}

static void a_run_without_depth_fails_before_it_starts(void **state)
{
    struct error err;
    struct image *image = compile_flow_text("1", &err);
    struct vm_limits limits = eval_limits();

    (void)state;
    limits.depth = 0;
    struct vm *vm = vm_new(image, &limits);

    assert_int_equal(vm_run(vm), VM_FAILED);
    assert_int_equal(vm_error(vm)->code, E_DEPTH);
    assert_int_equal(vm_failure(vm).type, VALUE_NIL);
    assert_true(vm_bytes(vm) > sizeof(*vm));
    assert_int_equal(vm_image_secrets(image)->count, 0);
    vm_free(vm);
    vm_image_unref(image);
}

/* Failures */

static void a_failure_of_the_machine_is_not_caught(void **state)
{
    static const enum error_code codes[] = {E_INTERNAL, E_NONDETERMINISM, E_TIMEOUT};
    struct error err = {0};
    struct image *image = compile_flow_text(
        "(try (flow/step :http :a {}) (catch Throwable e (:hint (ex-data e))))", &err);
    struct vm_limits limits = eval_limits();

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(codes); i++) {
        struct vm *vm = vm_new(image, &limits);

        err = (struct error){.code = codes[i], .message = "it says so"}; // as a journal has it
        assert_int_equal(vm_run(vm), VM_EFFECT);
        vm_throw(vm, 1, &err, value_nil());
        assert_int_equal(vm_run(vm), codes[i] == E_TIMEOUT ? VM_DONE : VM_FAILED);
        if (codes[i] == E_TIMEOUT) {
            assert_int_equal(vm_result(vm).type, VALUE_STRING); // the code's own
        } else {
            assert_int_equal(vm_error(vm)->code, codes[i]);
        }
        vm_free(vm);
    }
    vm_image_unref(image);
}

static void a_step_throws_the_data_it_is_given(void **state)
{
    const struct error timeout = {.code = E_TIMEOUT, .message = "slow"};
    struct error err = {0};
    struct image *image =
        compile_flow_text("(try (flow/step :http :a {}) (catch :default e (ex-data e)))", &err);
    struct vm_limits limits = eval_limits();
    struct vm *vm = vm_new(image, &limits);
    struct buf out = {0};

    (void)state;
    assert_int_equal(vm_run(vm), VM_EFFECT);
    vm_throw(vm, 1, &timeout, read_value(vm_heap(vm), "{:class :timeout :status 504}"));
    assert_int_equal(vm_run(vm), VM_DONE);
    value_print(vm_result(vm), &out);
    assert_string_equal(buf_get(&out).ptr, "{:class :timeout, :status 504}");
    buf_done(&out);
    vm_free(vm);
    vm_image_unref(image);
}

static void the_code_of_a_function_is_one_fn(void **state)
{
    static const struct {
        struct text code;
        const char *part;
    } cases[] = {
        {TEXT(""), "the code of a function is empty"},
        {TEXT("(fn [x] x) 1"), "the code of a function is one form"},
        {TEXT("(fn [x] x) )"), ")"},
        {TEXT("(fn [x] x"), "is not closed"},
        {TEXT("\xff"), "UTF-8"},
        {TEXT("(let [] 1)"), "the code of a function is (fn [input] …)"},
        {TEXT("(fn [x] (nope))"), "unknown symbol nope"},
        {TEXT("(fn [x] (flow/now-ms))"), "flow/now-ms cannot be called here"},
    };
    struct error err = {0};
    struct vm_limits limits = eval_limits();

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        assert_null(vm_compile_function(core, cases[i].code, &err));
        if (!strstr(err.message, cases[i].part)) fail_msg("%s", err.message);
    }
    struct image *image = vm_compile_function(core, TEXT("(fn* [] 1)"), &err);
    struct vm *vm = vm_new(image, &limits);

    assert_false(vm_start_function(vm, TEXT_NONE, value_nil(), &err)); // it takes none
    assert_int_equal(err.code, E_ARITY);
    vm_free(vm);
    vm_image_unref(image);
}

/* The parts of a definition, as if it had not been looked at before. */
static void what_cannot_be_built_is_an_error_of_the_compilation(void **state)
{
    struct arena arena;
    struct reader reader;
    struct error err = {0};
    struct definition_template template = {.id = TEXT("t"), .kind = DEFINITION_DB_QUERY};
    struct definition_step step = {.id = TEXT("x/y"), .type = TEXT("http")};
    struct definition definition = {.templates = &template, .steps = &step};
    static const char source[] = "1 \"{{#if}}\" \"select {{x}}\" [:nothing] {:id :x/y} [:map]";

    (void)state;
    arena_init(&arena, 0);
    definition.source = text_from(source);
    assert_true(reader_init(&reader, &arena, text_from(source), &err));
    assert_int_equal(reader_next(&reader, &definition.body, &err), READER_FORM);
    definition.template_count = 1;
    struct image *image = vm_compile(core, &definition, &err); // without content

    assert_int_equal(image->template_count, 0);
    vm_image_unref(image);
    struct form *content;

    assert_int_equal(reader_next(&reader, &content, &err), READER_FORM);
    template.content = content;
    assert_null(vm_compile(core, &definition, &err));
    assert_int_equal(reader_next(&reader, &content, &err), READER_FORM);
    template.content = content;
    definition.step_count = 1;
    assert_int_equal(reader_next(&reader, &content, &err), READER_FORM);
    step.schema = content;
    assert_int_equal(reader_next(&reader, &content, &err), READER_FORM);
    step.form = content;
    assert_null(vm_compile(core, &definition, &err));
    assert_non_null(strstr(err.message, "the :input-schema of :x/y cannot be read"));
    assert_int_equal(reader_next(&reader, &content, &err), READER_FORM);
    step.schema = content;
    image = vm_compile(core, &definition, &err);
    assert_non_null(image);
    assert_int_equal(image->packaged_count, 1);
    vm_image_unref(image);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_are_nested_as_deep_as_forms),
        cmocka_unit_test(for_takes_so_many_bindings),
        cmocka_unit_test(finally_inside_of_finally_is_bounded),
        cmocka_unit_test(very_large_functions_compile),
        cmocka_unit_test(as_many_errors_are_told_at_once_as_are_wanted),
        cmocka_unit_test(any_less_fuel_is_too_little),
        cmocka_unit_test(any_less_fuel_is_too_little_for_a_part_that_is_shown),
        cmocka_unit_test(any_heap_ends_in_the_value_or_the_error),
        cmocka_unit_test(what_was_too_deep_once_is_there_later),
        cmocka_unit_test(looking_for_a_first_item_counts_as_a_call),
        cmocka_unit_test(a_fan_out_over_more_than_there_is_room_for_is_an_error),
        cmocka_unit_test(a_run_without_depth_fails_before_it_starts),
        cmocka_unit_test(a_failure_of_the_machine_is_not_caught),
        cmocka_unit_test(a_step_throws_the_data_it_is_given),
        cmocka_unit_test(the_code_of_a_function_is_one_fn),
        cmocka_unit_test(what_cannot_be_built_is_an_error_of_the_compilation),
    };

    return cmocka_run_group_tests(tests, vm_fixture_start, vm_fixture_end);
}
