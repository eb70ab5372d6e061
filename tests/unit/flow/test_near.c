#include "flow/near.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

// clang-format on

static void means(const char *name, const char *const *known, const char *expected)
{
    struct near near;

    near_init(&near, text_from(name));
    for (size_t i = 0; known[i]; i++) {
        near_consider(&near, text_from(known[i]));
    }
    assert_true(text_equal(near_get(&near), text_from(expected)));
}

static void one_edit_away_is_near(void **state)
{
    static const char *const known[] = {"reduce", "count", "map", NULL};

    (void)state;
    means("reduc", known, "reduce");
    means("reducee", known, "reduce");
    means("redude", known, "reduce");
    means("redcue", known, "reduce"); // swapped
    means("conut", known, "count");
    means("mp", known, NULL);
    means("maq", known, "map");
}

static void two_edits_are_near_for_long_names_only(void **state)
{
    static const char *const known[] = {"partition", "group", NULL};

    (void)state;
    means("partiton-", known, "partition");
    means("grp", known, NULL);
}

static void two_names_as_near_are_none(void **state)
{
    static const char *const known[] = {"order-a", "order-b", "other", NULL};

    (void)state;
    means("order-c", known, NULL);
    means("order-aa", known, "order-a"); // the other one is two edits away
}

static void the_same_name_twice_is_one(void **state)
{
    static const char *const known[] = {"input", "input", NULL};

    (void)state;
    means("inptu", known, "input");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_edit_away_is_near),
        cmocka_unit_test(two_edits_are_near_for_long_names_only),
        cmocka_unit_test(two_names_as_near_are_none),
        cmocka_unit_test(the_same_name_twice_is_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
