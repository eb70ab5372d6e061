#include "base/random.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

// clang-format on

static void numbers_stay_below_their_bound(void **state)
{
    (void)state;
    unsigned seen = 0;

    for (int i = 0; i < 1000; i++) {
        uint64_t value = random_below(3);

        assert_true(value < 3);
        seen |= 1U << value;
    }
    assert_int_equal(seen, 7); // fails by chance once in 3^998 or so
    assert_int_equal(random_below(1), 0);
    assert_int_equal(random_below(0), 0);
    assert_true(random_u64() != random_u64());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_stay_below_their_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
