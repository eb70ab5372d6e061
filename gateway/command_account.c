/* me, triggers.list, usage.get. */
#include "base/clock.h"
#include "billing/usage.h"
#include "gateway/command_handlers.h"
#include "gateway/envelope.h"
#include "gateway/gateway_private.h"
#include "storage/endpoint.h"
#include "storage/schedule_record.h"

struct account_job {
    struct request *request;
    struct endpoint_list endpoints;
    struct schedule_list schedules;
    struct usage_month usage;
};

static struct account_job *new_job(struct request *request)
{
    struct account_job *job = ARENA_NEW(&request->arena, struct account_job);

    job->request = request;
    return job;
}

/* me */

void command_me(struct request *request)
{
    struct json_writer *writer = envelope_begin(request);

    json_put_text(writer, "principal", request->principal);
    json_put_text(writer, "kind", request->token_kind);
    json_put_text(writer, "role", request->role);
    json_put_text(writer, "workspaceId", request->workspace_name);
    json_write_key(writer, "may");
    json_write_array(writer);
    for (enum access access = ACCESS_READ; access < ACCESS_COUNT; access++) {
        if (access_allows(request->role, access)) json_write_cstr(writer, access_name(access));
    }
    json_write_array_end(writer);
    envelope_ok(request);
}

/* triggers.list: endpoints, then schedules */

static void write_endpoint(struct request *request, struct json_writer *writer,
                           const struct endpoint *endpoint)
{
    const char *base = request->gateway->config.base_url;
    bool webhook = endpoint->kind == ENDPOINT_WEBHOOK;
    bool live = endpoint->target == TARGET_LIVE;
    struct text url;

    if (!webhook) {
        url = arena_printf(&request->arena, "%s/api/flows/" TEXT_FMT "/interfaces/%s/" TEXT_FMT,
                           base, TEXT_ARG(endpoint->slug), status_target(endpoint->target),
                           TEXT_ARG(endpoint->interface_id));
    } else if (live) {
        url = arena_printf(&request->arena, "%s/" TEXT_FMT "/events/" TEXT_FMT, base,
                           TEXT_ARG(request->workspace_name), TEXT_ARG(endpoint->path));
    } else {
        url = arena_printf(&request->arena, "%s/api/events/draft/" TEXT_FMT, base,
                           TEXT_ARG(endpoint->path));
    }
    json_write_object(writer);
    json_put_cstr(writer, "type", webhook ? "webhook" : "http");
    json_put_text(writer, "flowSlug", endpoint->slug);
    json_put_cstr(writer, "target", status_target(endpoint->target));
    json_put_text(writer, "id", endpoint->interface_id);
    json_put_text(writer, "path", endpoint->path);
    json_put_text(writer, "url", url);
    json_put_text(writer, "auth", endpoint->auth_type);
    if (endpoint->secret_name.len > 0) json_put_text(writer, "secretRef", endpoint->secret_name);
    if (endpoint->invocation.len > 0) json_put_text(writer, "invocation", endpoint->invocation);
    json_put_bool(writer, "enabled", endpoint->enabled);
    json_write_object_end(writer);
}

static void write_schedule(struct json_writer *writer, const struct schedule *schedule)
{
    json_write_object(writer);
    json_put_cstr(writer, "type", "schedule");
    json_put_text(writer, "flowSlug", schedule->slug);
    json_put_cstr(writer, "target", status_target(schedule->target));
    json_put_text(writer, "id", schedule->id);
    json_put_text(writer, "cron", schedule->cron);
    json_put_text(writer, "timezone", schedule->timezone);
    json_put_cstr(writer, "catchUp", status_catch_up((int)schedule->catch_up));
    if (schedule->invocation.len > 0) json_put_text(writer, "invocation", schedule->invocation);
    json_put_time(writer, "nextAt", schedule->next_ms);
    json_put_time(writer, "lastAt", schedule->last_ms);
    json_put_bool(writer, "enabled", schedule->enabled);
    json_write_object_end(writer);
}

static void on_schedules(struct storage_call *call, const struct error *err)
{
    struct account_job *job = CONTAINER_OF(call, struct account_job, schedules.call);
    struct request *request = job->request;

    if (err) {
        envelope_fail(request, err);
        return;
    }
    struct json_writer *writer = envelope_begin(request);

    json_write_key(writer, "triggers");
    json_write_array(writer);
    for (size_t i = 0; i < job->endpoints.count; i++) {
        write_endpoint(request, writer, &job->endpoints.endpoints[i]);
    }
    for (size_t i = 0; i < job->schedules.count; i++) {
        write_schedule(writer, &job->schedules.schedules[i]);
    }
    json_write_array_end(writer);
    envelope_list(request, TEXT_NONE);
    envelope_ok(request);
}

static void on_endpoints(struct storage_call *call, const struct error *err)
{
    struct account_job *job = CONTAINER_OF(call, struct account_job, endpoints.call);

    if (err) {
        envelope_fail(job->request, err);
        return;
    }
    job->schedules = (struct schedule_list){.call = request_read(job->request, on_schedules),
                                            .slug = job->endpoints.slug};
    schedule_record_list_start(&job->schedules);
}

void command_triggers_list(struct request *request)
{
    struct account_job *job = new_job(request);

    job->endpoints = (struct endpoint_list){.call = request_read(request, on_endpoints),
                                            .slug = json_get_text(request->args, "flowSlug")};
    endpoint_list_start(&job->endpoints);
}

/* usage.get */

static void on_usage(struct usage_month *usage, const struct error *err)
{
    struct account_job *job = CONTAINER_OF(usage, struct account_job, usage);
    struct request *request = job->request;
    struct text slug = json_get_text(request->args, "flowSlug");
    int64_t total = 0;

    if (err) {
        envelope_fail(request, err);
        return;
    }
    struct json_writer *writer = envelope_begin(request);

    json_put_text(
        writer, "month",
        arena_printf(&request->arena, "%04d-%02d", usage->ledger.year, usage->ledger.month));
    json_write_key(writer, "rows");
    json_write_array(writer);
    for (size_t i = 0; i < usage->ledger.count; i++) {
        const struct ledger_line *line = &usage->ledger.lines[i];

        if (slug.ptr && !text_equal(slug, line->slug)) continue;
        json_write_object(writer);
        json_put_text(writer, "flowSlug", line->slug);
        json_put_text(writer, "stepType", line->step_type);
        json_put_cstr(writer, "target", line->draft ? "draft" : "live");
        json_put_int(writer, "executions", line->executions);
        json_write_object_end(writer);
        total += line->executions;
    }
    json_write_array_end(writer);
    json_put_int(writer, "total", total);
    envelope_ok(request);
}

/* This month, as "2026-11". */
static struct text present_month(struct arena *arena)
{
    struct buf iso CLEANUP(buf_done) = {0};

    clock_format_iso(&iso, clock_wall_ms());
    return arena_text(arena, text_slice(buf_get(&iso), 0, 7));
}

void command_usage_get(struct request *request)
{
    struct account_job *job = new_job(request);
    struct text month = json_get_text(request->args, "month");
    struct error err = {0};

    if (!month.ptr) month = present_month(&request->arena);
    job->usage =
        (struct usage_month){.ledger.call = request_read(request, NULL), .on_done = on_usage};
    if (!usage_parse_month(month, &job->usage.ledger.year, &job->usage.ledger.month, &err)) {
        envelope_fail(request, &err);
        return;
    }
    usage_month_start(&job->usage);
}
