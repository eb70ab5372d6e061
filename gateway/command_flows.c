/* Reading flows: flows.list, flows.get, flows.versions.list; and flows.archive. */
#include "base/parse.h"
#include "gateway/command_handlers.h"
#include "gateway/envelope.h"
#include "gateway/record.h"
#include "gateway/repeat.h"
#include "storage/flow_record.h"

#define LIST_DEFAULT 25
#define LIST_FULL    200

struct flows_job {
    struct request *request;

    union {
        struct flow_list list;
        struct flow_get get;
        struct version_list versions;
        struct flow_archive archive;
    };
};

static struct flows_job *new_job(struct request *request)
{
    struct flows_job *job = ARENA_NEW(&request->arena, struct flows_job);

    job->request = request;
    return job;
}

static int list_limit(const struct request *request)
{
    bool full = json_bool(json_get(request->args, "full"), false);
    int64_t limit = json_int(json_get(request->args, "limit"), full ? LIST_FULL : LIST_DEFAULT);

    return (int)MAX(1, MIN(limit, LIMIT_LIST));
}

static void no_flow(struct request *request)
{
    struct error err = {0};

    error_set(&err, E_NOT_FOUND, "there is no flow " TEXT_FMT,
              TEXT_ARG(json_get_text(request->args, "flowSlug")));
    error_hint(&err, "See `weir flows list`.");
    envelope_fail(request, &err);
}

/* flows.list */

static void on_list(struct storage_call *call, const struct error *err)
{
    struct flows_job *job = CONTAINER_OF(call, struct flows_job, list.call);
    struct request *request = job->request;

    if (err) {
        envelope_fail(request, err);
        return;
    }
    struct json_writer *writer = envelope_begin(request);

    json_write_key(writer, "flows");
    json_write_array(writer);
    for (size_t i = 0; i < job->list.count; i++) {
        json_write_object(writer);
        record_flow_members(writer, &job->list.flows[i]);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
    bool has_more = job->list.has_more && job->list.count > 0;

    envelope_list(request, has_more ? job->list.flows[job->list.count - 1].slug : TEXT_NONE);
    envelope_ok(request);
}

void command_flows_list(struct request *request)
{
    struct flows_job *job = new_job(request);

    job->list = (struct flow_list){
        .call = request_read(request, on_list),
        .after_slug = json_get_text(request->args, "cursor"),
        .with_archived = json_bool(json_get(request->args, "includeArchived"), false),
        .limit = list_limit(request),
    };
    flow_record_list_start(&job->list);
}

/* flows.get */

static void on_get(struct storage_call *call, const struct error *err)
{
    struct flows_job *job = CONTAINER_OF(call, struct flows_job, get.call);
    struct request *request = job->request;
    const struct flow_get *get = &job->get;
    struct error problem = {0};

    if (err) {
        envelope_fail(request, err);
        return;
    }
    if (!get->found) {
        no_flow(request);
        return;
    }
    if (!get->has_version) {
        error_set(&problem, E_NOT_FOUND, "the flow " TEXT_FMT " has no such version",
                  TEXT_ARG(get->flow.slug));
        error_hint(&problem, "See `weir flows versions " TEXT_FMT "`.", TEXT_ARG(get->flow.slug));
        envelope_fail(request, &problem);
        return;
    }
    struct json_writer *writer = envelope_begin(request);

    record_flow_members(writer, &get->flow);
    json_write_key(writer, "version");
    record_version(writer, &get->flow, &get->version);
    if (get->with_source) json_put_text(writer, "flowLiteral", get->version.source);
    envelope_ok(request);
}

/* The words of `source`; version alone means that version. */
static bool read_source(const struct json *args, enum flow_source otherwise, enum flow_source *out,
                        struct error *err)
{
    struct text source = json_get_text(args, "source");

    *out = otherwise;
    if (json_int(json_get(args, "version"), 0) > 0) {
        *out = FLOW_VERSION;
    } else if (!source.ptr) {
        return true;
    } else if (text_equal(source, TEXT("draft"))) {
        *out = FLOW_DRAFT;
    } else if (text_equal(source, TEXT("active")) || text_equal(source, TEXT("live"))) {
        *out = FLOW_ACTIVE;
    } else if (text_equal(source, TEXT("latest"))) {
        *out = FLOW_LATEST;
    } else {
        error_set(err, E_INVALID_FIELD, "args.source is none of draft, active, latest");
        return false;
    }
    return true;
}

void command_flows_get(struct request *request)
{
    struct flows_job *job = new_job(request);
    const struct json *args = request->args;
    bool full = json_bool(json_get(args, "full"), false);
    enum flow_source which;
    struct error err = {0};

    if (!read_source(args, FLOW_DRAFT, &which, &err)) {
        envelope_fail(request, &err);
        return;
    }
    job->get = (struct flow_get){
        .call = request_read(request, on_get),
        .slug = json_get_text(args, "flowSlug"),
        .which = which,
        .number = (int)MIN(json_int(json_get(args, "version"), 0), INT32_MAX),
        .with_source = json_bool(json_get(args, "includeFlowLiteral"), full),
    };
    flow_record_get_start(&job->get);
}

/* flows.versions.list */

static void on_versions(struct storage_call *call, const struct error *err)
{
    struct flows_job *job = CONTAINER_OF(call, struct flows_job, versions.call);
    struct request *request = job->request;
    const struct version_list *list = &job->versions;

    if (err) {
        envelope_fail(request, err);
        return;
    }
    if (!list->found) {
        no_flow(request);
        return;
    }
    struct json_writer *writer = envelope_begin(request);

    record_flow_members(writer, &list->flow);
    json_write_key(writer, "versions");
    json_write_array(writer);
    for (size_t i = 0; i < list->count; i++) {
        record_version(writer, &list->flow, &list->versions[i]);
    }
    json_write_array_end(writer);
    bool has_more = list->has_more && list->count > 0;

    envelope_list(request, has_more ? arena_printf(&request->arena, "%d",
                                                   list->versions[list->count - 1].number)
                                    : TEXT_NONE);
    envelope_ok(request);
}

void command_flows_versions(struct request *request)
{
    struct flows_job *job = new_job(request);
    int64_t before = 0;

    if (!parse_int64(json_get_text(request->args, "cursor"), &before)) before = 0;
    job->versions = (struct version_list){
        .call = request_read(request, on_versions),
        .slug = json_get_text(request->args, "flowSlug"),
        .before_number = (int)MAX(0, MIN(before, INT32_MAX)),
        .limit = list_limit(request),
    };
    flow_record_versions_start(&job->versions);
}

/* flows.archive */

static void on_archived(struct storage_call *call, const struct error *err)
{
    struct flows_job *job = CONTAINER_OF(call, struct flows_job, archive.call);
    struct request *request = job->request;

    if (repeat_answers(request, call)) return;
    if (err) {
        envelope_fail(request, err);
        return;
    }
    if (!job->archive.found) {
        no_flow(request);
        return;
    }
    struct json_writer *writer = envelope_begin(request);

    json_put_text(writer, "flowSlug", job->archive.slug);
    json_put_bool(writer, "archived", true);
    envelope_ok(request);
}

void command_flows_archive(struct request *request)
{
    struct flows_job *job = new_job(request);

    job->archive = (struct flow_archive){
        .call = request_write(request, on_archived),
        .slug = json_get_text(request->args, "flowSlug"),
    };
    flow_record_archive_start(&job->archive);
}
