/* Routes. Patterns are matched segment by segment against the raw path, so that an encoded slash
 * stays within its segment. */
#include "gateway/router.h"

#include "base/assert.h"
#include "base/limits.h"
#include "base/parse.h"
#include "gateway/approval.h"
#include "gateway/auth.h"
#include "gateway/callback.h"
#include "gateway/envelope.h"
#include "gateway/health.h"
#include "gateway/interface.h"
#include "gateway/openapi.h"
#include "gateway/registry.h"
#include "gateway/webhook.h"

static const struct route routes[] = {
#define X(method, pattern, access, limit, handler, command, doc) \
    {method, pattern, access, limit, handler, command, doc},
#include "gateway/route.def"
#undef X
    {0},
};

const struct route *router_routes(void)
{
    return routes;
}

/* One segment of a pattern against one of the path. */
static bool match_segment(struct arena *arena, struct text pattern, struct text segment,
                          struct request_param *params, int *count)
{
    if (pattern.len == 0 || pattern.ptr[0] != ':') return text_equal(pattern, segment);
    struct text value = request_decode(arena, segment, false);

    if (!value.ptr || value.len == 0) return false;
    ASSERT(*count < REQUEST_PARAMS_MAX);
    params[(*count)++] = (struct request_param){
        .name = arena_cstr(arena, text_slice(pattern, 1, pattern.len)), .value = value};
    return true;
}

static bool match(struct arena *arena, const char *pattern_source, struct text path,
                  struct request_param *params, int *count)
{
    struct text pattern = text_from(pattern_source);

    *count = 0;
    while (pattern.ptr) {
        struct text wanted = text_cut(&pattern, '/');

        if (!path.ptr) return false;
        if (wanted.len > 0 && wanted.ptr[0] == '*') {
            struct text value = request_decode(arena, path, false);

            if (!value.ptr || value.len == 0) return false;
            ASSERT(*count < REQUEST_PARAMS_MAX);
            params[(*count)++] = (struct request_param){.name = wanted.ptr + 1, .value = value};
            return true;
        }
        if (!match_segment(arena, wanted, text_cut(&path, '/'), params, count)) return false;
    }
    return !path.ptr;
}

enum router_match router_find(struct arena *arena, struct text method, struct text path,
                              const struct route **out, struct request_param *params,
                              int *param_count)
{
    enum router_match result = ROUTER_NO_PATH;

    for (const struct route *route = routes; route->pattern; route++) {
        if (!match(arena, route->pattern, path, params, param_count)) continue;
        if (text_equal(method, text_from(route->method))) {
            *out = route;
            return ROUTER_FOUND;
        }
        result = ROUTER_OTHER_METHOD;
    }
    *param_count = 0;
    return result;
}

/* A parameter of pattern or query as the command's table says: text that is a number or a flag. */
static void put_argument(struct json_writer *writer, const struct registry_argument *argument,
                         const char *key, struct text value)
{
    int64_t number;

    if (text_equal(argument->type, TEXT("int")) && parse_int64(value, &number)) {
        json_put_int(writer, key, number);
    } else if (text_equal(argument->type, TEXT("bool")) &&
               (text_equal(value, TEXT("true")) || text_equal(value, TEXT("1")))) {
        json_put_bool(writer, key, true);
    } else if (text_equal(argument->type, TEXT("bool")) &&
               (text_equal(value, TEXT("false")) || text_equal(value, TEXT("0")))) {
        json_put_bool(writer, key, false);
    } else {
        json_put_text(writer, key, value);
    }
}

/* The arguments of a command that came by a route: pattern first, then query, then the body. */
static const struct json *route_arguments(struct request *request, const struct command *command,
                                          struct error *err)
{
    struct text rest = text_from(command->arguments);
    struct registry_argument argument;
    struct buf args CLEANUP(buf_done) = {0};
    struct json_writer writer;
    const struct json *body = NULL;

    if (request->body.len > 0) {
        body = json_read(&request->arena, request->body, err);
        if (!body) return NULL;
        if (json_get_type(body) != JSON_OBJECT) {
            error_set(err, E_BAD_REQUEST, "the body must be a JSON object");
            return NULL;
        }
    }
    json_write_init(&writer, &args);
    json_write_object(&writer);
    while (registry_next_argument(&rest, &argument)) {
        const char *key = arena_cstr(&request->arena, argument.name);
        struct text value = request_param(request, key);
        const struct json *node = json_get(body, key);

        if (!value.ptr) value = request_query(request, key);
        if (value.ptr) {
            put_argument(&writer, &argument, key, value);
        } else if (node) {
            json_write_key(&writer, key);
            json_write_node(&writer, node);
        }
    }
    json_write_object_end(&writer);
    return json_read(&request->arena, buf_get(&args), err);
}

static void run_command(struct request *request)
{
    const struct command *command = registry_find(text_from(request->route->command));
    struct error err = {0};

    ASSERT(command);
    const struct json *args = route_arguments(request, command, &err);

    if (!args) {
        envelope_fail(request, &err);
        return;
    }
    registry_run(request, command, args);
}

static void go_on(struct request *request)
{
    const struct route *route = request->route;
    struct error err = {0};

    request->again = NULL;
    if (!route->run) {
        run_command(request);
        return;
    }
    if (!access_allows(request->role, route->access)) {
        error_set(&err, E_FORBIDDEN, "the role " TEXT_FMT " may not do this",
                  TEXT_ARG(request->role));
        error_hint(&err, "It takes one of these roles: %s.", access_roles(route->access));
        envelope_fail(request, &err);
        return;
    }
    route->run(request);
}

static bool find(struct request *request, struct error *err)
{
    switch (router_find(&request->arena, request->method, request->path, &request->route,
                        request->params, &request->param_count)) {
    case ROUTER_FOUND: break;
    case ROUTER_OTHER_METHOD:
        return error_set(err, E_METHOD, TEXT_FMT " is not a method of this path",
                         TEXT_ARG(text_slice(request->method, 0, 20)));
    case ROUTER_NO_PATH: return error_set(err, E_NO_ROUTE, "there is nothing at this path");
    }
    if (request->body.len > request->route->body_limit) {
        return error_set(err, E_TOO_LARGE, "the body is over %zu bytes",
                         request->route->body_limit);
    }
    return true;
}

static void authenticate(struct request *request)
{
    auth_check(request, go_on);
}

void router_run(struct request *request, const struct error *head_error)
{
    struct error err = {0};

    if (head_error) {
        envelope_fail(request, head_error);
        return;
    }
    if (!find(request, &err)) {
        envelope_fail(request, &err);
        return;
    }
    if (request->route->access == ACCESS_PUBLIC) {
        request->route->run(request);
        return;
    }
    request->again = authenticate;
    authenticate(request);
}
