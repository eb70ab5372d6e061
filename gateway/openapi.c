/* The OpenAPI 3.1 document. Each command is one schema of /api/commands. */
#include "gateway/openapi.h"

#include "gateway/registry.h"
#include "gateway/router.h"

static const char *schema_type(struct text type)
{
    if (text_equal(type, TEXT("int"))) return "integer";
    if (text_equal(type, TEXT("bool"))) return "boolean";
    if (text_equal(type, TEXT("object"))) return "object";
    if (text_equal(type, TEXT("any"))) return NULL;
    return "string";
}

static void write_arguments(struct json_writer *writer, const struct command *command)
{
    struct text rest = text_from(command->arguments);
    struct registry_argument argument;

    json_put_cstr(writer, "type", "object");
    json_write_key(writer, "properties");
    json_write_object(writer);
    while (registry_next_argument(&rest, &argument)) {
        json_write_key_text(writer, argument.name);
        json_write_object(writer);
        if (schema_type(argument.type)) json_put_cstr(writer, "type", schema_type(argument.type));
        json_write_object_end(writer);
    }
    json_write_object_end(writer);
    json_write_key(writer, "required");
    json_write_array(writer);
    rest = text_from(command->arguments);
    while (registry_next_argument(&rest, &argument)) {
        if (argument.required) json_write_text(writer, argument.name);
    }
    json_write_array_end(writer);
}

static void write_command(struct json_writer *writer, const struct command *command)
{
    json_write_key(writer, command->name);
    json_write_object(writer);
    json_put_cstr(writer, "type", "object");
    json_put_cstr(writer, "description", command->doc);
    json_put_cstr(writer, "x-weir-access", access_name(command->access));
    json_write_key(writer, "properties");
    json_write_object(writer);
    json_write_key(writer, "command");
    json_write_object(writer);
    json_put_cstr(writer, "const", command->name);
    json_write_object_end(writer);
    json_write_key(writer, "args");
    json_write_object(writer);
    write_arguments(writer, command);
    json_write_object_end(writer);
    json_write_object_end(writer);
    json_put_raw(writer, "required", TEXT("[\"command\"]"));
    json_write_object_end(writer);
}

/* "/api/waits/:waitId" is "/api/waits/{waitId}" there. */
static void write_pattern(struct buf *out, struct text pattern)
{
    while (pattern.ptr) {
        struct text segment = text_cut(&pattern, '/');

        if (segment.len > 0 && (segment.ptr[0] == ':' || segment.ptr[0] == '*')) {
            buf_printf(out, "{" TEXT_FMT "}", TEXT_ARG(text_slice(segment, 1, segment.len)));
        } else {
            buf_text(out, segment);
        }
        if (pattern.ptr) buf_char(out, '/');
    }
}

