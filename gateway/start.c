/* Starting runs. */
#include "gateway/start.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "flow/codec.h"
#include "flow/coerce.h"
#include "gateway/envelope.h"
#include "gateway/gateway_private.h"
#include "gateway/policy.h"
#include "gateway/workflow_id.h"

#define ATTEMPTS_MAX        4   /* releases that overtake one start */
#define IDEMPOTENCY_KEY_MAX 512 /* bytes; it is indexed */

static void on_version(struct catalog_find *find, const struct catalog_version *version,
                       const struct error *err);
static void on_admitted(struct intake_op *op, const struct error *err);

struct text start_key(struct arena *arena, const char *kind, struct text given)
{
    struct buf hex CLEANUP(buf_done) = {0};
    uint8_t hash[32];

    if (given.len <= IDEMPOTENCY_KEY_MAX) {
        return arena_printf(arena, "%s:" TEXT_FMT, kind, TEXT_ARG(given));
    }
    crypto_sha256(given, hash);
    crypto_hex(&hex, (struct text){(const char *)hash, sizeof hash});
    return arena_printf(arena, "%s-sha256:%s", kind, hex.ptr);
}

void start_set_key(struct start *start, struct text given)
{
    struct request *request = start->request;
    struct buf hashed CLEANUP(buf_done) = {0};

    if (given.ptr && given.len > 0) {
        start->idempotency_key = start_key(&request->arena, "key", given);
    } else if (request->has_operation) {
        start->idempotency_key =
            arena_printf(&request->arena, "operation:" TEXT_FMT ":" TEXT_FMT,
                         TEXT_ARG(request->principal), TEXT_ARG(request->operation.id));
    }
    buf_printf(&hashed, "%d/%d/" TEXT_FMT "/" TEXT_FMT "/", start->name.target, start->name.number,
               TEXT_ARG(start->invocation), TEXT_ARG(start->interface_id));
    if (start->input) json_append(&hashed, start->input);
    crypto_sha256(buf_get(&hashed), start->request_hash);
}

static bool set_concurrency(struct start *start, const struct definition *definition,
                            const struct json *input, struct error *err)
{
    struct admission *admission = &start->intake.admission;
    struct policy policy;

    if (!policy_read(&start->request->arena, definition, input, &policy, err)) return false;
    admission->key = policy.key;
    admission->limit = policy.limit;
    admission->priority = policy.priority;
    admission->on_new_version = policy.on_new_version;
    admission->on_conflict = policy.on_conflict;
    start->concurrency_key = policy.has_own_key ? policy.key : TEXT_NONE;
    return true;
}

/* The invocation of the interface that the start came through. */
static bool find_invocation(struct start *start, const struct definition *definition,
                            const struct definition_invocation **out, struct error *err)
{
    struct text id = start->invocation;

    if (!start->interface_id.ptr) return coerce_invocation(definition, id, out, err);
    for (uint32_t i = 0; i < definition->interface_count; i++) {
        const struct definition_interface *interface = &definition->interfaces[i];

        if (!text_equal(interface->id, start->interface_id)) continue;
        if (interface->kind != INTERFACE_HTTP && interface->kind != INTERFACE_MANUAL) continue;
        if (!interface->enabled) {
            return error_set(err, E_NOT_FOUND, "the interface " TEXT_FMT " is not enabled",
                             TEXT_ARG(start->interface_id));
        }
        return coerce_invocation(definition, interface->invocation, out, err);
    }
    return error_set(err, E_NOT_FOUND, "the flow has no interface " TEXT_FMT,
                     TEXT_ARG(start->interface_id));
}

static bool set_input(struct start *start, const struct catalog_version *version, struct error *err)
{
    struct arena *arena = &start->request->arena;
    const struct definition_invocation *invocation = NULL;
    struct buf json CLEANUP(buf_done) = {.limit = 4UL * LIMIT_RUN_INPUT};
    struct buf encoded CLEANUP(buf_done) = {.limit = LIMIT_RUN_INPUT};

    if (!find_invocation(start, version->definition, &invocation, err)) return false;
    if (!coerce_input(invocation, start->input, &json, err)) return false;
    if (json.overflow) {
        return error_set(err, E_TOO_LARGE, "the input is over %d bytes", LIMIT_RUN_INPUT);
    }
    const struct json *coerced = json_read(arena, buf_get(&json), err);

    if (!coerced || !set_concurrency(start, version->definition, coerced, err)) return false;
    if (!codec_from_json(buf_get(&json), false, &encoded, err)) return false;
    if (encoded.overflow) {
        return error_set(err, E_TOO_LARGE, "the input is over %d bytes", LIMIT_RUN_INPUT);
    }
    start->intake.admission.input = arena_text(arena, buf_get(&encoded));
    start->intake.admission.invocation = invocation ? arena_text(arena, invocation->id) : TEXT("");
    return true;
}

