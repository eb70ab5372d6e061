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

static void rows_answer_in_order_and_then_it_is_over(void **state)
{
    struct claim_row rows[] = {row(1, STEP_KIND_STEP, "a#1"),
                               row(2, STEP_KIND_VALUE, "flow/uuid#1"),
                               row(3, STEP_KIND_WAIT, "b#1")};
    const struct claim_row *found = NULL;
    struct replay replay;
    struct error err = {0};

    (void)state;
    replay_init(&replay, rows, 3, false);
    assert_int_equal(replay_ask(&replay, TEXT("a#1"), false, &found, &err), REPLAY_ROW);
    assert_ptr_equal(found, &rows[0]);
    assert_int_equal(replay_ask(&replay, TEXT("flow/uuid#1"), true, &found, &err), REPLAY_ROW);
    assert_false(replay_is_over(&replay));
    assert_int_equal(replay_ask(&replay, TEXT("b#1"), false, &found, &err), REPLAY_ROW);
    assert_true(replay_is_over(&replay));
    assert_int_equal(replay.sequence, 3);
    assert_int_equal(replay_ask(&replay, TEXT("c#1"), false, &found, &err), REPLAY_END);
    assert_true(replay_check_end(&replay, &err));
}

static void another_address_is_nondeterminism_that_names_both(void **state)
{
    struct claim_row rows[] = {row(1, STEP_KIND_STEP, "charge#1")};
    const struct claim_row *found = NULL;
    struct replay replay;
    struct error err = {0};

    (void)state;
    replay_init(&replay, rows, 1, false);
    assert_int_equal(replay_ask(&replay, TEXT("refund#1"), false, &found, &err), REPLAY_DIVERGED);
    assert_int_equal(err.code, E_NONDETERMINISM);
    assert_non_null(strstr(err.message, "charge#1"));
    assert_non_null(strstr(err.message, "refund#1"));
}

static void a_value_never_answers_a_step(void **state)
{
    struct claim_row rows[] = {row(1, STEP_KIND_VALUE, "a#1")};
    const struct claim_row *found = NULL;
    struct replay replay;
    struct error err = {0};

    (void)state;
    replay_init(&replay, rows, 1, false);
    assert_int_equal(replay_ask(&replay, TEXT("a#1"), false, &found, &err), REPLAY_DIVERGED);
}

static void a_body_that_ends_before_its_journal_is_nondeterminism(void **state)
{
    struct claim_row rows[] = {row(1, STEP_KIND_STEP, "a#1")};
    struct replay replay;
    struct error err = {0};

    (void)state;
    replay_init(&replay, rows, 1, false);
    assert_false(replay_check_end(&replay, &err));
    assert_int_equal(err.code, E_NONDETERMINISM);
    assert_non_null(strstr(err.message, "a#1"));
}

static void an_intent_without_an_outcome_was_interrupted(void **state)
{
    struct claim_row rows[] = {row(1, STEP_KIND_INTENT, "a#1"), row(2, STEP_KIND_STEP, "a#1")};
    const struct claim_row *found = NULL;
    struct replay replay;
    struct error err = {0};

    (void)state;
    replay_init(&replay, rows, 1, false);
    assert_int_equal(replay_ask(&replay, TEXT("a#1"), false, &found, &err), REPLAY_INTENT);
    replay_init(&replay, rows, 2, false);
    assert_int_equal(replay_ask(&replay, TEXT("a#1"), false, &found, &err), REPLAY_ROW);
    assert_ptr_equal(found, &rows[1]);
}

static void an_outcome_may_stand_on_the_next_page(void **state)
{
    struct claim_row first[] = {row(1, STEP_KIND_INTENT, "a#1")};
    struct claim_row second[] = {row(2, STEP_KIND_STEP, "a#1")};
    const struct claim_row *found = NULL;
    struct replay replay;
    struct error err = {0};

    (void)state;
    replay_init(&replay, first, 1, true);
    assert_int_equal(replay_ask(&replay, TEXT("a#1"), false, &found, &err), REPLAY_MORE);
    assert_int_equal(replay.sequence, 1);
    replay_page(&replay, second, 1, false);
    assert_int_equal(replay_ask(&replay, TEXT("a#1"), false, &found, &err), REPLAY_ROW);
    assert_true(replay_is_over(&replay));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_answer_in_order_and_then_it_is_over),
        cmocka_unit_test(another_address_is_nondeterminism_that_names_both),
        cmocka_unit_test(a_value_never_answers_a_step),
        cmocka_unit_test(a_body_that_ends_before_its_journal_is_nondeterminism),
        cmocka_unit_test(an_intent_without_an_outcome_was_interrupted),
        cmocka_unit_test(an_outcome_may_stand_on_the_next_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
