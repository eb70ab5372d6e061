#include "executor/secret_refs.h"
#include "tests/unit/executor/values.h"

static struct text known[] = {{"one", 3}, {"two", 3}};
static const struct secret_names named = {.names = known, .count = 2};

static void a_secret_that_the_flow_does_not_name_is_refused(void **state)
{
    struct secret_refs refs;
    struct error err = {0};

    (void)state;
    secret_refs_init(&refs, &named, &values.arena);
    assert_false(
        secret_refs_collect(&refs, values_read("{:a [{:secret-ref :three}]}"), "json", true, &err));
    assert_int_equal(err.code, E_FORBIDDEN);
    assert_non_null(strstr(err.message, "three"));
}

static void all_names_are_collected_once(void **state)
{
    struct secret_refs refs;
    struct error err = {0};

    (void)state;
    secret_refs_init(&refs, &named, &values.arena);
    assert_true(secret_refs_collect(
        &refs,
        values_read("{:a {:secret-ref :one} :b [1 {:c {:secret-ref \"two\"}}] :d "
                    "#{{:secret-ref :one}}}"),
        "json", true, &err));
    assert_int_equal(refs.count, 2);
    assert_true(text_equal(refs.refs[0].name, TEXT("one")));
    assert_true(text_equal(refs.refs[1].name, TEXT("two")));
}

static void what_callers_send_names_no_secret(void **state)
{
    struct secret_refs refs;
    struct error err = {0};
    struct value value = values_read("{\"secret-ref\" \"one\" :a [{\"secret-ref\" :one}]}");

    (void)state;
    secret_refs_init(&refs, &named, &values.arena);
    assert_true(secret_refs_collect(&refs, value, "json", true, &err));
    assert_int_equal(refs.count, 0);
    assert_false(secret_refs_has(value));
    assert_value(secret_refs_fill(&refs, &values.heap, value),
                 "{\"secret-ref\" \"one\", :a [{\"secret-ref\" :one}]}");
}

static void a_secret_in_another_place_is_refused(void **state)
{
    struct secret_refs refs;
    struct error err = {0};

    (void)state;
    secret_refs_init(&refs, &named, &values.arena);
    assert_false(secret_refs_collect(&refs, values_read("{:secret-ref :one}"), "url", false, &err));
    assert_int_equal(err.code, E_INPUT);
    assert_non_null(strstr(err.message, ":url"));
    assert_false(secret_refs_collect(&refs, values_read("[{:secret-ref {}}]"), "json", true, &err));
}

static void values_take_the_places_of_their_references(void **state)
{
    struct secret_refs refs;
    struct error err = {0};
    struct value config =
        values_read("{:a {:secret-ref :one} :b [1 {:c {:secret-ref :one}} {:d 2}] :auth {:type "
                    ":bearer :secret-ref :one}}");

    (void)state;
    secret_refs_init(&refs, &named, &values.arena);
    assert_true(secret_refs_collect(&refs, config, "json", true, &err));
    secret_refs_give(&refs, 0, TEXT("s3cret"));
    assert_true(secret_refs_has(config));
    assert_value(secret_refs_fill(&refs, &values.heap, config),
                 "{:a \"s3cret\", :b [1 {:c \"s3cret\"} {:d 2}], :auth {:type :bearer, "
                 ":secret-ref :one, :secret \"s3cret\"}}");
    secret_refs_wipe(&refs);
}

static void what_has_no_reference_stays_as_it_is(void **state)
{
    struct secret_refs refs;
    struct value config = values_read("{:a (1 2) :b #{3}}");

    (void)state;
    secret_refs_init(&refs, &named, &values.arena);
    assert_false(secret_refs_has(config));
    assert_value(secret_refs_fill(&refs, &values.heap, config), "{:a (1 2), :b #{3}}");
}

static void deep_nesting_is_refused_and_not_recursed_into(void **state)
{
    char source[2 * 400 + 1];
    struct secret_refs refs;
    struct error err = {0};

    (void)state;
    memset(source, '[', 400);
    memset(source + 400, ']', 400);
    source[800] = '\0';
    secret_refs_init(&refs, &named, &values.arena);
    assert_false(secret_refs_collect(&refs, values_read(source), "json", true, &err));
    assert_int_equal(err.code, E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_that_the_flow_does_not_name_is_refused),
        cmocka_unit_test(what_callers_send_names_no_secret),
        cmocka_unit_test(all_names_are_collected_once),
        cmocka_unit_test(a_secret_in_another_place_is_refused),
        cmocka_unit_test(values_take_the_places_of_their_references),
        cmocka_unit_test(what_has_no_reference_stays_as_it_is),
        cmocka_unit_test(deep_nesting_is_refused_and_not_recursed_into),
    };

    return cmocka_run_group_tests(tests, values_setup, values_teardown);
}
