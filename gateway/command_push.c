/*
 * From text to a live flow: flows.lint, flows.put_draft, flows.release.
 *
 *     put_draft:  the workspace's settings -> lint -> save with the draft's doors
 *     release:    read the version -> its doors and schedules -> make it live
 *
 * Findings of style are errors where the request or the workspace asks for it. A release does not
 * ask: what was once accepted can be made live again.
 */
#include "base/clock.h"
#include "base/cron.h"
#include "base/crypto.h"
#include "flow/lint.h"
#include "gateway/command_handlers.h"
#include "gateway/doors.h"
#include "gateway/envelope.h"
#include "gateway/gateway_private.h"
#include "gateway/repeat.h"
#include "storage/flow_record.h"
#include "storage/workspace_settings.h"

#define LANGUAGE_LEVEL 1
#define SOURCE_FACTOR  60 /* memory of a lint in sizes of its source; see definition_read() */

struct push_job {
    struct request *request;
    struct workspace_settings_call settings;
    void (*go_on)(struct push_job *job); /* when it is linted */
    struct text source;
    struct arena lint_arena; /* of the lint; definition and diagnostics lie in it */
    struct diagnostics diagnostics;
    struct definition *definition;
    struct doors doors;
    struct flow_get get;
    struct flow_put put;
    struct flow_release release;
};

static void free_lint(void *ptr)
{
    arena_done(ptr);
}

static struct push_job *new_job(struct request *request)
{
    struct push_job *job = ARENA_NEW(&request->arena, struct push_job);

    job->request = request;
    return job;
}

static bool check_size(struct text source, struct error *err)
{
    if (source.len <= LIMIT_FLOW_FILE) return true;
    return error_set(err, E_TOO_LARGE, "the flow is over %d bytes", LIMIT_FLOW_FILE);
}

/* Leaves definition (NULL when there are errors) and diagnostics in the job. */
static void lint(struct push_job *job, struct text source, bool strict)
{
    struct lint_options options = {.strict = strict, .check_cron = cron_check};

    job->source = source;
    arena_init(&job->lint_arena, source.len * SOURCE_FACTOR + 4UL * 1024 * 1024);
    arena_on_done(&job->request->arena, free_lint, &job->lint_arena);
    diagnostic_init(&job->diagnostics, &job->lint_arena);
    job->definition = lint_flow(job->request->gateway->config.core, &job->lint_arena, source,
                                options, &job->diagnostics);
}

static void on_settings(struct storage_call *call, const struct error *err)
{
    struct push_job *job = CONTAINER_OF(call, struct push_job, settings.call);

    if (err) {
        envelope_fail(job->request, err);
        return;
    }
    lint(job, job->source, job->settings.settings.strict_style);
    job->go_on(job);
}

/* Lints as strictly as the request or the workspace asks for, then goes on. */
static void lint_as_asked(struct push_job *job, struct text source,
                          void (*go_on)(struct push_job *job))
{
    if (json_bool(json_get(job->request->args, "strict"), false)) {
        lint(job, source, true);
        go_on(job);
        return;
    }
    job->source = source;
    job->go_on = go_on;
    job->settings.call = request_read(job->request, on_settings);
    workspace_settings_start(&job->settings);
}

static void write_diagnostics(struct push_job *job, struct json_writer *writer)
{
    json_write_key(writer, "diagnostics");
    diagnostic_write(&job->diagnostics, writer, "server");
}

static void write_hash(struct json_writer *writer, struct text source)
{
    struct buf hex CLEANUP(buf_done) = {0};
    uint8_t hash[32];

    crypto_sha256(source, hash);
    crypto_hex(&hex, (struct text){(const char *)hash, sizeof hash});
    json_put_text(writer, "contentHash", buf_get(&hex));
}

/* The first error, with its position, and all of them in the details. */
static void refuse_invalid(struct push_job *job)
{
    struct error first = {0};
    struct error err = {0};

    write_diagnostics(job, envelope_details(job->request));
    if (diagnostic_first_error(&job->diagnostics, &first)) {
        error_set(&err, E_FLOW_INVALID, "the flow has %u error%s: %s", job->diagnostics.error_count,
                  job->diagnostics.error_count == 1 ? "" : "s", first.message);
        if (first.hint[0]) error_hint(&err, "%s", first.hint);
        error_at(&err, first.line, first.column);
    } else {
        error_set(&err, E_FLOW_INVALID, "the flow could not be read");
    }
    envelope_fail(job->request, &err);
}

/* flows.lint, flows.validate */

