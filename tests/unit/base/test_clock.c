#include "base/clock.h"
#include "base/parse.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <string.h>

static void monotonic_time_never_goes_back(void **state)
{
    (void)state;
    int64_t before = clock_monotonic_ns();

    assert_true(clock_monotonic_ns() >= before);
    assert_true(clock_wall_us() / 1000 >= clock_wall_ms() - 1000);
}

static void iso_time_is_utc_with_milliseconds(void **state)
{
    (void)state;
    struct buf buf CLEANUP(buf_done) = {0};

    clock_format_iso(&buf, 1795159862123);
    assert_string_equal(buf.ptr, "2026-11-20T07:31:02.123Z");
    buf_reset(&buf);
    clock_format_iso(&buf, -1);
    assert_string_equal(buf.ptr, "1969-12-31T23:59:59.999Z");
}

static void iso_time_reads_back_over_four_centuries(void **state)
{
    (void)state;
    struct buf buf CLEANUP(buf_done) = {0};

    for (int64_t ms = -6000000000001; ms < 7000000000000; ms += 86400000 / 2 + 12345) {
        int64_t back;

        buf_reset(&buf);
        clock_format_iso(&buf, ms);
        assert_true(parse_instant_ms(buf_get(&buf), &back));
        assert_int_equal(back, ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(monotonic_time_never_goes_back),
        cmocka_unit_test(iso_time_is_utc_with_milliseconds),
        cmocka_unit_test(iso_time_reads_back_over_four_centuries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
