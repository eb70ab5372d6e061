#include "base/list.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

// clang-format on

struct item {
    int number;
    struct list node;
};

static void nodes_come_out_in_the_order_they_went_in(void **state)
{
    (void)state;
    struct item items[3] = {{.number = 1}, {.number = 2}, {.number = 0}};
    struct list head;
    int expected = 0;

    list_init(&head);
    assert_null(list_pop(&head));
    list_push(&head, &items[0].node);
    list_push(&head, &items[1].node);
    list_push_front(&head, &items[2].node);
    list_each (item, &head, struct item, node) {
        assert_int_equal(item->number, expected++);
    }
    assert_int_equal(expected, 3);
    assert_ptr_equal(LIST_ITEM(list_pop(&head), struct item, node), &items[2]);
}

static void removing_twice_or_from_nowhere_does_nothing(void **state)
{
    (void)state;
    struct item item = {0};
    struct list head;

    list_init(&head);
    list_remove(&item.node);
    list_push(&head, &item.node);
    list_remove(&item.node);
    list_remove(&item.node);
    assert_true(list_is_empty(&head));
}

static void a_safe_walk_may_remove(void **state)
{
    (void)state;
    struct item items[3] = {0};
    struct list head;

    list_init(&head);
    for (int i = 0; i < 3; i++) {
        list_push(&head, &items[i].node);
    }
    list_each_safe (item, &head, struct item, node) {
        list_remove(&item->node);
    }
    assert_true(list_is_empty(&head));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_come_out_in_the_order_they_went_in),
        cmocka_unit_test(removing_twice_or_from_nowhere_does_nothing),
        cmocka_unit_test(a_safe_walk_may_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