static void answer_lint(struct push_job *job)
{
    struct json_writer *writer = envelope_begin(job->request);

    json_put_bool(writer, "valid", job->definition != NULL);
    write_diagnostics(job, writer);
    write_hash(writer, job->source);
    if (job->definition) json_put_text(writer, "flowSlug", job->definition->slug);
    envelope_ok(job->request);
}

static bool has_source(const struct push_job *job, struct error *err)
{
    const struct flow_get *get = &job->get;

    if (!get->found) {
        error_set(err, E_NOT_FOUND, "there is no flow " TEXT_FMT, TEXT_ARG(get->slug));
        return error_hint(err, "See `weir flows list`.");
    }
    if (get->has_version) return true;
    error_set(err, E_NOT_FOUND, "the flow " TEXT_FMT " has no such version", TEXT_ARG(get->slug));
    return error_hint(err, "See `weir flows versions " TEXT_FMT "`.", TEXT_ARG(get->slug));
}

static void on_lint_source(struct storage_call *call, const struct error *err)
{
    struct push_job *job = CONTAINER_OF(call, struct push_job, get.call);
    struct error problem = {0};

    if (err || !has_source(job, &problem)) {
        envelope_fail(job->request, err ? err : &problem);
        return;
    }
    lint_as_asked(job, job->get.version.source, answer_lint);
}

static void get_source(struct push_job *job,
                       void (*on_done)(struct storage_call *call, const struct error *err))
{
    const struct json *args = job->request->args;
    struct text source = json_get_text(args, "source");
    int64_t number = json_int(json_get(args, "version"), 0);
    bool live = text_equal(source, TEXT("active")) || text_equal(source, TEXT("live"));

    job->get = (struct flow_get){
        .call = request_read(job->request, on_done),
        .slug = json_get_text(args, "flowSlug"),
        .which = number > 0 ? FLOW_VERSION
                 : live     ? FLOW_ACTIVE
                            : FLOW_DRAFT,
        .number = (int)MIN(number, INT32_MAX),
        .with_source = true,
    };
    flow_record_get_start(&job->get);
}

void command_lint(struct request *request)
{
    struct text source = json_get_text(request->args, "flowLiteral");
    struct error err = {0};

    if (!source.ptr && !json_get_text(request->args, "flowSlug").ptr) {
        error_set(&err, E_MISSING_FIELD, "a lint needs args.flowLiteral or args.flowSlug");
        envelope_fail(request, &err);
        return;
    }
    if (!check_size(source, &err)) {
        envelope_fail(request, &err);
        return;
    }
    struct push_job *job = new_job(request);

    if (!source.ptr) {
        get_source(job, on_lint_source);
        return;
    }
    lint_as_asked(job, source, answer_lint);
}

/* flows.put_draft */

static void refuse_taken(struct request *request, struct text taken)
{
    struct error err = {0};

    error_set(&err, E_CONFLICT, "a webhook's path is taken: " TEXT_FMT, TEXT_ARG(taken));
    error_hint(&err, "Give the webhook another :path.");
    envelope_fail(request, &err);
}

static void on_saved(struct storage_call *call, const struct error *err)
{
    struct push_job *job = CONTAINER_OF(call, struct push_job, put.call);
    struct request *request = job->request;

    if (repeat_answers(request, call)) return;
    if (err) {
        envelope_fail(request, err);
        return;
    }
    if (job->put.outcome == FLOW_PUT_TAKEN) {
        refuse_taken(request, job->put.taken);
        return;
    }
    struct json_writer *writer = envelope_begin(request);

    json_put_text(writer, "flowSlug", job->put.slug);
    json_put_bool(writer, "savedDraft", true);
    json_put_int(writer, "flowVersion", job->put.number);
    json_put_bool(writer, "newFlow", job->put.new_flow);
    json_put_bool(writer, "newVersion", job->put.new_version);
    write_hash(writer, job->source);
    write_diagnostics(job, writer);
    envelope_next(request, "weir flows release " TEXT_FMT, TEXT_ARG(job->put.slug));
    envelope_next(request, "weir flows run " TEXT_FMT " --target draft", TEXT_ARG(job->put.slug));
    envelope_ok(request);
}

static void save(struct push_job *job)
{
    struct request *request = job->request;
    const struct definition *definition = job->definition;

    job->put = (struct flow_put){
        .call = request_write(request, on_saved),
        .slug = definition->slug,
        .name = definition->name,
        .description = definition->description,
        .source = job->source,
        .created_by = request->principal,
        .language = LANGUAGE_LEVEL,
        .endpoints = job->doors.endpoints,
        .endpoint_count = job->doors.endpoint_count,
    };
    crypto_sha256(job->source, job->put.content_hash);
    flow_record_put_start(&job->put);
}

