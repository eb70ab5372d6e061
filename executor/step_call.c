/*
 * (flow/call-flow :slug input options): a child run (docs/child-runs.md).
 *
 *     {:input {…} :timeout "1h" :on-error :fail|:skip :target :live|:draft :version n}
 *         → what the child's body answers
 *
 * It waits like a :wait step, and acts like others: its wait is committed, then its child admitted:
 *
 *     start ─▶ FINDING ─ version ─▶ READING ─ definition ─▶ ADMITTING ─▶ on_done: the caller waits
 *                 ▲                  (when it is not held)      │
 *                 └──── the flow was released meanwhile ────────┘
 *
 * The child's id stands in the wait from then on, so that whoever resumes the caller knows whether
 * it was admitted. An answer that was lost lets go of the run: its next claim tells.
 */
#include "base/limits.h"
#include "executor/failure.h"
#include "executor/run_input.h"
#include "executor/step.h"
#include "executor/step_config.h"
#include "executor/worker_private.h"
#include "flow/keyword.h"
#include "flow/pmap.h"
#include "scheduler/announce.h"
#include "storage/admission.h"
#include "storage/flow_record.h"

#define ATTEMPTS_MAX 4 /* releases that overtake one call */

enum { TARGET_OPTION_LIVE, TARGET_OPTION_DRAFT };

static const char *const targets[] = {"live", "draft", NULL};
static const char *const known[] = {"input",   "timeout", "on-error", "target",
                                    "version", "title",   "label",    "description"};

struct call_step {
    struct step *step;
    struct version_find find;
    struct version_wait wait;
    struct admission admission;
    struct admission_caller caller;
    struct admission_batch batch;
    int attempts;
    bool cancelled;
};

static void on_found(struct storage_call *call, const struct error *err);
static void need_definition(struct call_step *op);
static void on_version(struct version_wait *wait, const struct error *err);
static void on_admitted(struct storage_call *call, const struct error *err);

static struct text slug_of(const struct step *step)
{
    struct text prefix = TEXT("call-flow/");

    return text_slice(step->step_id, prefix.len, step->step_id.len);
}

/* The config, as the wait's plan and as the child's version. */

static bool is_known(struct value key)
{
    for (size_t i = 0; i < ARRAY_COUNT(known); i++) {
        if (key.type == VALUE_KEYWORD && keyword_ns(key).len == 0 &&
            text_equal(keyword_name(key), text_from(known[i]))) {
            return true;
        }
    }
    return false;
}

static bool check_options(struct value config, struct error *err)
{
    struct pmap_iter iter;
    struct value key, value;

    pmap_iter_init(&iter, config);
    while (pmap_iter_next(&iter, &key, &value)) {
        if (is_known(key)) continue;
        struct text name = key.type == VALUE_KEYWORD ? keyword_name(key) : TEXT("?");

        error_set(err, E_NOT_SUPPORTED, "flow/call-flow does not have the option :" TEXT_FMT,
                  TEXT_ARG(name));
        return error_hint(err, "It has :timeout, :on-error, :target and :version.");
    }
    return true;
}

static bool plan(struct step *step, struct step_wait_plan *out, struct error *err)
{
    *out = (struct step_wait_plan){.mode = WAIT_CHILD};
    return check_options(step->config, err) &&
           step_config_duration(step->config, "timeout", LIMIT_WAIT_TIMEOUT_MS,
                                LIMIT_WAIT_TIMEOUT_MS, &out->timeout_ms, err);
}

/* Admission */

static void end(struct call_step *op, const struct error *err)
{
    struct error failure;

    if (!err) {
        op->step->on_done(op->step, NULL);
        return;
    }
    failure = *err;
    op->step->refused = true;
    op->step->on_done(op->step, &failure);
}

/* Whether the child is there is not known: the run is let go of, and claimed again. */
static void end_lost(struct call_step *op, const struct error *err)
{
    op->step->fenced = err->code != E_CANCELLED;
    end(op, err);
}

static bool ended_by_cancel(struct call_step *op)
{
    struct error err = {0};

    if (!op->cancelled) return false;
    error_set(&err, E_CANCELLED, "the step was cancelled");
    end(op, &err);
    return true;
}

static bool start(struct step *step, struct error *err)
{
    struct call_step *op = ARENA_NEW(&step->arena, struct call_step);
    int64_t version;
    int target;

    if (!step_config_int(step->config, "version", 1, INT32_MAX, 0, &version, err) ||
        !step_config_choice(step->config, "target", targets, TARGET_OPTION_LIVE, &target, err)) {
        return false;
    }
    op->step = step;
    op->wait.on_version = on_version;
    op->find = (struct version_find){
        .call = {.storage = step->run->worker->storage,
                 .arena = &step->arena,
                 .workspace = step->run->workspace,
                 .on_done = on_found},
        .slug = slug_of(step),
        .target = target == TARGET_OPTION_DRAFT ? TARGET_DRAFT : TARGET_LIVE,
        .number = (int)version,
    };
    step->state = op;
    flow_record_find_start(&op->find);
    return true;
}

