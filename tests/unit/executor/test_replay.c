#include "executor/replay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// clang-format off
#include <cmocka.h>

// clang-format on

static struct claim_row row(int sequence, enum step_kind kind, const char *address)
{
    return (struct claim_row){.sequence = sequence,
                              .kind = kind,
                              .status = STEP_COMPLETED,
                              .address = text_from(address)};
}

static void rows_come_in_order_and_then_it_is_over(void **state)
{
    struct claim_row rows[] = {row(1, STEP_KIND_STEP, "a#1"),
                               row(2, STEP_KIND_VALUE, "flow/uuid#1")};
    const struct claim_row *found = NULL;
    struct replay replay;

    (void)state;
    replay_init(&replay, rows, 2, false);
    assert_int_equal(replay_peek(&replay, &found), REPLAY_ROW);
    assert_ptr_equal(found, &rows[0]);
    assert_int_equal(replay_peek(&replay, &found), REPLAY_ROW);
    assert_ptr_equal(found, &rows[0]);
    replay_take(&replay);
    assert_int_equal(replay.sequence, 1);
    assert_int_equal(replay_peek(&replay, &found), REPLAY_ROW);
    assert_ptr_equal(found, &rows[1]);
    replay_take(&replay);
    assert_int_equal(replay.sequence, 2);
    assert_int_equal(replay_peek(&replay, &found), REPLAY_END);
}

static void another_address_is_nondeterminism_that_names_both(void **state)
{
    struct claim_row charge = row(1, STEP_KIND_STEP, "charge#1");
    struct error err = {0};

    (void)state;
    assert_false(replay_diverged(&charge, TEXT("refund#1"), &err));
    assert_int_equal(err.code, E_NONDETERMINISM);
    assert_non_null(strstr(err.message, "charge#1"));
    assert_non_null(strstr(err.message, "refund#1"));
    assert_false(replay_diverged(&charge, TEXT_NONE, &err));
    assert_non_null(strstr(err.message, "ended where its journal has charge#1"));
}

static void the_journal_goes_on_on_the_next_page(void **state)
{
    struct claim_row first[] = {row(1, STEP_KIND_STEP, "a#1")};
    struct claim_row second[] = {row(2, STEP_KIND_STEP, "b#1")};
    const struct claim_row *found = NULL;
    struct replay replay;

    (void)state;
    replay_init(&replay, first, 1, true);
    replay_take(&replay);
    assert_int_equal(replay_peek(&replay, &found), REPLAY_MORE);
    replay_page(&replay, second, 1, false);
    assert_int_equal(replay_peek(&replay, &found), REPLAY_ROW);
    assert_ptr_equal(found, &second[0]);
    replay_take(&replay);
    assert_int_equal(replay_peek(&replay, &found), REPLAY_END);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_in_order_and_then_it_is_over),
        cmocka_unit_test(another_address_is_nondeterminism_that_names_both),
        cmocka_unit_test(the_journal_goes_on_on_the_next_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
