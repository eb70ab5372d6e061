/*
 * :wait parks the run until somebody or something outside answers (LANGUAGE section 10).
 *
 *     {:approval {:title :params :actions :fields …}}  a person decides → {:action :note :by :at
 * :values}
 *     {:event {:name "x" :key …}}                      a named event → its payload
 *     {:duration "5m"} (or :seconds, :millis)          a timer → nil
 *     anything else                                    a callback → what was posted, keyword keys
 *
 * What is shown to people and systems ("asked") is the config without what only the run needs.
 */
#include "base/crypto.h"
#include "base/limits.h"
#include "executor/step.h"
#include "executor/step_config.h"
#include "flow/codec.h"
#include "flow/input_rules.h"
#include "flow/inst.h"
#include "flow/keyword.h"
#include "flow/pmap.h"
#include "flow/seq.h"
#include "flow/string.h"

#include <string.h>

#define TIMEOUT_DEFAULT_MS 86400000LL
#define EVENT_TEXT_MAX     512 /* bytes of an event's name, and of its key: both are indexed */

static const char *const on_timeouts[] = {"fail", "continue", NULL};
/* Options of the language that this server does not run. */
static const char *const refused[] = {"notify", "webhook", "roles", "validation", "context"};
static const char *const refused_of_approvals[] = {"roles", "expires"};
/* What only the run needs. */
static const char *const private_keys[] = {"default-value", "on-timeout", "timeout",
                                           "retry",         "on-error",   "effects"};

static enum wait_mode mode_of(struct value config, bool pauses)
{
    if (step_config_has(config, "approval")) return WAIT_APPROVAL;
    if (step_config_has(config, "event")) return WAIT_EVENT;
    return pauses ? WAIT_TIMER : WAIT_CALLBACK;
}

/* The value at a path of keys in the run's input. */
static bool at_path(struct step *step, struct value path, struct value *out, struct error *err)
{
    struct seq_iter iter;
    struct value key, value;

    if (!codec_decode_input(&step->heap, step->run->input, &value, err)) return false;
    seq_iter_init(&iter, path);
    while (seq_iter_next(&iter, &step->heap, &key)) {
        value = value.type == VALUE_MAP ? pmap_get(value, key, value_nil()) : value_nil();
    }
    *out = value;
    return true;
}

static bool check_event_text(struct text value, const char *what, struct error *err)
{
    if (value.len > EVENT_TEXT_MAX) {
        return error_set(err, E_LIMIT, "the %s of an event has at most %d bytes", what,
                         EVENT_TEXT_MAX);
    }
    if (value.len == 0 || !memchr(value.ptr, 0, value.len)) return true;
    return error_set(err, E_INPUT, "the %s of an event has no NUL character", what);
}

/* :key is a text, or {:path [:id]}: what stands there in the run's input. */
static bool plan_event(struct step *step, struct step_wait_plan *out, struct error *err)
{
    struct value event = step_config_get(step->config, "event");
    struct value key = step_config_get(event, "key");
    struct value path = step_config_get(key, "path");

    if (event.type != VALUE_MAP) {
        error_set(err, E_INPUT, ":event is a %s; expected a map", value_type_name(event));
        return error_hint(err, "Use {:name \"orders.paid\" :key order-id}.");
    }
    if (!step_config_text(&step->arena, event, "name", &out->event_name, err)) return false;
    if (out->event_name.len == 0) return error_set(err, E_INPUT, ":event has no :name");
    if (!value_is_nil(path)) {
        if (!seq_is_sequential(path)) {
            return error_set(err, E_INPUT, ":path of the event's :key is no vector");
        }
        if (!at_path(step, path, &key, err)) return false;
    }
    if (!step_config_show(&step->arena, key, &out->event_key)) {
        return error_set(err, E_INPUT, "the event's :key is a %s; expected a text",
                         value_type_name(key));
    }
    return check_event_text(out->event_name, "name", err) &&
           check_event_text(out->event_key, "key", err);
}

/* What would make it stricter than this server is may not be passed over; the lint says so where it
 * can see it. */
static bool check_approval(struct value approval, struct error *err)
{
    int64_t approvers;

    if (approval.type != VALUE_MAP) {
        error_set(err, E_INPUT, ":approval is a %s; expected a map", value_type_name(approval));
        return error_hint(err, "Use {:title \"Ship it?\" :params {…}}.");
    }
    for (size_t i = 0; i < ARRAY_COUNT(refused_of_approvals); i++) {
        if (!step_config_has(approval, refused_of_approvals[i])) continue;
        return error_set(err, E_NOT_SUPPORTED, "this server does not run :%s of an approval",
                         refused_of_approvals[i]);
    }
    if (!step_config_int(approval, "approvers", 1, INT64_MAX, 1, &approvers, err)) return false;
    if (approvers == 1) return true;
    error_set(err, E_NOT_SUPPORTED, "this server runs approvals by one reviewer");
    return error_hint(err, "Put one :wait step behind the other, one for each reviewer.");
}