static void on_linted(struct push_job *job)
{
    struct request *request = job->request;
    struct text slug = json_get_text(request->args, "flowSlug");
    struct error err = {0};

    if (!job->definition) {
        refuse_invalid(job);
        return;
    }
    if (slug.ptr && !text_equal(slug, job->definition->slug)) {
        error_set(&err, E_INVALID_FIELD, "the text is the flow " TEXT_FMT ", not " TEXT_FMT,
                  TEXT_ARG(job->definition->slug), TEXT_ARG(slug));
        error_hint(&err, "Change the flow's :slug, or leave flowSlug out.");
        envelope_fail(request, &err);
        return;
    }
    if (!doors_read(&request->arena, job->definition, clock_wall_ms(), &job->doors, &err)) {
        envelope_fail(request, &err);
        return;
    }
    save(job);
}

void command_put_draft(struct request *request)
{
    struct text source = json_get_text(request->args, "flowLiteral");
    struct error err = {0};

    if (!check_size(source, &err)) {
        envelope_fail(request, &err);
        return;
    }
    lint_as_asked(new_job(request), source, on_linted);
}

/* flows.release */

static void on_released(struct storage_call *call, const struct error *err)
{
    struct push_job *job = CONTAINER_OF(call, struct push_job, release.call);
    struct request *request = job->request;
    const struct flow_release *release = &job->release;
    struct error problem = {0};

    if (repeat_answers(request, call)) return;
    if (!err && release->outcome == FLOW_RELEASE_TAKEN) {
        refuse_taken(request, release->taken);
        return;
    }
    if (!err && release->outcome == FLOW_RELEASE_NONE) {
        error_set(&problem, E_NOT_FOUND, "there is no such flow or version any more");
        err = &problem;
    }
    if (!err && release->outcome == FLOW_RELEASE_ARCHIVED) {
        error_set(&problem, E_CONFLICT, "the flow " TEXT_FMT " is archived",
                  TEXT_ARG(release->slug));
        error_hint(&problem, "Push it again to bring it back, then release.");
        err = &problem;
    }
    if (err) {
        envelope_fail(request, err);
        return;
    }
    struct json_writer *writer = envelope_begin(request);

    json_put_text(writer, "flowSlug", release->slug);
    json_put_int(writer, "flowVersion", release->number);
    json_put_int(writer, "version", release->number);
    json_put_int(writer, "release", release->release);
    json_put_bool(writer, "changed", release->previous_version != release->version);
    json_put_int(writer, "webhooks", (int64_t)release->endpoint_count);
    json_put_int(writer, "schedules", (int64_t)release->schedule_count);
    envelope_next(request, "weir flows run " TEXT_FMT, TEXT_ARG(release->slug));
    envelope_next(request, "weir triggers list --flow " TEXT_FMT, TEXT_ARG(release->slug));
    envelope_ok(request);
}

static void release_version(struct push_job *job)
{
    struct request *request = job->request;
    struct text note = json_get_text(request->args, "note");

    if (!note.ptr) note = json_get_text(request->args, "releaseNote");
    job->release = (struct flow_release){
        .call = request_write(request, on_released),
        .slug = job->get.slug,
        .note = note,
        .created_by = request->principal,
        .version = job->get.version.id,
        .endpoints = job->doors.endpoints,
        .endpoint_count = job->doors.endpoint_count,
        .schedules = job->doors.schedules,
        .schedule_count = job->doors.schedule_count,
    };
    flow_record_release_start(&job->release);
}

static void on_release_source(struct storage_call *call, const struct error *err)
{
    struct push_job *job = CONTAINER_OF(call, struct push_job, get.call);
    struct error problem = {0};

    if (err || !has_source(job, &problem)) {
        envelope_fail(job->request, err ? err : &problem);
        return;
    }
    // Checked again: what was a good flow when it was pushed may not be for this server.
    lint(job, job->get.version.source, false);
    if (!job->definition) {
        refuse_invalid(job);
        return;
    }
    if (!doors_read(&job->request->arena, job->definition, clock_wall_ms(), &job->doors,
                    &problem)) {
        envelope_fail(job->request, &problem);
        return;
    }
    release_version(job);
}

void command_release(struct request *request)
{
    get_source(new_job(request), on_release_source);
}
