/* runs.start and flows.run. */
#include "gateway/command_handlers.h"
#include "gateway/envelope.h"
#include "gateway/launch.h"

static bool read_target(const struct json *args, enum flow_target *out, struct error *err)
{
    struct text target = json_get_text(args, "target");

    if (!target.ptr) target = json_get_text(args, "source");
    *out = TARGET_LIVE;
    if (!target.ptr || text_equal(target, TEXT("active"))) return true;
    if (status_target_find(target, out)) return true;
    return error_set(err, E_INVALID_FIELD, "args.target is none of draft and live");
}

void command_runs_start(struct request *request)
{
    struct launch *launch = ARENA_NEW(&request->arena, struct launch);
    const struct json *args = request->args;
    struct error err = {0};
    int64_t number = json_int(json_get(args, "version"), 0);

    launch->wait_ms = json_int(json_get(args, "waitMs"), 0);
    launch->start = (struct start){
        .request = request,
        .name.slug = json_get_text(args, "flowSlug"),
        .name.number = (int)MAX(0, MIN(number, INT32_MAX)),
        .invocation = json_get_text(args, "invocation"),
        .interface_id = json_get_text(args, "triggerId"),
        .input =
            json_get_type(json_get(args, "input")) == JSON_OBJECT ? json_get(args, "input") : NULL,
        .triggered_by = TEXT("api"),
    };
    if (!read_target(args, &launch->start.name.target, &err)) {
        envelope_fail(request, &err);
        return;
    }
    start_set_key(&launch->start, json_get_text(args, "idempotencyKey"));
    launch_begin(launch);
}
