#include "base/clock.h"
#include "base/id.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <string.h>

static void ids_rise_and_carry_version_variant_and_time(void **state)
{
    (void)state;
    int64_t before_ms = clock_wall_ms();
    struct uuid last = id_uuid7();

    for (int i = 0; i < 10000; i++) {
        struct uuid next = id_uuid7();

        assert_true(id_compare(last, next) < 0);
        last = next;
    }
    assert_int_equal(last.bytes[6] >> 4, 7);
    assert_int_equal(last.bytes[8] >> 6, 2);
    assert_true(id_uuid7_ms(last) >= before_ms);
    assert_true(id_uuid7_ms(last) <= clock_wall_ms() + 10);
}

static void the_floor_is_not_above_any_id_of_its_millisecond(void **state)
{
    (void)state;
    struct uuid id = id_uuid7();

    assert_true(id_compare(id_uuid7_floor(id_uuid7_ms(id)), id) <= 0);
    assert_true(id_compare(id_uuid7_floor(id_uuid7_ms(id) + 1), id) > 0);
}

static void text_comes_back_as_the_same_id(void **state)
{
    (void)state;
    struct uuid id = id_uuid7(), back;
    char out[UUID_TEXT_SIZE];

    id_format(id, out);
    assert_int_equal(strlen(out), 36);
    assert_true(id_parse(text_from(out), &back));
    assert_int_equal(id_compare(id, back), 0);
    assert_true(id_parse(TEXT("0192F0A1-0000-7abc-8DEF-000000000001"), &back));
    assert_int_equal(back.bytes[8], 0x8d);
}

static void what_is_no_id_is_refused(void **state)
{
    (void)state;
    struct uuid out = {{1}};

    assert_false(id_parse(TEXT(""), &out));
    assert_false(id_parse(TEXT("0192f0a1-0000-7abc-8def-00000000000"), &out));
    assert_false(id_parse(TEXT("0192f0a1-0000-7abc-8def-00000000000g"), &out));
    assert_false(id_parse(TEXT("0192f0a1x0000-7abc-8def-000000000000"), &out));
    assert_false(id_parse(TEXT("0192f0a10000-7abc-8def-0000000000000-"), &out));
    assert_int_equal(out.bytes[0], 1);
    assert_false(id_is_zero(out));
    assert_true(id_is_zero((struct uuid){{0}}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_rise_and_carry_version_variant_and_time),
        cmocka_unit_test(the_floor_is_not_above_any_id_of_its_millisecond),
        cmocka_unit_test(text_comes_back_as_the_same_id),
        cmocka_unit_test(what_is_no_id_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
