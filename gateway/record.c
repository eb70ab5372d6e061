/* Records. */
#include "gateway/record.h"

#include "base/crypto.h"
#include "flow/codec.h"
#include "gateway/gateway_private.h"
#include "gateway/workflow_id.h"

#define PREVIEW 200

void record_payload(struct json_writer *writer, const char *key, struct text encoded)
{
    struct buf json CLEANUP(buf_done) = {0};
    struct error err = {0};

    json_write_key(writer, key);
    if (!encoded.ptr) {
        json_write_null(writer);
    } else if (codec_to_json(encoded, &json, &err)) {
        json_write_raw(writer, buf_get(&json));
    } else { // a value that JSON cannot show is there all the same
        json_write_object(writer);
        json_put_cstr(writer, "type", "omitted");
        json_put_cstr(writer, "reason", err.message);
        json_write_object_end(writer);
    }
}

void record_preview(struct json_writer *writer, const char *key, struct text encoded,
                    size_t max_len)
{
    struct buf json CLEANUP(buf_done) = {0};

    if (!encoded.ptr) return;
    codec_preview_json(encoded, max_len, &json);
    if (json.len > 0) json_put_raw(writer, key, buf_get(&json));
}

const struct json *record_decode(struct arena *arena, struct text encoded)
{
    struct buf json CLEANUP(buf_done) = {0};
    struct error ignored = {0};

    if (!encoded.ptr || !codec_to_json(encoded, &json, &ignored)) return NULL;
    return json_read(arena, buf_get(&json), &ignored);
}

static void put_if(struct json_writer *writer, const char *key, struct text value)
{
    if (value.ptr && value.len > 0) json_put_text(writer, key, value);
}

static void put_time_if(struct json_writer *writer, const char *key, int64_t wall_ms)
{
    if (wall_ms > 0) json_put_time(writer, key, wall_ms);
}

static void put_run_if(struct request *request, struct json_writer *writer, const char *key,
                       struct text slug, int64_t number)
{
    if (number == 0) return;
    json_put_text(writer, key,
                  workflow_id_format(&request->arena, slug, request->workspace_name, number));
}

/* Who called the run, and the chain of restarts that it is in. */
static void put_relatives(struct request *request, struct json_writer *writer,
                          const struct run_record *run)
{
    put_run_if(request, writer, "parentWorkflowId", run->parent_slug, run->parent_number);
    put_if(writer, "parentAddress", run->parent_address);
    put_run_if(request, writer, "continuedFrom", run->slug, run->continued_from);
    put_run_if(request, writer, "continuedTo", run->slug, run->continued_to);
}

static void end_child(struct json_writer *writer, int from_depth, int to_depth)
{
    for (; from_depth > to_depth; from_depth--) {
        json_write_object_end(writer);
        json_write_array_end(writer);
    }
}

void record_children(struct request *request, struct json_writer *writer,
                     const struct run_tree *list)
{
    int depth = 0;

    for (size_t i = 0; i < list->count; i++) {
        const struct run_tree_child *child = &list->children[i];

        if (child->depth > depth) { // by one: each stands behind its caller
            json_write_key(writer, "children");
            json_write_array(writer);
        } else {
            end_child(writer, depth, child->depth);
            json_write_object_end(writer);
        }
        depth = child->depth;
        json_write_object(writer);
        put_run_if(request, writer, "workflowId", child->slug, child->number);
        json_put_text(writer, "flowSlug", child->slug);
        json_put_int(writer, "version", child->version_number);
        json_put_cstr(writer, "status", status_run(child->status));
        json_put_text(writer, "address", child->address);
    }
    end_child(writer, depth, 0);
    if (list->has_more) json_put_bool(writer, "hasMoreChildren", true);
}

