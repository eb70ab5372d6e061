/* Commands: the table, and what every command has in common before its handler runs. */
#include "gateway/registry.h"

#include "base/assert.h"
#include "gateway/command_handlers.h"
#include "gateway/envelope.h"
#include "gateway/repeat.h"
#include "gateway/tenant.h"

#include <string.h>

#define NEAREST_MAX  3
#define DISTANCE_MAX 5
#define ARGUMENT_MAX 64 /* bytes of an argument's name, and the NUL */

static const struct command commands[] = {
#define W COMMAND_WRITE
#define K COMMAND_KEYS
#define S COMMAND_START
#define X(name, handler, access, flags, arguments, doc) \
    {name, handler, access, flags, arguments, doc},
#include "gateway/command.def"
#undef X
#undef W
#undef K
#undef S
    {0},
};

const struct command *registry_commands(void)
{
    return commands;
}

const struct command *registry_find(struct text name)
{
    for (const struct command *command = commands; command->name; command++) {
        if (text_equal(name, text_from(command->name))) return command;
    }
    return NULL;
}

bool registry_next_argument(struct text *rest, struct registry_argument *out)
{
    struct text word = TEXT_NONE;

    do {
        if (!rest->ptr) return false;
        word = text_cut(rest, ' ');
    } while (word.len == 0);
    out->required = text_ends_with(word, TEXT("!"));
    if (out->required) word.len--;
    out->name = text_cut(&word, ':');
    out->type = word;
    return true;
}

static bool has_control(struct text value)
{
    for (size_t i = 0; i < value.len; i++) {
        if ((unsigned char)value.ptr[i] < ' ' && value.ptr[i] != '\n' && value.ptr[i] != '\t') {
            return true;
        }
    }
    return false;
}

static bool check_type(const struct registry_argument *argument, const struct json *node,
                       struct error *err)
{
    enum json_type type = json_get_type(node);
    const char *wanted = NULL;

    if (text_equal(argument->type, TEXT("string")) || text_equal(argument->type, TEXT("text"))) {
        if (type != JSON_STRING) wanted = "a string";
    } else if (text_equal(argument->type, TEXT("int"))) {
        if (type != JSON_INT) wanted = "a whole number";
    } else if (text_equal(argument->type, TEXT("bool"))) {
        if (type != JSON_BOOL) wanted = "true or false";
    } else if (text_equal(argument->type, TEXT("object"))) {
        if (type != JSON_OBJECT) wanted = "an object";
    }
    if (wanted) {
        return error_set(err, E_INVALID_FIELD, "args." TEXT_FMT " must be %s",
                         TEXT_ARG(argument->name), wanted);
    }
    if (text_equal(argument->type, TEXT("string")) && has_control(json_text(node))) {
        return error_set(err, E_INVALID_FIELD, "args." TEXT_FMT " has control characters",
                         TEXT_ARG(argument->name));
    }
    return true;
}

bool registry_check(const struct command *command, const struct json *args, struct error *err)
{
    struct text rest = text_from(command->arguments);
    struct registry_argument argument;

    while (registry_next_argument(&rest, &argument)) {
        char key[ARGUMENT_MAX];

        ASSERT(argument.name.len < sizeof key);
        memcpy(key, argument.name.ptr, argument.name.len);
        key[argument.name.len] = '\0';
        const struct json *node = json_get(args, key);

        if (json_get_type(node) == JSON_ABSENT || json_get_type(node) == JSON_NULL) {
            if (!argument.required) continue;
            error_set(err, E_MISSING_FIELD, "%s needs args." TEXT_FMT, command->name,
                      TEXT_ARG(argument.name));
            return error_hint(err, "Its arguments: %s", command->arguments);
        }
        if (!check_type(&argument, node, err)) return false;
    }
    return true;
}

void registry_nearest(struct json_writer *writer, struct text name)
{
    const struct command *best[NEAREST_MAX] = {0};
    size_t distances[NEAREST_MAX] = {0};

    for (const struct command *command = commands; command->name; command++) {
        size_t distance = text_distance(text_from(command->name), name, DISTANCE_MAX + 1);
        int place = NEAREST_MAX;

        if (distance > DISTANCE_MAX) continue;
        while (place > 0 && (!best[place - 1] || distance < distances[place - 1])) {
            place--;
        }
        if (place == NEAREST_MAX) continue;
        for (int i = NEAREST_MAX - 1; i > place; i--) {
            best[i] = best[i - 1];
            distances[i] = distances[i - 1];
        }
        best[place] = command;
        distances[place] = distance;
    }
    json_write_array(writer);
    for (int i = 0; i < NEAREST_MAX && best[i]; i++) {
        json_write_cstr(writer, best[i]->name);
    }
    json_write_array_end(writer);
}

static void run_with_keys(struct request *request)
{
    request->command->run(request);
}

static void run_checked(struct request *request)
{
    if (request->command->flags & COMMAND_KEYS) {
        tenant_load(request, request->workspace_name, run_with_keys);
    } else {
        request->command->run(request);
    }
}

void registry_run(struct request *request, const struct command *command, const struct json *args)
{
    struct error err = {0};

    request->command = command;
    request->args = args;
    if (!access_allows(request->role, command->access)) {
        error_set(&err, E_FORBIDDEN, "the role " TEXT_FMT " may not call %s",
                  TEXT_ARG(request->role), command->name);
        error_hint(&err, "It takes one of these roles: %s.", access_roles(command->access));
        envelope_fail(request, &err);
        return;
    }
    bool takes_id = command->flags & (COMMAND_WRITE | COMMAND_START);

    if (!registry_check(command, args, &err) ||
        (takes_id && !repeat_read_id(request, text_from(command->name), &err))) {
        envelope_fail(request, &err);
        return;
    }
    if (!takes_id || request->has_operation) request->again = run_checked;
    run_checked(request);
}

static void refuse_unknown(struct request *request, struct text name)
{
    struct error err = {0};
    struct json_writer *writer = envelope_details(request);

    json_put_text(writer, "command", text_slice(name, 0, 100));
    json_write_key(writer, "nearest");
    registry_nearest(writer, text_slice(name, 0, 100));
    error_set(&err, E_UNKNOWN_COMMAND, "there is no command " TEXT_FMT,
              TEXT_ARG(text_slice(name, 0, 100)));
    envelope_fail(request, &err);
}

void registry_post(struct request *request)
{
    struct error err = {0};
    const struct json *body = json_read(&request->arena, request->body, &err);
    struct text name = json_get_text(body, "command");
    const struct json *args = json_get(body, "args");

    if (!body) {
        envelope_fail(request, &err);
        return;
    }
    if (json_get_type(body) != JSON_OBJECT || !name.ptr) {
        error_set(&err, E_BAD_REQUEST, "the body must be {\"command\": \"…\", \"args\": {…}}");
        envelope_fail(request, &err);
        return;
    }
    if (args && json_get_type(args) != JSON_OBJECT && json_get_type(args) != JSON_NULL) {
        error_set(&err, E_INVALID_FIELD, "args must be an object");
        envelope_fail(request, &err);
        return;
    }
    const struct command *command = registry_find(name);

    if (!command) {
        refuse_unknown(request, name);
        return;
    }
    registry_run(request, command, json_get_type(args) == JSON_OBJECT ? args : NULL);
}