static bool refuse_version(const struct version_find *find, struct error *err)
{
    struct text slug = find->slug;

    if (!find->found) {
        error_set(err, E_NOT_FOUND, "there is no flow " TEXT_FMT, TEXT_ARG(slug));
        return error_hint(err, "Push and release it, or correct the slug.");
    }
    if (find->is_archived) {
        return error_set(err, E_NOT_FOUND, "the flow " TEXT_FMT " is archived", TEXT_ARG(slug));
    }
    if (find->version != 0) return true;
    if (find->number > 0) {
        return error_set(err, E_NOT_FOUND, "the flow " TEXT_FMT " has no version %d",
                         TEXT_ARG(slug), find->number);
    }
    error_set(err, E_NOT_FOUND, "the flow " TEXT_FMT " has nothing %s", TEXT_ARG(slug),
              status_target(find->target));
    return error_hint(err, "Release it: `weir flows release " TEXT_FMT "`.", TEXT_ARG(slug));
}

static void on_found(struct storage_call *call, const struct error *err)
{
    struct version_find *find = CONTAINER_OF(call, struct version_find, call);
    struct call_step *op = CONTAINER_OF(find, struct call_step, find);
    struct error problem = {0};

    if (err) {
        end_lost(op, err);
        return;
    }
    if (ended_by_cancel(op)) return;
    if (!refuse_version(find, &problem)) {
        end(op, &problem);
        return;
    }
    need_definition(op);
}

static bool fill_admission(struct call_step *op, const struct definition *definition,
                           struct error *err)
{
    struct step *step = op->step;
    const struct step_run *run = step->run;
    struct run_input input = {0};

    if (!run_input_check(&step->heap, definition, step_config_get(step->config, "input"),
                         &step->arena, &input, err)) {
        return false;
    }
    op->admission = (struct admission){
        .workspace = run->workspace,
        .slug = op->find.slug,
        .target = op->find.target,
        .pinned = op->find.number > 0,
        .version = op->find.version,
        .run = id_uuid7(),
        .invocation = input.invocation,
        .triggered_by = arena_printf(&step->arena, "call:" TEXT_FMT, TEXT_ARG(run->slug)),
        .input = input.encoded,
        .key = input.key,
        .limit =
            definition->concurrency == CONCURRENCY_LIMIT ? (int)definition->concurrency_limit : 1,
        .priority = (int)definition->priority,
        // The numbers agree: storage/admission.h and flow/definition.h list them in the same order.
        .on_new_version = (enum admission_on_new_version)definition->on_new_version,
        .on_conflict = (enum admission_on_conflict)definition->on_conflict,
    };
    op->caller = (struct admission_caller){
        .run = run->id,
        .address = step->address,
        .owner = run->worker->owner,
        .epoch = run->epoch,
    };
    return true;
}

_Static_assert(
    (int)NEW_VERSION_DRAIN == (int)ON_NEW_DRAIN && (int)NEW_VERSION_COEXIST == (int)ON_NEW_COEXIST,
    "what a new version does has the same numbers in the definition and in the admission");
_Static_assert((int)CONFLICT_DROP == (int)ON_CONFLICT_DROP &&
                   (int)CONFLICT_CANCEL_RUNNING == (int)ON_CONFLICT_CANCEL &&
                   (int)CONFLICT_COEXIST == (int)ON_CONFLICT_COEXIST,
               "what a conflict does has the same numbers in the definition and in the admission");

static void admit(struct call_step *op, const struct definition *definition)
{
    struct step *step = op->step;
    struct error problem = {0};

    if (!fill_admission(op, definition, &problem)) {
        end(op, &problem);
        return;
    }
    op->batch = (struct admission_batch){
        .call = {.storage = step->run->worker->storage,
                 .arena = &step->arena,
                 .on_done = on_admitted},
        .admissions = &op->admission,
        .count = 1,
        .caller = &op->caller,
    };
    admission_start(&op->batch);
}

static void need_definition(struct call_step *op)
{
    struct version_cache *versions = &op->step->run->worker->versions;
    const struct definition *definition;
    struct error problem = {0};

    if (!version_cache_definition(versions, op->find.version, &op->wait, &definition, &problem)) {
        end(op, &problem);
    } else if (definition) {
        admit(op, definition);
    }
}

