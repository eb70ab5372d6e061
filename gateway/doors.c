/* Doors. */
#include "gateway/doors.h"

#include "base/cron.h"
#include "base/limits.h"
#include "base/zone.h"
#include "flow/codec.h"
#include "flow/coerce.h"
#include "gateway/policy.h"

#include <string.h>

static void read_endpoints(struct arena *arena, const struct definition *definition,
                           struct doors *out)
{
    out->endpoints = ARENA_ARRAY(arena, definition->interface_count + 1, struct endpoint);
    for (uint32_t i = 0; i < definition->interface_count; i++) {
        const struct definition_interface *interface = &definition->interfaces[i];
        bool webhook = interface->kind == INTERFACE_WEBHOOK;

        if (!webhook && interface->kind != INTERFACE_HTTP) continue;
        out->endpoints[out->endpoint_count++] = (struct endpoint){
            .kind = webhook ? ENDPOINT_WEBHOOK : ENDPOINT_HTTP,
            .path = webhook ? interface->path
                            : arena_printf(arena, TEXT_FMT "/" TEXT_FMT, TEXT_ARG(definition->slug),
                                           TEXT_ARG(interface->id)),
            .interface_id = interface->id,
            .invocation = interface->invocation.ptr ? interface->invocation : TEXT(""),
            .auth_type = webhook ? interface->auth.type : TEXT("none"),
            .secret_name = interface->auth.secret_ref,
            .auth_header = interface->auth.header,
            .auth_query = interface->auth.query,
            .auth_prefix = interface->auth.prefix,
            .respond_ack = interface->respond_ack,
            .enabled = interface->enabled,
        };
    }
}

/* The schedule's own input, checked like that of any other start, and what follows from it. */
static bool read_input(struct arena *arena, const struct definition *definition,
                       const struct definition_schedule *schedule, struct schedule *out,
                       struct error *err)
{
    const struct definition_invocation *invocation = NULL;
    struct buf given CLEANUP(buf_done) = {0};
    struct buf coerced CLEANUP(buf_done) = {0};
    struct buf encoded CLEANUP(buf_done) = {.limit = LIMIT_RUN_INPUT};
    const struct json *tree = NULL;
    struct policy policy;

    if (schedule->invocation.ptr && schedule->invocation.len > 0) {
        invocation = definition_find_invocation(definition, schedule->invocation);
    }
    if (schedule->input) {
        if (!coerce_form(schedule->input, &given, err)) return false;
        tree = json_read(arena, buf_get(&given), err);
        if (!tree) return false;
    }
    if (!coerce_input(invocation, tree, &coerced, err)) return false;
    if (!codec_from_json(buf_get(&coerced), false, &encoded, err)) return false;
    if (encoded.overflow) {
        return error_set(err, E_TOO_LARGE, "the input is over %d bytes", LIMIT_RUN_INPUT);
    }
    const struct json *input = json_read(arena, buf_get(&coerced), err);

    if (!input || !policy_read(arena, definition, input, &policy, err)) return false;
    out->input = arena_text(arena, buf_get(&encoded));
    out->key = policy.key;
    out->limit = policy.limit;
    out->priority = policy.priority;
    out->on_new_version = policy.on_new_version;
    out->on_conflict = policy.on_conflict;
    return true;
}

static bool read_schedule(struct arena *arena, const struct definition *definition,
                          const struct definition_schedule *schedule, int64_t now_ms,
                          struct schedule *out, struct error *err)
{
    struct cron cron;
    struct error problem = {0};
    int catch_up = CATCH_UP_LATEST;

    *out = (struct schedule){
        .id = schedule->id,
        .cron = schedule->cron,
        .timezone = schedule->timezone,
        .invocation = schedule->invocation.ptr ? schedule->invocation : TEXT(""),
        .enabled = schedule->enabled,
    };
    if (status_catch_up_find(schedule->catch_up, &catch_up)) {
        out->catch_up = (enum schedule_catch_up)catch_up;
    }
    if (!read_input(arena, definition, schedule, out, &problem)) {
        error_set(err, problem.code, "schedule " TEXT_FMT ": %s", TEXT_ARG(schedule->id),
                  problem.message);
        return error_hint(err, "Write what is missing into the schedule's :input.");
    }
    struct zone *zone = zone_load(schedule->timezone, err);

    if (!zone) return false;
    bool ok = cron_parse(schedule->cron, &cron, err);
    int64_t next_ms = ok && schedule->enabled ? cron_next(&cron, zone, now_ms) : -1;

    out->next_ms = next_ms > 0 ? next_ms : 0;
    zone_free(zone);
    return ok;
}

static bool check_text(struct text value, const char *what, struct error *err)
{
    if (value.len == 0 || !memchr(value.ptr, 0, value.len)) return true;
    return error_set(err, E_INVALID_FIELD, "%s has a NUL character", what);
}

static bool check_texts(const struct definition *definition, const struct doors *doors,
                        struct error *err)
{
    if (!check_text(definition->name, "the flow's :name", err)) return false;
    if (!check_text(definition->description, "the flow's :description", err)) return false;
    for (size_t i = 0; i < doors->endpoint_count; i++) {
        const struct endpoint *endpoint = &doors->endpoints[i];

        if (!check_text(endpoint->path, "an interface's :path", err) ||
            !check_text(endpoint->secret_name, "a :secret-ref", err) ||
            !check_text(endpoint->auth_header, "a webhook's :header", err) ||
            !check_text(endpoint->auth_query, "a webhook's :query", err) ||
            !check_text(endpoint->auth_prefix, "a webhook's :prefix", err)) {
            return false;
        }
    }
    return true;
}

bool doors_read(struct arena *arena, const struct definition *definition, int64_t now_ms,
                struct doors *out, struct error *err)
{
    *out = (struct doors){0};
    read_endpoints(arena, definition, out);
    if (!check_texts(definition, out, err)) return false;
    out->schedules = ARENA_ARRAY(arena, definition->schedule_count + 1, struct schedule);
    for (uint32_t i = 0; i < definition->schedule_count; i++) {
        if (!read_schedule(arena, definition, &definition->schedules[i], now_ms,
                           &out->schedules[out->schedule_count], err)) {
            return false;
        }
        out->schedule_count++;
    }
    return true;
}
