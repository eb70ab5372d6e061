/* What a workspace asks for itself: workspaces.get, workspaces.update. */
#include "gateway/command_handlers.h"
#include "gateway/envelope.h"
#include "gateway/repeat.h"
#include "storage/workspace_settings.h"

struct workspaces_job {
    struct request *request;
    struct workspace_settings_call settings;
};

static struct workspaces_job *new_job(struct request *request)
{
    struct workspaces_job *job = ARENA_NEW(&request->arena, struct workspaces_job);

    job->request = request;
    return job;
}

static void on_settings(struct storage_call *call, const struct error *err)
{
    struct workspaces_job *job = CONTAINER_OF(call, struct workspaces_job, settings.call);
    struct request *request = job->request;
    const struct workspace_settings *settings = &job->settings.settings;
    struct error problem = {0};

    if (job->settings.change && repeat_answers(request, call)) return;
    if (!err && !job->settings.found) {
        error_set(&problem, E_NOT_FOUND, "there is no such workspace");
        err = &problem;
    }
    if (err) {
        envelope_fail(request, err);
        return;
    }
    struct json_writer *writer = envelope_begin(request);

    json_put_text(writer, "name", request->workspace_name);
    if (settings->title.len > 0) json_put_text(writer, "title", settings->title);
    json_put_bool(writer, "strictStyle", settings->strict_style);
    json_put_time(writer, "createdAt", settings->created_ms);
    envelope_ok(request);
}

void command_workspaces_get(struct request *request)
{
    struct workspaces_job *job = new_job(request);

    job->settings.call = request_read(request, on_settings);
    workspace_settings_start(&job->settings);
}

void command_workspaces_update(struct request *request)
{
    struct workspaces_job *job = new_job(request);

    job->settings = (struct workspace_settings_call){
        .call = request_write(request, on_settings),
        .change = true,
        .strict_style = json_bool(json_get(request->args, "strictStyle"), false),
    };
    workspace_settings_start(&job->settings);
}
