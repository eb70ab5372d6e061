/*
 * What natives charge: fuel, not time, so that the figures are the same on every build. Whatever
 * looks at n things charges by n. weir-fuel-audit says what a unit costs in time.
 */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "base/crypto.h"
#include "base/limits.h"
#include "flow/reader.h"
#include "flow/vm.h"

#include <stdio.h>

static struct core *core;

static int64_t fuel_of(const char *source)
{
    const struct vm_limits limits = {
        .fuel = 100000000,
        .slice = LIMIT_FUEL_SLICE,
        .heap_bytes = LIMIT_RUN_HEAP,
        .depth = LIMIT_RUN_DEPTH,
    };
    struct arena arena CLEANUP(arena_done) = {0};
    struct reader reader;
    struct form *form;
    struct error err = {0};
    enum vm_status status;

    arena_init(&arena, 0);
    assert_true(reader_init(&reader, &arena, text_from(source), &err));
    assert_int_equal(reader_next(&reader, &form, &err), READER_FORM);
    struct image *image = vm_compile_expression(core, form, &err);

    if (!image) fail_msg("%s: %s", source, err.message);
    struct vm *vm = vm_new(image, &limits);

    do {
        status = vm_run(vm);
    } while (status == VM_YIELD);
    if (status != VM_DONE) fail_msg("%s: %s", source, vm_error(vm)->message);
    int64_t fuel = vm_fuel_used(vm);

    vm_free(vm);
    vm_image_unref(image);
    return fuel;
}

/* What the call of x charges, x being made with that n. */
static int64_t cost(const char *made, const char *call, int n)
{
    char x[200], with[400], without[400];

    snprintf(x, sizeof x, made, n);
    snprintf(with, sizeof with, "(let [x %s] (do %s nil))", x, call);
    snprintf(without, sizeof without, "(let [x %s] (do x nil))", x);
    return fuel_of(with) - fuel_of(without);
}

#define TEXT_OF "(apply str (repeat %d \"a b\"))"
#define WIDE    "(apply str (repeat %d \"aé€\"))"
#define DIGITS  "(apply str (repeat %d \"7\"))"
#define VECTOR  "(vec (range %d))"
#define MAP     "(into {} (map (fn [i] [i i]) (range %d)))"
#define SET     "(set (range %d))"
#define BIG     "(reduce *' (repeat %d 1000003N))"

static const struct {
    const char *made, *call;
    int least; /* of every hundred things at least that much fuel */
} cases[] = {
    {TEXT_OF, "(str x 1)", 50},
    {TEXT_OF, "(pr-str x)", 50},
    {TEXT_OF, "(clojure.string/join \", \" [x x])", 100},
    {TEXT_OF, "(clojure.string/upper-case x)", 200},
    {TEXT_OF, "(clojure.string/reverse x)", 50},
    {TEXT_OF, "(breyta.sandbox/url-encode x)", 100},
    {TEXT_OF, "(breyta.sandbox/base64-encode x)", 50},
    {TEXT_OF, "(breyta.sandbox/sha256-hex x)", 50},
    {TEXT_OF, "(json/write x)", 50},
    {TEXT_OF, "(set x)", 100},
    {TEXT_OF, "(re-seq #\"a\" x)", 10},
    {WIDE, "(clojure.string/lower-case x)", 200},
    {WIDE, "(breyta.sandbox/url-encode x)", 100},
    {WIDE, "(.getBytes x)", 50},
    {WIDE, "(parse-double x)", 50},
    {DIGITS, "(read-string x)", 100},
    {DIGITS, "(bigint x)", 25},
    {VECTOR, "(str x)", 50},
    {VECTOR, "(clojure.string/join x)", 50},
    {VECTOR, "(json/write x)", 50},
    {VECTOR, "(set x)", 400},
    {VECTOR, "(apply hash-set x)", 400},
    {VECTOR, "(apply sorted-set x)", 400},
    {VECTOR, "(apply list x)", 50},
    {VECTOR, "(sort x)", 100},
    {VECTOR, "(AssertionError. x)", 100},
    {MAP, "(conj {} x)", 400},
    {MAP, "(merge {} x)", 400},
    {MAP, "(into {} x)", 400},
    {MAP, "(= x (into {} (seq x)))", 200},
    {MAP, "(pr-str x)", 100},
    {MAP, "(hash x)", 100},
    {SET, "(= x (set (seq x)))", 200},
    {BIG, "(double x)", 10},
    {BIG, "(str x)", 25},
    {BIG, "(/ x 7)", 10},
};

static void what_looks_at_n_things_charges_by_n(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t few = cost(cases[i].made, cases[i].call, 100);
        int64_t many = cost(cases[i].made, cases[i].call, 1000);

        if (many < 1000 / 100 * cases[i].least || many < 5 * few) {
            fail_msg("%s of x %s: %lld of 100, %lld of 1000", cases[i].call, cases[i].made,
                     (long long)few, (long long)many);
        }
    }
}

static void a_small_call_stays_cheap(void **state)
{
    static const char *const calls[] = {
        "(conj x 1)",    "(count x)",      "(first x)",        "(get x 0)",
        "(assoc x 0 1)", "(str \"a\" 1)",  "(= 1 2)",          "(nth x 3)",
        "(vector 1 2)",  "(hash-map 1 2)", "(subs \"abc\" 1)", "(keyword \"a\")",
        "(name :a)",     "(inc' 1)",       "(contains? x 0)",  "(peek x)",
    };

    (void)state;
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        int64_t spent = cost(VECTOR, calls[i], 1000);

        if (spent > 20) fail_msg("%s costs %lld", calls[i], (long long)spent);
    }
}

static int set_up(void **state)
{
    (void)state;
    crypto_start();
    core = vm_core_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    vm_core_free(core);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_looks_at_n_things_charges_by_n),
        cmocka_unit_test(a_small_call_stays_cheap),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
