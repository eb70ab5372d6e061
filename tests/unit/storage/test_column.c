#include "base/arena.h"
#include "base/id.h"
#include "base/macros.h"
#include "storage/column.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// clang-format off
#include <cmocka.h>

// clang-format on

enum colour { RED, GREEN };

struct thing {
    int number, choice;
    enum colour colour;
    int64_t big, owner, time_ms;
    bool flag;
    struct text name, bytes;
    struct uuid id, other;
};

static const struct thing things[] = {
    {.number = -70000,
     .choice = 3,
     .colour = GREEN,
     .big = INT64_MIN,
     .owner = 7,
     .time_ms = 1000,
     .flag = true,
     .name = {"name", 4},
     .bytes = {"\0b", 2},
     .id = {{1, 2, 3}},
     .other = {{4}}},
    {.choice = -1, .name = {NULL, 0}, .bytes = {NULL, 0}},
};

static const struct column columns[] = {
    {COLUMN_INT4, offsetof(struct thing, number)},
    {COLUMN_INT2_OR_NULL, offsetof(struct thing, choice)},
    {COLUMN_INT2, offsetof(struct thing, colour)},
    {COLUMN_INT8, offsetof(struct thing, big)},
    {COLUMN_INT8_OR_NULL, offsetof(struct thing, owner)},
    {COLUMN_TIME_OR_NULL, offsetof(struct thing, time_ms)},
    {COLUMN_BOOL, offsetof(struct thing, flag)},
    {COLUMN_TEXT, offsetof(struct thing, name)},
    {COLUMN_BYTES, offsetof(struct thing, bytes)},
    {COLUMN_UUID, offsetof(struct thing, id)},
    {COLUMN_UUID_OR_NULL, offsetof(struct thing, other)},
};

/* The same by hand; of the second thing what can be null is. */
static void by_hand(struct pg_params *params)
{
    pg_param_array_begin(params, PG_INT4);
    pg_array_int32(params, -70000);
    pg_array_int32(params, 0);
    pg_param_array_end(params);
    pg_param_array_begin(params, PG_INT2);
    pg_array_int16(params, 3);
    pg_array_null(params);
    pg_param_array_end(params);
    pg_param_array_begin(params, PG_INT2);
    pg_array_int16(params, 1);
    pg_array_int16(params, 0);
    pg_param_array_end(params);
    pg_param_array_begin(params, PG_INT8);
    pg_array_int64(params, INT64_MIN);
    pg_array_int64(params, 0);
    pg_param_array_end(params);
    pg_param_array_begin(params, PG_INT8);
    pg_array_int64(params, 7);
    pg_array_null(params);
    pg_param_array_end(params);
    pg_param_array_begin(params, PG_TIMESTAMPTZ);
    pg_array_time_ms(params, 1000);
    pg_array_null(params);
    pg_param_array_end(params);
    pg_param_array_begin(params, PG_BOOL);
    pg_array_bool(params, true);
    pg_array_bool(params, false);
    pg_param_array_end(params);
    pg_param_array_begin(params, PG_TEXT);
    pg_array_text(params, TEXT("name"));
    pg_array_null(params);
    pg_param_array_end(params);
    pg_param_array_begin(params, PG_BYTEA);
    pg_array_bytes(params, (struct text){"\0b", 2});
    pg_array_null(params);
    pg_param_array_end(params);
    pg_param_array_begin(params, PG_UUID);
    pg_array_uuid(params, (struct uuid){{1, 2, 3}});
    pg_array_uuid(params, (struct uuid){{0}});
    pg_param_array_end(params);
    pg_param_array_begin(params, PG_UUID);
    pg_array_uuid(params, (struct uuid){{4}});
    pg_array_null(params);
    pg_param_array_end(params);
}

static void a_table_writes_what_loops_would(void **state)
{
    struct arena arena;
    struct pg_params table, hand;
    (void)state;

    arena_init(&arena, 0);
    pg_params_init(&table, &arena);
    pg_params_init(&hand, &arena);
    column_add_all(&table, columns, ARRAY_COUNT(columns), things, ARRAY_COUNT(things),
                   sizeof(things[0]));
    by_hand(&hand);
    assert_int_equal(table.count, hand.count);
    for (size_t i = 0; i < hand.count; i++) {
        assert_int_equal(table.lengths[i], hand.lengths[i]);
        assert_memory_equal(table.values[i], hand.values[i], (size_t)hand.lengths[i]);
    }
    arena_done(&arena);
}

static void nothing_makes_empty_arrays(void **state)
{
    struct arena arena;
    struct pg_params params;
    (void)state;

    arena_init(&arena, 0);
    pg_params_init(&params, &arena);
    column_add_all(&params, columns, ARRAY_COUNT(columns), NULL, 0, sizeof(things[0]));
    assert_int_equal(params.count, ARRAY_COUNT(columns));
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_writes_what_loops_would),
        cmocka_unit_test(nothing_makes_empty_arrays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
