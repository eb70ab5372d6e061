#include "base/map.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include <stdio.h>

static void an_entry_is_found_replaced_and_removed(void **state)
{
    (void)state;
    struct map map = {0};
    int one = 1, two = 2;

    assert_null(map_find(&map, TEXT("a")));
    assert_null(map_put(&map, TEXT("a"), &one));
    assert_ptr_equal(map_find(&map, TEXT("a")), &one);
    assert_ptr_equal(map_put(&map, TEXT("a"), &two), &one);
    assert_int_equal(map.count, 1);
    assert_ptr_equal(map_remove(&map, TEXT("a")), &two);
    assert_null(map_remove(&map, TEXT("a")));
    assert_null(map_find(&map, TEXT("a")));
    map_done(&map);
}

static void many_entries_survive_growth_and_removals(void **state)
{
    (void)state;
    static char keys[5000][8];
    struct map map = {0};

    for (int i = 0; i < 5000; i++) {
        snprintf(keys[i], sizeof(keys[i]), "k%d", i);
        assert_null(map_put(&map, text_from(keys[i]), keys[i]));
    }
    for (int i = 0; i < 5000; i += 2) {
        assert_ptr_equal(map_remove(&map, text_from(keys[i])), keys[i]);
    }
    for (int i = 0; i < 5000; i++) {
        assert_ptr_equal(map_find(&map, text_from(keys[i])), i % 2 ? keys[i] : NULL);
    }
    assert_int_equal(map.count, 2500);
    map_done(&map);
}

static void coming_and_going_does_not_grow_the_table(void **state)
{
    (void)state;
    static char keys[100000][8];
    struct map map = {0};

    for (int i = 0; i < 100000; i++) {
        snprintf(keys[i], sizeof(keys[i]), "k%d", i);
        map_put(&map, text_from(keys[i]), keys[i]);
        if (i >= 3) map_remove(&map, text_from(keys[i - 3]));
    }
    assert_int_equal(map.count, 3);
    assert_true(map.capacity <= 64);
    map_done(&map);
}

static void a_walk_sees_each_entry_once(void **state)
{
    (void)state;
    struct map map = {0};
    int values[3] = {0};
    size_t cursor = 0;
    struct text key;
    int *value;

    map_put(&map, TEXT("a"), &values[0]);
    map_put(&map, TEXT("b"), &values[1]);
    map_put(&map, TEXT(""), &values[2]);
    while ((value = map_next(&map, &cursor, &key))) {
        (*value)++;
        assert_ptr_equal(map_find(&map, key), value);
    }
    assert_int_equal(values[0] + values[1] + values[2], 3);
    assert_int_equal(values[0] * values[1] * values[2], 1);
    map_done(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_is_found_replaced_and_removed),
        cmocka_unit_test(many_entries_survive_growth_and_removals),
        cmocka_unit_test(coming_and_going_does_not_grow_the_table),
        cmocka_unit_test(a_walk_sees_each_entry_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
