#include "executor/step_options.h"
#include "tests/unit/executor/values.h"

static struct step_options options_of(const char *config)
{
    struct step_options options;
    struct error err = {0};

    if (!step_options_read(values_read(config), &options, &err)) print_message("%s\n", err.message);
    assert_int_equal(err.code, E_NONE);
    return options;
}

static enum error_code refusal_of(const char *config)
{
    struct step_options options;
    struct error err = {0};

    assert_false(step_options_read(values_read(config), &options, &err));
    assert_true(err.message[0] != '\0');
    return err.code;
}

static int64_t delay_of(const char *config, int attempt, enum error_code code, int status,
                        int64_t retry_after_ms)
{
    struct step_options options = options_of(config);
    struct step_failure failure = {code, status, retry_after_ms};
    int64_t delay_ms = -2;

    return step_options_retry(&options.retry, attempt, &failure, 0, &delay_ms) ? delay_ms : -1;
}

static void without_retry_there_is_one_attempt(void **state)
{
    (void)state;
    assert_int_equal(delay_of("{}", 1, E_TIMEOUT, 0, 0), -1);
    assert_int_equal(delay_of("{:retry nil}", 1, E_UNAVAILABLE, 503, 0), -1);
}

static void an_empty_retry_means_three_attempts_that_double(void **state)
{
    (void)state;
    assert_int_equal(delay_of("{:retry {}}", 1, E_TIMEOUT, 0, 0), 1000);
    assert_int_equal(delay_of("{:retry {}}", 2, E_TIMEOUT, 0, 0), 2000);
    assert_int_equal(delay_of("{:retry {}}", 3, E_TIMEOUT, 0, 0), -1);
}

static void the_backoff_is_as_configured(void **state)
{
    (void)state;
    const char *linear = "{:retry {:max-attempts 9 :backoff-ms 10 :backoff :linear :max-ms 25}}";
    const char *constant = "{:retry {:max-attempts 9 :backoff-ms 10 :backoff \"constant\"}}";

    assert_int_equal(delay_of(linear, 2, E_TIMEOUT, 0, 0), 20);
    assert_int_equal(delay_of(linear, 8, E_TIMEOUT, 0, 0), 25);
    assert_int_equal(delay_of(constant, 8, E_TIMEOUT, 0, 0), 10);
}

static void only_what_may_pass_is_tried_again(void **state)
{
    static const struct {
        enum error_code code;
        int status;
        bool again;
    } cases[] = {
        {E_TIMEOUT, 0, true},  {E_CONNECT, 0, true},      {E_INTERRUPTED, 0, true},
        {E_RATE, 429, true},   {E_REMOTE, 500, true},     {E_RATE, 425, true},
        {E_INPUT, 400, false}, {E_NOT_FOUND, 404, false}, {E_UNAUTHORIZED, 401, false},
        {E_REMOTE, 0, false},  {E_USER, 0, false},        {E_CANCELLED, 0, false},
        {E_LIMIT, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        int64_t delay_ms =
            delay_of("{:retry {:backoff-ms 5}}", 1, cases[i].code, cases[i].status, 0);

        assert_int_equal(delay_ms >= 0, cases[i].again);
    }
}

static void retry_on_replaces_the_usual_classes(void **state)
{
    (void)state;
    const char *config = "{:retry {:backoff-ms 5 :retry-on [:remote \"user\" 404]}}";

    assert_int_equal(delay_of(config, 1, E_REMOTE, 0, 0), 5);
    assert_int_equal(delay_of(config, 1, E_USER, 0, 0), 5);
    assert_int_equal(delay_of(config, 1, E_NOT_FOUND, 404, 0), 5);
    assert_int_equal(delay_of(config, 1, E_TIMEOUT, 0, 0), -1);
    assert_int_equal(refusal_of("{:retry {:retry-on [:sometimes]}}"), E_INPUT);
    assert_int_equal(refusal_of("{:retry {:retry-on :timeout}}"), E_INPUT);
}

static void retry_after_is_honoured_when_it_is_longer(void **state)
{
    (void)state;
    assert_int_equal(delay_of("{:retry {:backoff-ms 5}}", 1, E_RATE, 429, 7000), 7000);
    assert_int_equal(delay_of("{:retry {:backoff-ms 9000}}", 1, E_RATE, 429, 7000), 9000);
    assert_int_equal(delay_of("{:retry {}}", 1, E_RATE, 429, INT64_MAX), 86400000);
}

static void timeouts_are_seconds_or_text(void **state)
{
    (void)state;
    assert_int_equal(options_of("{}").timeout_ms, 0);
    assert_int_equal(options_of("{:timeout 20}").timeout_ms, 20000);
    assert_int_equal(options_of("{:timeout 0.25}").timeout_ms, 250);
    assert_int_equal(options_of("{:timeout \"5m\"}").timeout_ms, 300000);
    assert_int_equal(refusal_of("{:timeout \"soon\"}"), E_INPUT);
    assert_int_equal(refusal_of("{:timeout -1}"), E_INPUT);
    assert_int_equal(refusal_of("{:timeout \"400d\"}"), E_LIMIT);
}

static void what_happens_on_errors_is_read(void **state)
{
    (void)state;
    assert_true(options_of("{:on-error :skip}").skip_on_error);
    assert_false(options_of("{:on-error :fail}").skip_on_error);
    assert_true(options_of("{:effects :at-most-once}").at_most_once);
    assert_int_equal(refusal_of("{:on-error :ignore}"), E_INPUT);
    assert_int_equal(refusal_of("{:persist {:type :blob}}"), E_NOT_SUPPORTED);
    assert_int_equal(refusal_of("{:retry 3}"), E_INPUT);
    assert_int_equal(refusal_of("{:retry {:max-attempts 0}}"), E_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_retry_there_is_one_attempt),
        cmocka_unit_test(an_empty_retry_means_three_attempts_that_double),
        cmocka_unit_test(the_backoff_is_as_configured),
        cmocka_unit_test(only_what_may_pass_is_tried_again),
        cmocka_unit_test(retry_on_replaces_the_usual_classes),
        cmocka_unit_test(retry_after_is_honoured_when_it_is_longer),
        cmocka_unit_test(timeouts_are_seconds_or_text),
        cmocka_unit_test(what_happens_on_errors_is_read),
    };

    return cmocka_run_group_tests(tests, values_setup, values_teardown);
}
