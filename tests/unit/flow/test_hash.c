#include "flow/hash.h"
#include "flow/pmap.h"
#include "flow/pvec.h"
#include "flow/seq.h"
#include "tests/unit/flow/value_fixture.h"

static void hashes_are_clojures(void **state)
{
    static const struct {
        const char *source;
        int32_t hash;
    } cases[] = {
        {"1.0M", 31},
        {"1.00M", 31},
        {"1.5M", 466},
        {"-12345678901234567890.5M", -1337890913},
        {"100M", 29},
        {"0.0M", 0},
        {"1/3", 2},
        {"-7/2", -5},
        {"12345678901234567890N", -1436577082},
        {"-12345678901234567890N", 1436577082},
        {"5N", 1740791543},
        {"5", 1740791543},
        {"-1", 1651860712},
        {"9223372036854775807", -2106506049},
        {"1.5", 1073217536},
        {"-0.0", 0},
        {"0.0", 0},
        {"1e300", -164130400},
        {"##NaN", 2146959360},
        {"##Inf", 2146435072},
        {"\"\"", 0},
        {"\"hello\"", 1715862179},
        {"\"Привет\"", -1907259062},
        {":a", -2123407586},
        {":a/b", 1482224565},
        {"a", -482876059},
        {"a/b", -1172211204},
        {":привет", -1733708738},
        {"\\a", 97},
        {"\\newline", 10},
        {"true", 1231},
        {"false", 1237},
        {"nil", 0},
        {"[]", -2017569654},
        {"()", -2017569654},
        {"[1 2 3]", 736442005},
        {"(1 2 3)", 736442005},
        {"{}", -15128758},
        {"#{}", -15128758},
        {"{:a 1 :b {:c [1 2 \"x\"]}}", -968649123},
        {"#{1 2 3}", 439094965},
        {"{1 2, \"a\" nil, nil 3}", 973631284},
        {"#uuid \"f81d4fae-7dec-11d0-a765-00a0c91e6bf6\"", -343263960},
        {"#inst \"2020-01-01\"", 1583802735},
        {"[:a 1]", -1809393901},
        {"[nil true false \\a 1.5 2N 1/2 1.5M :k sym \"s\"]", 267369396},
    };

    struct heap heap;
    (void)state;

    heap_init(&heap, 0);
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        int32_t hash = (int32_t)value_hash(value_of(&heap, cases[i].source));

        if (hash != cases[i].hash) {
            fail_msg("%s: %d, expected %d", cases[i].source, hash, cases[i].hash);
        }
    }
    heap_done(&heap);
}

static void a_sequence_hashes_as_the_vector_of_its_items(void **state)
{
    struct heap heap;
    struct error err = {0};
    struct value seq;
    (void)state;

    heap_init(&heap, 0);
    assert_int_equal((int32_t)value_hash(seq_range(&heap, 0, 1, 100)), -328473137);
    assert_int_equal(seq_of(&heap, value_of(&heap, "{:a 1}"), &seq, &err), SEQ_OK);
    assert_same(seq, value_of(&heap, "[[:a 1]]"));
    heap_done(&heap);
}

static void depth_costs_no_c_stack(void **state)
{
    struct heap heap;
    struct value a = value_int(1);
    struct value b = value_int(1);
    (void)state;

    heap_init(&heap, 0);
    for (int i = 0; i < 200000; i++) {
        a = i % 2 ? pvec_new(&heap, &a, 1) : pmap_assoc(&heap, pmap_empty(), a, value_nil());
        b = i % 2 ? pvec_new(&heap, &b, 1) : pmap_assoc(&heap, pmap_empty(), b, value_nil());
    }
    assert_int_equal(value_hash(a), value_hash(b));
    assert_true(value_equal(a, b));
    heap_done(&heap);
}

static void constants_are_hashed_before_they_are_shared(void **state)
{
    struct heap heap;
    (void)state;

    heap_init_static(&heap);
    struct value value = value_of(&heap, "{:a [1 2 \"x\"]}");

    assert_true(value.object->flags & OBJECT_HASHED);
    assert_true(pmap_get_named(value, "a").object->flags & OBJECT_HASHED);
    heap_done(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_clojures),
        cmocka_unit_test(a_sequence_hashes_as_the_vector_of_its_items),
        cmocka_unit_test(depth_costs_no_c_stack),
        cmocka_unit_test(constants_are_hashed_before_they_are_shared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