void record_run_members(struct request *request, struct json_writer *writer,
                        const struct run_record *run, bool with_result)
{
    json_put_text(
        writer, "workflowId",
        workflow_id_format(&request->arena, run->slug, request->workspace_name, run->number));
    json_put_text(writer, "flowSlug", run->slug);
    json_put_int(writer, "version", run->version_number);
    if (run->release > 0) json_put_int(writer, "release", run->release);
    json_put_cstr(writer, "status", status_run(run->status));
    json_put_cstr(writer, "target", status_target(run->target));
    put_if(writer, "invocation", run->invocation);
    put_if(writer, "triggeredBy", run->triggered_by);
    put_relatives(request, writer, run);
    put_if(writer, "concurrencyKey", run->concurrency_key);
    if (run->in_line && !status_run_ended(run->status)) json_put_bool(writer, "inLine", true);
    put_time_if(writer, "createdAt", run->created_ms);
    put_time_if(writer, "startedAt", run->started_ms);
    put_time_if(writer, "updatedAt", run->updated_ms);
    put_time_if(writer, "completedAt", run->completed_ms);
    put_if(writer, "currentStep", run->current_step);
    if (run->cancel_requested) json_put_bool(writer, "cancelRequested", true);
    put_if(writer, "cancelReason", run->cancel_reason);
    put_if(writer, "cancelledBy", run->cancelled_by);
    record_preview(writer, "inputPreview", run->input, PREVIEW);
    record_preview(writer, "resultPreview", run->result, PREVIEW);
    if (with_result) {
        record_payload(writer, "input", run->input);
        record_payload(writer, "result", run->result);
    }
    if (run->error.ptr) record_payload(writer, "error", run->error);
    json_write_key(writer, "counters");
    json_write_object(writer);
    if (run->step_count >= 0) json_put_int(writer, "steps", run->step_count);
    json_put_int(writer, "claims", run->claims);
    json_write_object_end(writer);
}

void record_run(struct request *request, struct json_writer *writer, const struct run_record *run,
                bool with_result)
{
    json_write_object(writer);
    record_run_members(request, writer, run, with_result);
    json_write_object_end(writer);
}

/* What was written since then shows no callback tokens: whoever may look may not answer. */
static void hide_tokens(struct json_writer *writer, size_t start, struct uuid run)
{
    struct buf *out = writer->out;

    vault_callback_hide(run, out->ptr + start, out->len - start);
}

void record_step(struct json_writer *writer, struct uuid run, const struct step_record *step,
                 bool with_payloads)
{
    size_t start = writer->out->len;

    json_write_object(writer);
    json_put_text(writer, "stepId", step->step_id);
    json_put_text(writer, "stepType", step->step_type);
    json_put_cstr(writer, "status", status_step(step->status));
    json_put_int(writer, "attempt", step->attempts);
    json_put_text(writer, "address", step->address);
    json_put_int(writer, "sequence", step->sequence);
    put_time_if(writer, "startedAt", step->started_ms);
    put_time_if(writer, "completedAt", step->completed_ms);
    if (step->started_ms > 0 && step->completed_ms >= step->started_ms) {
        json_put_int(writer, "durationMs", step->completed_ms - step->started_ms);
    }
    json_put_int(writer, "queueMs", step->queue_ms);
    json_put_bool(writer, "billed", step->billed);
    record_preview(writer, "inputPreview", step->input, PREVIEW);
    record_preview(writer, "resultPreview", step->output, PREVIEW);
    if (with_payloads) {
        record_payload(writer, "input", step->input);
        record_payload(writer, "output", step->output);
        if (step->attempt_log.ptr) record_payload(writer, "attempts", step->attempt_log);
    }
    if (step->error.ptr) record_payload(writer, "error", step->error);
    json_write_object_end(writer);
    hide_tokens(writer, start, run);
}

/* {base}/{workspace}/waits/{id}/{action}?token={link token} */
static void put_link(struct request *request, struct json_writer *writer, const char *key,
                     const struct wait_record *wait, const char *action)
{
    char token[VAULT_LINK_SIZE];

    vault_link_token(request->wait_key, request->wait_key_version, wait->id, text_from(action),
                     token);
    json_put_text(writer, key,
                  arena_printf(&request->arena, "%s/" TEXT_FMT "/waits/" TEXT_FMT "/%s?token=%s",
                               request->gateway->config.base_url, TEXT_ARG(request->workspace_name),
                               TEXT_ARG(wait->id), action, token));
}

static void put_callback(struct request *request, struct json_writer *writer,
                         const struct wait_record *wait)
{
    struct buf token CLEANUP(buf_done) = {0};

    vault_callback_token(request->wait_key, request->wait_key_version, wait->run, wait->address,
                         &token);
    json_put_text(writer, "callbackUrl",
                  arena_printf(&request->arena, "%s/" TEXT_FMT "/callbacks/" TEXT_FMT,
                               request->gateway->config.base_url, TEXT_ARG(request->workspace_name),
                               TEXT_ARG(buf_get(&token))));
}