static void write_parameters(struct json_writer *writer, struct text pattern)
{
    json_write_key(writer, "parameters");
    json_write_array(writer);
    while (pattern.ptr) {
        struct text segment = text_cut(&pattern, '/');

        if (segment.len == 0 || (segment.ptr[0] != ':' && segment.ptr[0] != '*')) continue;
        json_write_object(writer);
        json_put_text(writer, "name", text_slice(segment, 1, segment.len));
        json_put_cstr(writer, "in", "path");
        json_put_bool(writer, "required", true);
        json_put_raw(writer, "schema", TEXT("{\"type\":\"string\"}"));
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}

static void write_operation(struct json_writer *writer, const struct route *route)
{
    char method[8] = {0};

    for (size_t i = 0; route->method[i] && i < sizeof method - 1; i++) {
        method[i] = (char)(route->method[i] | 0x20);
    }
    json_write_key(writer, method);
    json_write_object(writer);
    json_put_cstr(writer, "summary", route->doc);
    json_put_cstr(writer, "x-weir-access", access_name(route->access));
    if (route->command) json_put_cstr(writer, "x-weir-command", route->command);
    if (route->access == ACCESS_PUBLIC) json_put_raw(writer, "security", TEXT("[]"));
    write_parameters(writer, text_from(route->pattern));
    if (route->run == registry_post) {
        json_put_raw(writer, "requestBody",
                     TEXT("{\"required\":true,\"content\":{\"application/json\":{\"schema\":"
                          "{\"$ref\":\"#/components/schemas/Command\"}}}}"));
    }
    json_put_raw(writer, "responses",
                 TEXT("{\"default\":{\"description\":\"The envelope.\",\"content\":{"
                      "\"application/json\":{\"schema\":{\"$ref\":"
                      "\"#/components/schemas/Envelope\"}}}}}"));
    json_write_object_end(writer);
}

static bool is_first_of_path(const struct route *route)
{
    for (const struct route *before = router_routes(); before < route; before++) {
        if (text_equal(text_from(before->pattern), text_from(route->pattern))) return false;
    }
    return true;
}

static void write_paths(struct json_writer *writer)
{
    json_write_key(writer, "paths");
    json_write_object(writer);
    for (const struct route *route = router_routes(); route->pattern; route++) {
        struct buf path CLEANUP(buf_done) = {0};

        if (!is_first_of_path(route)) continue;
        write_pattern(&path, text_from(route->pattern));
        json_write_key_text(writer, buf_get(&path));
        json_write_object(writer);
        for (const struct route *same = route; same->pattern; same++) {
            if (text_equal(text_from(same->pattern), text_from(route->pattern))) {
                write_operation(writer, same);
            }
        }
        json_write_object_end(writer);
    }
    json_write_object_end(writer);
}

static void write_components(struct json_writer *writer)
{
    json_write_key(writer, "components");
    json_write_object(writer);
    json_put_raw(writer, "securitySchemes",
                 TEXT("{\"token\":{\"type\":\"http\",\"scheme\":\"bearer\"}}"));
    json_write_key(writer, "schemas");
    json_write_object(writer);
    json_put_raw(writer, "Envelope",
                 TEXT("{\"type\":\"object\",\"required\":[\"ok\",\"meta\"],\"properties\":{"
                      "\"ok\":{\"type\":\"boolean\"},\"workspaceId\":{\"type\":\"string\"},"
                      "\"meta\":{\"type\":\"object\"},\"data\":{\"type\":\"object\"},"
                      "\"error\":{\"type\":\"object\",\"properties\":{\"code\":{\"type\":"
                      "\"string\"},\"message\":{\"type\":\"string\"},\"details\":{\"type\":"
                      "\"object\"}}},\"hint\":{\"type\":\"string\"}}}"));
    json_write_key(writer, "Command");
    json_write_object(writer);
    json_write_key(writer, "oneOf");
    json_write_array(writer);
    for (const struct command *command = registry_commands(); command->name; command++) {
        struct buf ref CLEANUP(buf_done) = {0};

        buf_printf(&ref, "#/components/schemas/%s", command->name);
        json_write_object(writer);
        json_put_text(writer, "$ref", buf_get(&ref));
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
    json_write_object_end(writer);
    for (const struct command *command = registry_commands(); command->name; command++) {
        write_command(writer, command);
    }
    json_write_object_end(writer);
    json_write_object_end(writer);
}

void openapi_write(struct buf *out)
{
    struct json_writer writer;

    json_write_init(&writer, out);
    json_write_object(&writer);
    json_put_cstr(&writer, "openapi", "3.1.0");
    json_put_raw(&writer, "info", TEXT("{\"title\":\"weir\",\"version\":\"" WEIR_VERSION "\"}"));
    json_put_raw(&writer, "security", TEXT("[{\"token\":[]}]"));
    write_paths(&writer);
    write_components(&writer);
    json_write_object_end(&writer);
}

void openapi_get(struct request *request)
{
    openapi_write(&request->answer);
    request_send(request, 200, TEXT("application/json; charset=utf-8"), buf_get(&request->answer));
}