static void admit(struct start *start, const struct catalog_version *version)
{
    struct admission *admission = &start->intake.admission;
    struct error err = {0};

    *admission = (struct admission){
        .workspace = start->request->workspace,
        .slug = start->name.slug,
        .target = start->name.target,
        .version = version->id,
        .pinned = start->name.number != 0,
        .run = id_uuid7(),
        .triggered_by = start->triggered_by,
        .idempotency_key = start->idempotency_key,
    };
    if (start->idempotency_key.ptr) {
        admission->request_hash =
            (struct text){(const char *)start->request_hash, sizeof start->request_hash};
    }
    if (!set_input(start, version, &err)) {
        start->on_done(start, &err);
        return;
    }
    if (start->check_only) {
        start->on_done(start, NULL);
        return;
    }
    start->intake.gateway = start->request->gateway;
    start->intake.workspace_name = start->request->workspace_name;
    start->intake.source_key = arena_text(&start->request->arena, version->source_key);
    start->intake.on_done = on_admitted;
    intake_start(&start->intake);
}

static void ask_catalog(struct start *start)
{
    start->find = (struct catalog_find){
        .request = start->request, .name = start->name, .on_done = on_version};
    catalog_find_start(&start->find);
}

static void on_version(struct catalog_find *find, const struct catalog_version *version,
                       const struct error *err)
{
    struct start *start = CONTAINER_OF(find, struct start, find);

    if (err) {
        start->on_done(start, err);
        return;
    }
    admit(start, version);
}

/* What the outcome says that no run came of it. */
static bool refusal(const struct start *start, struct error *err)
{
    switch (start->intake.admission.outcome) {
    case ADMIT_CONFLICT:
        error_set(err, E_IDEMPOTENCY,
                  "this idempotency key has started a run with another request");
        return true;
    case ADMIT_NO_FLOW:
        error_set(err, E_NOT_FOUND, "there is no flow " TEXT_FMT, TEXT_ARG(start->name.slug));
        return true;
    case ADMIT_ARCHIVED:
        error_set(err, E_NOT_FOUND, "the flow " TEXT_FMT " is archived",
                  TEXT_ARG(start->name.slug));
        return true;
    case ADMIT_NO_VERSION:
        error_set(err, E_NOT_FOUND, "the flow " TEXT_FMT " has nothing %s",
                  TEXT_ARG(start->name.slug), status_target(start->name.target));
        return true;
    case ADMIT_MOVED:
        error_set(err, E_UNAVAILABLE, "the flow " TEXT_FMT " is being released over and over",
                  TEXT_ARG(start->name.slug));
        return true;
    default: return false;
    }
}

static void fill_run(struct start *start)
{
    const struct admission *admission = &start->intake.admission;
    int64_t created_ms =
        admission->outcome == ADMITTED ? admission->admitted_ms : id_uuid7_ms(admission->out_run);

    start->workflow_id = workflow_id_format(&start->request->arena, start->name.slug,
                                            start->request->workspace_name, admission->number);
    start->run = (struct run_record){
        .id = admission->out_run,
        .workspace = admission->workspace,
        .flow = admission->flow,
        .version = admission->out_version,
        .number = admission->number,
        .slug = start->name.slug,
        .version_number = admission->version_number,
        .status = admission->status,
        .target = admission->target,
        .invocation = admission->invocation,
        .triggered_by = admission->triggered_by,
        .in_line = admission->outcome == ADMITTED && admission->decision == DECISION_QUEUED,
        .created_ms = created_ms,
        .updated_ms = created_ms,
        .shard = admission->shard,
    };
}

static void on_admitted(struct intake_op *op, const struct error *err)
{
    struct start *start = CONTAINER_OF(op, struct start, intake);
    struct error problem = {0};

    if (err) {
        start->on_done(start, err);
        return;
    }
    if (op->admission.outcome == ADMIT_MOVED && ++start->attempts < ATTEMPTS_MAX) {
        ask_catalog(start);
        return;
    }
    if (refusal(start, &problem)) {
        start->on_done(start, &problem);
        return;
    }
    fill_run(start);
    start->on_done(start, NULL);
}

void start_begin(struct start *start)
{
    const struct catalog_version *version = catalog_cached(start->request, &start->name);

    start->attempts = 0;
    if (version) {
        admit(start, version);
    } else {
        ask_catalog(start);
    }
}
