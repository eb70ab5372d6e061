/*
 * Gather: what goes out together, in which order, and how a group that was refused goes again.
 */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "io/gather.h"

#include <string.h>

#define ITEMS 8

struct thing {
    struct gather_item item;
    char name;
};

static struct {
    struct loop *loop;
    struct gather gather;
    struct thing things[ITEMS];
    char sent[64]; /* names in the order they went, a space before each group */
    char taken[64];
} world;

static struct thing *thing_of(struct gather_item *item)
{
    return item ? CONTAINER_OF(item, struct thing, item) : NULL;
}

static void add(char *list, char c)
{
    list[strlen(list)] = c;
}

static void on_send(struct gather *gather)
{
    struct thing *thing;

    add(world.sent, ' ');
    while ((thing = thing_of(gather_next(gather)))) {
        add(world.sent, thing->name);
    }
}

static int setup(void **state)
{
    struct error err;
    (void)state;

    memset(&world, 0, sizeof world);
    world.loop = loop_new(LOOP_EPOLL, &err);
    assert_non_null(world.loop);
    world.gather =
        (struct gather){.loop = world.loop, .count_max = 4, .size_max = 100, .on_send = on_send};
    gather_init(&world.gather);
    for (int i = 0; i < ITEMS; i++) {
        world.things[i].name = (char)('a' + i);
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_true(gather_is_idle(&world.gather));
    loop_free(world.loop);
    return 0;
}

static void put(int first, int count, size_t size)
{
    for (int i = first; i < first + count; i++) {
        gather_put(&world.gather, &world.things[i].item, size);
    }
}

static void take_all(void)
{
    struct thing *thing;

    while ((thing = thing_of(gather_take(&world.gather)))) {
        add(world.taken, thing->name);
    }
}

static void end_group(void)
{
    take_all();
    gather_go_on(&world.gather);
}

static void what_comes_in_a_turn_goes_together_when_it_ends(void **state)
{
    (void)state;
    put(0, 3, 1);
    assert_string_equal(world.sent, "");
    loop_turn(world.loop, 0);
    assert_string_equal(world.sent, " abc");
    end_group();
    assert_string_equal(world.taken, "abc");
}

static void what_comes_while_a_group_is_under_way_goes_when_it_is_back(void **state)
{
    (void)state;
    put(0, 1, 1);
    loop_turn(world.loop, 0);
    put(1, 2, 1);
    loop_turn(world.loop, 0);
    assert_string_equal(world.sent, " a");
    take_all();
    put(3, 1, 1); // by who was answered
    gather_go_on(&world.gather);
    assert_string_equal(world.sent, " a bcd");
    end_group();
    loop_turn(world.loop, 0);
    assert_string_equal(world.taken, "abcd");
}

static void a_group_has_a_greatest_count(void **state)
{
    (void)state;
    put(0, 6, 1);
    loop_turn(world.loop, 0);
    end_group();
    assert_string_equal(world.sent, " abcd ef");
    end_group();
}

static void a_group_has_a_greatest_size_but_for_one_that_is_larger(void **state)
{
    (void)state;
    put(0, 2, 50);
    put(2, 1, 1);
    put(3, 1, 101);
    put(4, 1, 1);
    loop_turn(world.loop, 0);
    for (int i = 0; i < 4; i++) {
        end_group();
    }
    assert_string_equal(world.sent, " ab c d e");
    assert_string_equal(world.taken, "abcde");
}

static void a_refused_group_goes_again_one_by_one_before_what_waits(void **state)
{
    (void)state;
    put(0, 3, 1);
    loop_turn(world.loop, 0);
    put(3, 2, 1);
    assert_ptr_equal(thing_of(gather_apart(&world.gather)), &world.things[2]);
    assert_ptr_equal(thing_of(gather_apart(&world.gather)), &world.things[1]);
    assert_ptr_equal(thing_of(gather_apart(&world.gather)), &world.things[0]);
    assert_null(gather_apart(&world.gather));
    gather_go_on(&world.gather);
    for (int i = 0; i < 4; i++) {
        end_group();
    }
    assert_string_equal(world.sent, " abc a b c de");
    assert_string_equal(world.taken, "abcde");
}

static void an_item_may_be_put_again_when_it_was_taken(void **state)
{
    (void)state;
    put(0, 1, 1);
    loop_turn(world.loop, 0);
    (void)gather_apart(&world.gather);
    gather_go_on(&world.gather);
    take_all();
    put(0, 2, 1);
    gather_go_on(&world.gather);
    assert_string_equal(world.sent, " a a ab"); // it is not alone any more
    end_group();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_comes_in_a_turn_goes_together_when_it_ends, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_comes_while_a_group_is_under_way_goes_when_it_is_back,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_group_has_a_greatest_count, setup, teardown),
        cmocka_unit_test_setup_teardown(a_group_has_a_greatest_size_but_for_one_that_is_larger,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_refused_group_goes_again_one_by_one_before_what_waits,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(an_item_may_be_put_again_when_it_was_taken, setup,
                                        teardown),
    };

    return cmocka_run_group_tests_name("io/gather", tests, NULL, NULL);
}
