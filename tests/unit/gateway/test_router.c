/* Routes, and roles over them. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "gateway/registry.h"
#include "gateway/router.h"

#include <string.h>

struct found {
    struct arena arena;
    const struct route *route;
    struct request_param params[REQUEST_PARAMS_MAX];
    int count;
};

static enum router_match find(struct found *found, const char *method, const char *path)
{
    arena_init(&found->arena, 0);
    found->route = NULL;
    enum router_match match = router_find(&found->arena, text_from(method), text_from(path),
                                          &found->route, found->params, &found->count);

    return match;
}

static void assert_found(const char *method, const char *path, const char *pattern,
                         const char *first_param)
{
    struct found found;

    assert_int_equal(find(&found, method, path), ROUTER_FOUND);
    assert_string_equal(found.route->pattern, pattern);
    if (first_param) {
        assert_true(found.count > 0);
        assert_true(text_equal(found.params[0].value, text_from(first_param)));
    }
    arena_done(&found.arena);
}

static void paths_find_their_routes_and_parameters(void **state)
{
    (void)state;
    assert_found("GET", "/healthz", "/healthz", NULL);
    assert_found("POST", "/api/commands", "/api/commands", NULL);
    assert_found("POST", "/api/waits/wt-1/approve", "/api/waits/:waitId/approve", "wt-1");
    assert_found("POST", "/ws-a/events/a/b.c", "/:workspace/events/*path", "ws-a");
    assert_found("POST", "/api/events/draft/a/b", "/api/events/draft/*path", "a/b");
    assert_found("GET", "/ws-a/waits/wt-1/approve", "/:workspace/waits/:waitId/:action", "ws-a");
}

static void segments_are_decoded_after_they_are_cut(void **state)
{
    (void)state;
    assert_found("GET", "/api/waits/a%2Fb", "/api/waits/:waitId", "a/b");
}

static void what_is_no_path_of_ours_is_not_found(void **state)
{
    static const char *const paths[] = {"",
                                        "/",
                                        "/api",
                                        "/healthz/",
                                        "/api/waits/",
                                        "/api/waits/%00",
                                        "/api/waits/%ff",
                                        "/api/waits/%4",
                                        "/ws-a/events/"};
    struct found found;

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        assert_int_equal(find(&found, "GET", paths[i]), ROUTER_NO_PATH);
        arena_done(&found.arena);
    }
}

static void another_method_is_told_apart(void **state)
{
    struct found found;

    (void)state;
    assert_int_equal(find(&found, "DELETE", "/healthz"), ROUTER_OTHER_METHOD);
    arena_done(&found.arena);
}

static void every_route_has_a_handler_or_a_command_with_the_same_access(void **state)
{
    (void)state;
    for (const struct route *route = router_routes(); route->pattern; route++) {
        assert_true(strlen(route->doc) > 0);
        assert_true((route->run != NULL) != (route->command != NULL));
        if (!route->command) continue;
        const struct command *command = registry_find(text_from(route->command));

        assert_non_null(command);
        assert_int_equal(command->access, route->access);
    }
}

/* What each role may do, written down a second time on purpose. */
static void roles_allow_what_they_should_on_every_route_and_command(void **state)
{
    static const struct {
        const char *role;
        bool allows[ACCESS_COUNT];
    } expected[] = {
        {"viewer", {true, true, true, false, false, false, false, false}},
        {"reviewer", {true, true, true, false, true, false, false, false}},
        {"runner", {true, true, true, true, false, false, false, false}},
        {"developer", {true, true, true, true, true, true, false, false}},
        {"admin", {true, true, true, true, true, true, true, true}},
        {"nobody", {true, true, false, false, false, false, false, false}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct text role = text_from(expected[i].role);

        for (const struct route *route = router_routes(); route->pattern; route++) {
            assert_int_equal(access_allows(role, route->access), expected[i].allows[route->access]);
        }
        for (const struct command *command = registry_commands(); command->name; command++) {
            assert_int_equal(access_allows(role, command->access),
                             expected[i].allows[command->access]);
        }
    }
    for (int i = 0; access_role(i); i++) {
        assert_string_equal(access_role(i), expected[i].role);
    }
}

static void only_doors_with_their_own_proof_are_public(void **state)
{
    int count = 0;

    (void)state;
    for (const struct route *route = router_routes(); route->pattern; route++) {
        count += route->access == ACCESS_PUBLIC;
    }
    assert_int_equal(count, 8); // four for operators; webhook, callback, approval page twice
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_find_their_routes_and_parameters),
        cmocka_unit_test(segments_are_decoded_after_they_are_cut),
        cmocka_unit_test(what_is_no_path_of_ours_is_not_found),
        cmocka_unit_test(another_method_is_told_apart),
        cmocka_unit_test(every_route_has_a_handler_or_a_command_with_the_same_access),
        cmocka_unit_test(roles_allow_what_they_should_on_every_route_and_command),
        cmocka_unit_test(only_doors_with_their_own_proof_are_public),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