/* A field that nobody can fill in would make an approval that nobody can give. */
static bool check_form(struct step *step, struct text asked, struct error *err)
{
    struct buf json CLEANUP(buf_done) = {0};

    if (!codec_to_json(asked, &json, err)) return false;
    const struct json *tree = json_read(&step->arena, buf_get(&json), err);

    return tree && input_rules_form(json_get(json_get(tree, "approval"), "fields"), err);
}

/* Bound to what is approved: the release, the step, its arguments. */
static void seal_approval(struct step *step, struct step_wait_plan *out)
{
    struct buf all = {0};

    buf_append(&all, &step->run->version, sizeof(step->run->version));
    buf_text(&all, step->address);
    buf_char(&all, '\0');
    buf_text(&all, step->config_bytes);
    crypto_sha256(buf_get(&all), out->digest);
    out->has_digest = true;
    buf_done(&all);
}

static bool plan(struct step *step, struct step_wait_plan *out, struct error *err)
{
    struct value asked = step->config;
    int64_t pause_ms, timeout_ms;
    int on_timeout, pauses;

    for (size_t i = 0; i < ARRAY_COUNT(refused); i++) {
        if (!step_config_has(step->config, refused[i])) continue;
        return error_set(err, E_NOT_SUPPORTED, "this server does not run :%s of a wait",
                         refused[i]);
    }
    if (!step_config_pause(asked, LIMIT_WAIT_TIMEOUT_MS, &pause_ms, &pauses, err) ||
        !step_config_duration(asked, "timeout", LIMIT_WAIT_TIMEOUT_MS, TIMEOUT_DEFAULT_MS,
                              &timeout_ms, err) ||
        !step_config_choice(step->config, "on-timeout", on_timeouts, 0, &on_timeout, err)) {
        return false;
    }
    *out = (struct step_wait_plan){.mode = mode_of(asked, pauses > 0), .timeout_ms = timeout_ms};
    if (out->mode == WAIT_TIMER) out->timeout_ms = pause_ms;
    if (out->mode == WAIT_EVENT && !plan_event(step, out, err)) return false;
    if (out->mode == WAIT_APPROVAL) {
        if (!check_approval(step_config_get(asked, "approval"), err)) return false;
        seal_approval(step, out);
    }
    if (asked.type != VALUE_MAP) asked = pmap_empty();
    for (size_t i = 0; i < ARRAY_COUNT(private_keys); i++) {
        asked = pmap_dissoc(&step->heap, asked, keyword_from_cstr(&step->heap, private_keys[i]));
    }
    return step_encode(step, asked, &out->asked, err) &&
           (out->mode != WAIT_APPROVAL || check_form(step, out->asked, err));
}

/* What was posted, with keyword keys, whatever the door stored it with. */
static bool decode_answer(struct step *step, struct text encoded, struct value *out,
                          struct error *err)
{
    struct buf json = {0};

    *out = value_nil();
    if (!encoded.ptr) return true;
    bool ok = codec_to_json(encoded, &json, err) &&
              codec_value_from_json(&step->heap, buf_get(&json), true, out, err);

    buf_done(&json);
    return ok;
}

static bool settle_approval(struct step *step, const struct wait_record *wait, struct error *err)
{
    struct heap *heap = &step->heap;
    struct value result;

    if (!decode_answer(step, wait->resolution, &result, err)) return false;
    if (result.type != VALUE_MAP) result = pmap_empty();
    if (wait->action.ptr) {
        result = pmap_put_named(heap, result, "action", keyword_new(heap, TEXT_NONE, wait->action));
    }
    if (wait->resolved_by.ptr) {
        result = pmap_put_named(heap, result, "by", string_from_utf8(heap, wait->resolved_by));
    }
    result = pmap_put_named(heap, result, "at", inst_new(heap, wait->resolved_ms));
    return step_result(step, result, err);
}

static bool settle_timeout(struct step *step, struct error *err)
{
    int on_timeout;
    bool has_default = step->config.type == VALUE_MAP &&
                       pmap_contains(step->config, keyword_from_cstr(&step->heap, "default-value"));

    if (!step_config_choice(step->config, "on-timeout", on_timeouts, has_default, &on_timeout,
                            err)) {
        return false;
    }
    if (on_timeout == 1) {
        return step_result(step, step_config_get(step->config, "default-value"), err);
    }
    error_set(err, E_TIMEOUT, "nothing answered the wait " TEXT_FMT " in time",
              TEXT_ARG(step->step_id));
    return error_hint(err, "Raise :timeout, or go on with :on-timeout :continue :default-value.");
}

static bool settle(struct step *step, const struct wait_record *wait, struct error *err)
{
    struct value answer;

    if (wait->status == WAIT_TIMED_OUT) return settle_timeout(step, err);
    if (wait->status == WAIT_CANCELLED) {
        return error_set(err, E_CANCELLED, "the wait " TEXT_FMT " was cancelled",
                         TEXT_ARG(step->step_id));
    }
    switch (wait->mode) {
    case WAIT_TIMER: return step_result(step, value_nil(), err);
    case WAIT_APPROVAL: return settle_approval(step, wait, err);
    default:
        return decode_answer(step, wait->resolution, &answer, err) &&
               step_result(step, answer, err);
    }
}

const struct step_type step_wait_type = {.name = "wait", .plan = plan, .settle = settle};
