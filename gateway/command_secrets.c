/* Secrets: sealed here, opened only where they are used. */
#include "gateway/command_handlers.h"
#include "gateway/envelope.h"
#include "gateway/repeat.h"
#include "storage/secret_store.h"

#define VALUE_MAX      65536
#define NAME_BYTES_MAX 128

struct secrets_job {
    struct request *request;

    union {
        struct secret_put put;
        struct secret_list list;
        struct secret_delete remove;
    };
};

static struct secrets_job *new_job(struct request *request)
{
    struct secrets_job *job = ARENA_NEW(&request->arena, struct secrets_job);

    job->request = request;
    return job;
}

/* A letter, then letters, digits, - _ and . */
static bool check_name(struct text name, struct error *err)
{
    bool good = name.len > 0 && name.len <= NAME_BYTES_MAX;

    for (size_t i = 0; i < name.len && good; i++) {
        char c = name.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

        good = letter || (i > 0 && ((c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'));
    }
    if (good) return true;
    error_set(err, E_INVALID_FIELD, "a secret's name is a letter, then letters, digits, - _ and .");
    return error_hint(err, "Use a name such as orders-secret.");
}

static void on_put(struct storage_call *call, const struct error *err)
{
    struct secrets_job *job = CONTAINER_OF(call, struct secrets_job, put.call);
    struct request *request = job->request;

    if (repeat_answers(request, call)) return;
    if (err) {
        envelope_fail(request, err);
        return;
    }
    struct json_writer *writer = envelope_begin(request);

    json_put_text(writer, "name", job->put.name);
    json_put_int(writer, "version", job->put.version);
    envelope_ok(request);
}

void command_secrets_put(struct request *request)
{
    struct secrets_job *job = new_job(request);
    struct text name = json_get_text(request->args, "name");
    struct text value = json_get_text(request->args, "value");
    struct buf sealed CLEANUP(buf_done) = {0};
    struct error err = {0};
    bool ok = check_name(name, &err);

    if (ok && (value.len == 0 || value.len > VALUE_MAX)) {
        ok = error_set(&err, E_INVALID_FIELD, "a secret's value has 1 to %d bytes", VALUE_MAX);
    }
    if (!ok) {
        envelope_fail(request, &err);
        return;
    }
    vault_secret_seal(request->data_key, name, value, &sealed);
    job->put = (struct secret_put){
        .call = request_write(request, on_put),
        .name = name,
        .sealed = arena_text(&request->arena, buf_get(&sealed)),
        .by = request->principal,
    };
    secret_store_put_start(&job->put);
}

static void on_list(struct storage_call *call, const struct error *err)
{
    struct secrets_job *job = CONTAINER_OF(call, struct secrets_job, list.call);
    struct request *request = job->request;

    if (err) {
        envelope_fail(request, err);
        return;
    }
    struct json_writer *writer = envelope_begin(request);

    json_write_key(writer, "secrets");
    json_write_array(writer);
    for (size_t i = 0; i < job->list.count; i++) {
        const struct secret_record *secret = &job->list.secrets[i];

        json_write_object(writer);
        json_put_text(writer, "name", secret->name);
        json_put_int(writer, "version", secret->version);
        json_put_text(writer, "createdBy", secret->created_by);
        json_put_time(writer, "createdAt", secret->created_ms);
        json_put_time(writer, "updatedAt", secret->updated_ms);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
    envelope_list(request, TEXT_NONE);
    envelope_ok(request);
}

void command_secrets_list(struct request *request)
{
    struct secrets_job *job = new_job(request);

    job->list = (struct secret_list){.call = request_read(request, on_list)};
    secret_store_list_start(&job->list);
}

static void on_deleted(struct storage_call *call, const struct error *err)
{
    struct secrets_job *job = CONTAINER_OF(call, struct secrets_job, remove.call);
    struct request *request = job->request;
    struct error problem = {0};

    if (repeat_answers(request, call)) return;
    if (!err && !job->remove.found) {
        error_set(&problem, E_NOT_FOUND, "there is no secret of that name");
        error_hint(&problem, "See `weir secrets list`.");
        err = &problem;
    }
    if (err) {
        envelope_fail(request, err);
        return;
    }
    struct json_writer *writer = envelope_begin(request);

    json_put_text(writer, "name", job->remove.name);
    json_put_bool(writer, "deleted", true);
    envelope_ok(request);
}

void command_secrets_delete(struct request *request)
{
    struct secrets_job *job = new_job(request);

    job->remove = (struct secret_delete){.call = request_write(request, on_deleted),
                                         .name = json_get_text(request->args, "name")};
    secret_store_delete_start(&job->remove);
}