static void put_asked(struct request *request, struct json_writer *writer,
                      const struct wait_record *wait)
{
    const struct json *asked = record_decode(&request->arena, wait->asked);

    if (wait->mode == WAIT_APPROVAL) {
        const struct json *approval = json_get(asked, "approval");

        json_write_key(writer, "approval");
        json_write_node(writer, approval ? approval : asked);
    } else if (asked) {
        json_write_key(writer, "asked");
        json_write_node(writer, asked);
    }
    if (wait->event_name.len > 0) {
        json_put_text(writer, "eventName", wait->event_name);
        json_put_text(writer, "eventKey", wait->event_key);
    }
}

void record_wait(struct request *request, struct json_writer *writer,
                 const struct wait_record *wait)
{
    struct buf digest CLEANUP(buf_done) = {0};
    size_t start = writer->out->len;

    json_write_object(writer);
    json_put_text(writer, "waitId", wait->id);
    json_put_text(
        writer, "workflowId",
        workflow_id_format(&request->arena, wait->slug, request->workspace_name, wait->run_number));
    json_put_text(writer, "flowSlug", wait->slug);
    json_put_text(writer, "stepId", wait->step_id);
    json_put_cstr(writer, "mode", status_wait_mode(wait->mode));
    json_put_cstr(writer, "status", status_wait(wait->status));
    put_time_if(writer, "registeredAt", wait->opened_ms);
    put_time_if(writer, "expiresAt", wait->deadline_ms);
    put_time_if(writer, "resolvedAt", wait->resolved_ms);
    put_if(writer, "action", wait->action);
    put_if(writer, "resolvedBy", wait->resolved_by);
    put_asked(request, writer, wait);
    if (wait->digest.ptr) {
        crypto_hex(&digest, wait->digest);
        json_put_text(writer, "digest", buf_get(&digest));
    }
    if (wait->resolution.ptr) record_payload(writer, "resolution", wait->resolution);
    hide_tokens(writer, start, wait->run);
    // A link is the right to decide.
    if (request->has_keys && wait->status == WAIT_OPEN &&
        access_allows(request->role, ACCESS_DECIDE)) {
        if (wait->mode == WAIT_APPROVAL) {
            put_link(request, writer, "approvalUrl", wait, "approve");
            put_link(request, writer, "rejectionUrl", wait, "reject");
        } else if (wait->mode == WAIT_CALLBACK) {
            put_callback(request, writer, wait);
        }
    }
    json_write_object_end(writer);
}

void record_flow_members(struct json_writer *writer, const struct flow_record *flow)
{
    json_put_text(writer, "flowSlug", flow->slug);
    json_put_text(writer, "name", flow->name);
    put_if(writer, "description", flow->description);
    if (flow->draft_number > 0) json_put_int(writer, "draftVersion", flow->draft_number);
    if (flow->live_number > 0) json_put_int(writer, "liveVersion", flow->live_number);
    if (flow->live_release > 0) json_put_int(writer, "liveRelease", flow->live_release);
    json_put_int(writer, "runCount", flow->run_count);
    put_time_if(writer, "createdAt", flow->created_ms);
    put_time_if(writer, "updatedAt", flow->updated_ms);
    put_time_if(writer, "archivedAt", flow->archived_ms);
}

void record_version(struct json_writer *writer, const struct flow_record *flow,
                    const struct version_record *version)
{
    struct buf hash CLEANUP(buf_done) = {0};

    crypto_hex(&hash,
               (struct text){(const char *)version->content_hash, sizeof version->content_hash});
    json_write_object(writer);
    json_put_int(writer, "version", version->number);
    json_put_text(writer, "contentHash", buf_get(&hash));
    if (version->release > 0) json_put_int(writer, "release", version->release);
    put_if(writer, "releaseNote", version->note);
    put_time_if(writer, "createdAt", version->created_ms);
    put_if(writer, "createdBy", version->created_by);
    put_time_if(writer, "releasedAt", version->released_ms);
    json_put_bool(writer, "isDraft", version->id == flow->draft_version);
    json_put_bool(writer, "isLive", version->id == flow->live_version);
    json_write_object_end(writer);
}