static void on_version(struct version_wait *wait, const struct error *err)
{
    struct call_step *op = CONTAINER_OF(wait, struct call_step, wait);

    if (err && (error_class(err->code) == CLASS_UNAVAILABLE || err->code == E_TIMEOUT)) {
        end_lost(op, err);
        return;
    }
    if (ended_by_cancel(op)) return;
    if (err) {
        end(op, err);
    } else {
        need_definition(op);
    }
}

/* What the outcome says that there is no child. */
static bool refuse_child(const struct call_step *op, struct error *err)
{
    struct text slug = op->find.slug;

    switch (op->admission.outcome) {
    case ADMITTED:
    case ADMIT_EXISTING: return true;
    case ADMIT_DROPPED:
        error_set(err, E_CONFLICT, "the flow " TEXT_FMT " runs already, and drops further runs",
                  TEXT_ARG(slug));
        return error_hint(err, "Change its :on-conflict, or catch this.");
    case ADMIT_TOO_DEEP:
        error_set(err, E_LIMIT, "a run is called through at most %d others", LIMIT_CALL_DEPTH);
        return error_hint(err, "Use flow/restart for loops, and fewer levels of flows.");
    case ADMIT_MOVED:
        return error_set(err, E_UNAVAILABLE,
                         "the flow " TEXT_FMT " is being released over and over", TEXT_ARG(slug));
    case ADMIT_FENCED: return error_set(err, E_FENCED, "the run is driven elsewhere");
    default:
        return error_set(err, E_NOT_FOUND, "the flow " TEXT_FMT " is archived", TEXT_ARG(slug));
    }
}

static void on_admitted(struct storage_call *call, const struct error *err)
{
    struct admission_batch *batch = CONTAINER_OF(call, struct admission_batch, call);
    struct call_step *op = CONTAINER_OF(batch, struct call_step, batch);
    struct step *step = op->step;
    struct error problem = {0};

    if (err) {
        end_lost(op, err);
        return;
    }
    announce_admissions(step->run->worker->queue, batch);
    if (op->admission.outcome == ADMIT_MOVED && ++op->attempts < ATTEMPTS_MAX && !op->cancelled) {
        flow_record_find_start(&op->find);
        return;
    }
    step->fenced = op->admission.outcome == ADMIT_FENCED;
    end(op, refuse_child(op, &problem) ? NULL : &problem);
}

static void cancel(struct step *step)
{
    struct call_step *op = step->state;

    op->cancelled = true; // an admission that was sent is waited for: its child is to be stopped
    call_cancel(&op->find.call);
}

/* The end of the child */

static struct text child_id(struct step *step, const struct wait_record *wait)
{
    return arena_printf(&step->arena, "flow-" TEXT_FMT "-" TEXT_FMT "-" TEXT_FMT,
                        TEXT_ARG(slug_of(step)), TEXT_ARG(step->run->workspace_name),
                        TEXT_ARG(wait->resolved_by));
}

/* The child's error is the call's: class, code, message, and what its body threw. */
static bool settle_failure(struct step *step, const struct wait_record *wait, struct error *err)
{
    struct value thrown;
    struct error failure, ignored;

    step->failure_run = child_id(step, wait);
    if (!wait->resolution.ptr || text_equal(wait->action, TEXT("cancelled"))) {
        return error_set(err, E_CANCELLED, "the called run " TEXT_FMT " was " TEXT_FMT,
                         TEXT_ARG(step->failure_run), TEXT_ARG(wait->action));
    }
    if (!failure_decode(&step->heap, wait->resolution, &thrown, &failure, err)) return false;
    struct value data = pmap_get_named(thrown, "data");

    if (!value_is_nil(data) && !step_encode(step, data, &step->failure_data, &ignored)) {
        step->failure_data = TEXT_NONE;
    }
    *err = failure;
    return false;
}

static bool settle(struct step *step, const struct wait_record *wait, struct error *err)
{
    if (wait->status == WAIT_TIMED_OUT) {
        error_set(err, E_TIMEOUT, "the called run of " TEXT_FMT " did not end in time",
                  TEXT_ARG(slug_of(step)));
        return error_hint(err, "It was told to stop. Raise :timeout of flow/call-flow.");
    }
    if (wait->status == WAIT_CANCELLED) {
        return error_set(err, E_CANCELLED, "the call of " TEXT_FMT " was cancelled",
                         TEXT_ARG(slug_of(step)));
    }
    if (!text_equal(wait->action, TEXT("completed"))) return settle_failure(step, wait, err);
    buf_reset(&step->output);
    if (!wait->resolution.ptr) return step_result(step, value_nil(), err);
    buf_text(&step->output, wait->resolution);
    return true;
}

const struct step_type step_call_type = {
    .name = "call-flow", .start = start, .cancel = cancel, .plan = plan, .settle = settle};
