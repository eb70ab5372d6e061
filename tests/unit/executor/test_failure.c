#include "executor/failure.h"
#include "executor/step_http.h"
#include "tests/unit/executor/values.h"

static struct text encoded(const char *source)
{
    struct buf bytes = {0};
    struct error err = {0};

    assert_true(codec_encode(values_read(source), &bytes, &err));
    struct text copied = arena_text(&values.arena, buf_get(&bytes));

    buf_done(&bytes);
    return copied;
}

static void a_failure_comes_back_as_data_and_as_an_error(void **state)
{
    struct failure failure = {.step_id = TEXT("fetch"),
                              .address = TEXT("fetch#1"),
                              .attempt = 2,
                              .status = 404,
                              .body = encoded("{:error \"none\"}")};
    struct buf bytes = {0};
    struct value data;
    struct error error = {0};
    struct error err = {0};

    (void)state;
    error_set(&failure.error, E_NOT_FOUND, "the other side answered %d", 404);
    error_hint(&failure.error, "Look there.");
    failure_encode(&failure, &bytes);
    assert_true(failure_decode(&values.heap, buf_get(&bytes), &data, &error, &err));
    assert_int_equal(error.code, E_NOT_FOUND);
    assert_string_equal(error.message, "the other side answered 404");
    assert_string_equal(error.hint, "Look there.");
    assert_value(data, "{:address \"fetch#1\", :hint \"Look there.\", :status 404, :class "
                       ":not_found, :code :not_found, :body {:error \"none\"}, :step-id :fetch, "
                       ":attempt 2, :message \"the other side answered 404\"}");
    buf_done(&bytes);
}

static void statuses_mean_classes(void **state)
{
    static const struct {
        int status;
        enum error_class class;
    } cases[] = {
        {400, CLASS_INPUT},       {401, CLASS_AUTH},     {403, CLASS_PERMISSION},
        {404, CLASS_NOT_FOUND},   {409, CLASS_CONFLICT}, {408, CLASS_TIMEOUT},
        {422, CLASS_INPUT},       {429, CLASS_LIMIT},    {500, CLASS_REMOTE},
        {503, CLASS_UNAVAILABLE}, {504, CLASS_TIMEOUT},  {599, CLASS_REMOTE},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        assert_int_equal(error_class(step_http_response_code(cases[i].status)), cases[i].class);
    }
}

static void retry_after_is_seconds_or_a_date(void **state)
{
    const int64_t now_ms = 1445412478000; // Wed, 21 Oct 2015 07:27:58 GMT

    (void)state;
    assert_int_equal(step_http_response_retry_after(TEXT("120"), now_ms), 120000);
    assert_int_equal(step_http_response_retry_after(TEXT("Wed, 21 Oct 2015 07:28:00 GMT"), now_ms),
                     2000);
    assert_int_equal(step_http_response_retry_after(TEXT("Wed, 21 Oct 2015 07:00:00 GMT"), now_ms),
                     0);
    assert_int_equal(step_http_response_retry_after(TEXT("soon"), now_ms), 0);
    assert_int_equal(step_http_response_retry_after(TEXT("-5"), now_ms), 0);
    assert_int_equal(step_http_response_retry_after(TEXT_NONE, now_ms), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_comes_back_as_data_and_as_an_error),
        cmocka_unit_test(statuses_mean_classes),
        cmocka_unit_test(retry_after_is_seconds_or_a_date),
    };

    return cmocka_run_group_tests(tests, values_setup, values_teardown);
}
