/* Envelopes. `data` and `details` are objects that stay open until the answer closes them. */
#include "gateway/envelope.h"

#include "gateway/repeat.h"

#include <stdarg.h>
#include <stdio.h>

#define JSON_TYPE  TEXT("application/json; charset=utf-8")
#define DATA_USUAL 1024 /* bytes: what most answers fit into */
#define META_USUAL 512

struct json_writer *envelope_begin(struct request *request)
{
    buf_reset(&request->data);
    (void)buf_reserve(&request->data, DATA_USUAL);
    json_write_init(&request->writer, &request->data);
    json_write_object(&request->writer);
    return &request->writer;
}

struct json_writer *envelope_details(struct request *request)
{
    buf_reset(&request->details);
    json_write_init(&request->writer, &request->details);
    json_write_object(&request->writer);
    return &request->writer;
}

void envelope_next(struct request *request, const char *fmt, ...)
{
    char line[400];
    va_list args;

    if (request->meta.next_count == REQUEST_NEXT_MAX) return;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    request->meta.next[request->meta.next_count++] = arena_text(&request->arena, text_from(line));
}

void envelope_list(struct request *request, struct text next_cursor)
{
    request->meta.is_list = true;
    request->meta.has_more = next_cursor.ptr != NULL;
    request->meta.next_cursor = next_cursor;
}

static void write_meta(struct json_writer *writer, const struct request_meta *meta)
{
    json_write_key(writer, "meta");
    json_write_object(writer);
    if (meta->is_list) {
        json_put_bool(writer, "hasMore", meta->has_more);
        if (meta->has_more) json_put_text(writer, "nextCursor", meta->next_cursor);
    }
    if (meta->timed_out) json_put_bool(writer, "timedOut", true);
    if (meta->next_count > 0) {
        json_write_key(writer, "nextCommands");
        json_write_array(writer);
        for (int i = 0; i < meta->next_count; i++) {
            json_write_text(writer, meta->next[i]);
        }
        json_write_array_end(writer);
    }
    json_write_object_end(writer);
}

static void write_error(struct json_writer *writer, const struct error *err, struct text details)
{
    json_write_key(writer, "error");
    json_write_object(writer);
    json_put_cstr(writer, "code", error_wire(err->code));
    json_put_cstr(writer, "message", err->message);
    if (err->line > 0) {
        json_put_int(writer, "line", err->line);
        json_put_int(writer, "column", err->column);
    }
    json_put_bool(writer, "retryable", error_may_retry(err->code));
    if (details.ptr) json_put_raw(writer, "details", details);
    json_write_object_end(writer);
    json_put_cstr(writer, "hint", err->hint[0] ? err->hint : error_default_hint(err->code));
}

void envelope_write(struct buf *out, struct text workspace, const struct request_meta *meta,
                    struct text data, const struct error *err, struct text details)
{
    struct json_writer writer;

    json_write_init(&writer, out);
    json_write_object(&writer);
    json_put_bool(&writer, "ok", err == NULL);
    if (workspace.ptr) json_put_text(&writer, "workspaceId", workspace);
    write_meta(&writer, meta);
    if (err) {
        write_error(&writer, err, details);
    } else {
        json_put_raw(&writer, "data", data.len > 0 ? data : TEXT("{}"));
    }
    json_write_object_end(&writer);
}

void envelope_ok_status(struct request *request, int status)
{
    if (request->data.len > 0) json_write_object_end(&request->writer);
    (void)buf_reserve(&request->answer, request->data.len + META_USUAL);
    envelope_write(&request->answer, request->workspace_name, &request->meta,
                   buf_get(&request->data), NULL, TEXT_NONE);
    if (request->operation_used) {
        repeat_keep(request, status);
        return;
    }
    request_send(request, status, JSON_TYPE, buf_get(&request->answer));
}

void envelope_ok(struct request *request)
{
    envelope_ok_status(request, 200);
}

void envelope_fail(struct request *request, const struct error *err)
{
    int status = error_http_status(err->code);

    if (request_retries(request, err)) return;
    if (request->details.len > 0) json_write_object_end(&request->writer);
    buf_reset(&request->answer);
    envelope_write(&request->answer, request->workspace_name, &request->meta, TEXT_NONE, err,
                   request->details.len > 0 ? buf_get(&request->details) : TEXT_NONE);
    if (status == 401) {
        request_add_header(request, TEXT("WWW-Authenticate"), TEXT("Bearer realm=\"weir\""));
    }
    if (status == 429 || status == 503) {
        request_add_header(request, TEXT("Retry-After"),
                           arena_printf(&request->arena, "%d", MAX(request->retry_after_s, 1)));
    }
    // A refusal that the write came to is its answer. If the write was undone there is no claimed
    // operation, and nothing is kept.
    if (request->operation_used && status < 500) {
        repeat_keep(request, status);
        return;
    }
    request_send(request, status, JSON_TYPE, buf_get(&request->answer));
}
