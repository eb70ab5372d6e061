/* The table of commands: every one has what the others rely on. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "base/json.h"
#include "gateway/openapi.h"
#include "gateway/registry.h"

#include <string.h>

static void every_command_has_a_handler_an_access_and_a_doc(void **state)
{
    (void)state;
    for (const struct command *command = registry_commands(); command->name; command++) {
        assert_non_null(command->run);
        assert_true(command->access > ACCESS_PUBLIC && command->access < ACCESS_COUNT);
        assert_true(strlen(command->doc) > 10);
        assert_ptr_equal(registry_find(text_from(command->name)), command);
    }
}

static void commands_are_sorted_by_name(void **state)
{
    (void)state;
    for (const struct command *command = registry_commands(); command[1].name; command++) {
        assert_true(strcmp(command[0].name, command[1].name) < 0);
    }
}

static void every_argument_has_a_known_type(void **state)
{
    static const char *const types[] = {"string", "text", "int", "bool", "object", "any"};

    (void)state;
    for (const struct command *command = registry_commands(); command->name; command++) {
        struct text rest = text_from(command->arguments);
        struct registry_argument argument;

        while (registry_next_argument(&rest, &argument)) {
            bool known = false;

            for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
                known = known || text_equal(argument.type, text_from(types[i]));
            }
            assert_true(known);
            assert_true(argument.name.len > 0);
        }
    }
}

static bool check(const char *command, const char *args, struct error *err)
{
    struct arena arena;

    arena_init(&arena, 0);
    const struct json *node = json_read(&arena, text_from(args), err);

    assert_non_null(node);
    bool ok = registry_check(registry_find(text_from(command)), node, err);

    arena_done(&arena);
    return ok;
}

static void arguments_are_checked_by_name(void **state)
{
    struct error err = {0};

    (void)state;
    assert_true(check("runs.get", "{\"workflowId\":\"r1\",\"waitMs\":5,\"other\":[]}", &err));
    assert_false(check("runs.get", "{}", &err));
    assert_int_equal(err.code, E_MISSING_FIELD);
    assert_non_null(strstr(err.message, "workflowId"));
    assert_false(check("runs.get", "{\"workflowId\":7}", &err));
    assert_int_equal(err.code, E_INVALID_FIELD);
    assert_false(check("runs.get", "{\"workflowId\":\"r1\",\"waitMs\":\"5\"}", &err));
    assert_false(check("runs.start", "{\"flowSlug\":\"a\",\"input\":[]}", &err));
    assert_false(check("runs.get", "{\"workflowId\":\"a\\u0000b\"}", &err));
}

static void a_typo_finds_its_neighbours(void **state)
{
    struct buf out = {0};
    struct json_writer writer;

    (void)state;
    json_write_init(&writer, &out);
    registry_nearest(&writer, TEXT("flows.lst"));
    assert_true(text_starts_with(buf_get(&out), TEXT("[\"flows.list\"")));
    buf_done(&out);
}

static void the_openapi_document_is_json_with_every_command(void **state)
{
    struct buf out = {0};
    struct arena arena;
    struct error err = {0};

    (void)state;
    arena_init(&arena, 0);
    openapi_write(&out);
    const struct json *document = json_read(&arena, buf_get(&out), &err);

    assert_non_null(document);
    const struct json *schemas = json_get(json_get(document, "components"), "schemas");

    for (const struct command *command = registry_commands(); command->name; command++) {
        assert_non_null(json_get(schemas, command->name));
    }
    assert_non_null(json_get(json_get(document, "paths"), "/api/waits/{waitId}/approve"));
    arena_done(&arena);
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_has_a_handler_an_access_and_a_doc),
        cmocka_unit_test(commands_are_sorted_by_name),
        cmocka_unit_test(every_argument_has_a_known_type),
        cmocka_unit_test(arguments_are_checked_by_name),
        cmocka_unit_test(a_typo_finds_its_neighbours),
        cmocka_unit_test(the_openapi_document_is_json_with_every_command),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
