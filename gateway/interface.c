/* POST /api/flows/:flowSlug/interfaces/:target/:interfaceId  {"input": {}, "waitMs": n} */
#include "gateway/interface.h"

#include "gateway/envelope.h"
#include "gateway/launch.h"
#include "gateway/repeat.h"

static bool read_interface_body(struct request *request, const struct json **out,
                                int64_t *out_wait_ms, struct error *err)
{
    *out = NULL;
    *out_wait_ms = 0;
    if (request->body.len == 0) return true;
    const struct json *body = json_read(&request->arena, request->body, err);

    if (!body) return false;
    if (json_get_type(body) != JSON_OBJECT) {
        return error_set(err, E_BAD_REQUEST, "the body must be {\"input\": {…}}");
    }
    *out_wait_ms = json_int(json_get(body, "waitMs"), 0);
    *out = json_get(body, "input");
    if (!*out || json_get_type(*out) == JSON_OBJECT) return true;
    return error_set(err, E_INPUT, "a run's input must be an object");
}

void interface_post(struct request *request)
{
    struct launch *launch = ARENA_NEW(&request->arena, struct launch);
    struct text idempotency = request_header(request, "idempotency-key");
    struct error err = {0};

    launch->start = (struct start){
        .request = request,
        .name.slug = request_param(request, "flowSlug"),
        .interface_id = request_param(request, "interfaceId"),
    };
    launch->start.triggered_by =
        arena_printf(&request->arena, "interface:" TEXT_FMT, TEXT_ARG(launch->start.interface_id));
    if (!status_target_find(request_param(request, "target"), &launch->start.name.target)) {
        error_set(&err, E_NOT_FOUND, "a flow's target is draft or live");
        envelope_fail(request, &err);
        return;
    }
    if (!read_interface_body(request, &launch->start.input, &launch->wait_ms, &err) ||
        !repeat_read_id(request, TEXT("interface"), &err)) {
        envelope_fail(request, &err);
        return;
    }
    if (idempotency.ptr && !text_is_utf8(idempotency, NULL)) idempotency = TEXT_NONE;
    start_set_key(&launch->start, idempotency);
    launch_begin(launch);
}
