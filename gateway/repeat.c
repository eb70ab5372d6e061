/*
 * Operation ids. The stored answer is the status, a newline, and the envelope.
 */
#include "gateway/repeat.h"

#include "base/crypto.h"
#include "base/id.h"
#include "base/log.h"
#include "base/parse.h"
#include "gateway/envelope.h"
#include "storage/operation.h"

#include <string.h>

#define JSON_TYPE TEXT("application/json; charset=utf-8")

struct repeat_find {
    struct request *request;
    struct operation_find find;
};

struct repeat_store {
    struct request *request;
    int status;
    struct operation_answer answer;
};

bool repeat_read_id(struct request *request, struct text name, struct error *err)
{
    struct text id = request_header(request, "x-weir-operation-id");
    struct uuid uuid;
    struct buf hashed = {0};

    if (!id.ptr) id = request_header(request, "x-breyta-operation-id");
    if (!id.ptr) return true;
    if (!id_parse(id, &uuid)) {
        return error_set(err, E_BAD_REQUEST, "the operation id is no UUID");
    }
    request->has_operation = true;
    request->operation =
        (struct operation_key){.principal = request->principal, .id = id, .command = name};
    buf_text(&hashed, request->method);
    buf_char(&hashed, ' ');
    buf_text(&hashed, request->path);
    buf_char(&hashed, '\0');
    buf_text(&hashed, request->query);
    buf_char(&hashed, '\0');
    buf_text(&hashed, request->body);
    crypto_sha256(buf_get(&hashed), request->operation.request_hash);
    buf_done(&hashed);
    return true;
}

static void on_found(struct storage_call *call, const struct error *err)
{
    struct repeat_find *repeat = CONTAINER_OF(call, struct repeat_find, find.call);
    struct request *request = repeat->request;
    struct text rest = repeat->find.answer;
    struct error problem = {0};
    int64_t status = 200;

    if (err) {
        envelope_fail(request, err);
    } else if (repeat->find.found && !repeat->find.same_request) {
        error_set(&problem, E_IDEMPOTENCY, "this operation id was used for another request");
        envelope_fail(request, &problem);
    } else if (!rest.ptr) {
        error_set(&problem, E_IN_PROGRESS,
                  "the first call with this operation id has no answer yet");
        envelope_fail(request, &problem);
    } else {
        if (!parse_int64(text_cut(&rest, '\n'), &status)) status = 200;
        request_add_header(request, TEXT("X-Weir-Operation-Replayed"), TEXT("true"));
        request_send(request, (int)status, JSON_TYPE, rest);
    }
}

bool repeat_answers(struct request *request, const struct storage_call *call)
{
    if (!call->repeated) return false;
    struct repeat_find *repeat = ARENA_NEW(&request->arena, struct repeat_find);

    request->operation_used = false;
    repeat->request = request;
    repeat->find =
        (struct operation_find){.call = request_read(request, on_found), .key = request->operation};
    operation_find_start(&repeat->find);
    return true;
}

static void on_stored(struct storage_call *call, const struct error *err)
{
    struct repeat_store *store = CONTAINER_OF(call, struct repeat_store, answer.call);

    // The write itself is committed; without its answer a repeat is told that it is in progress.
    if (err) log_write_error(LOG_WARN, "gateway/repeat", "an answer could not be stored", err);
    request_send(store->request, store->status, JSON_TYPE, buf_get(&store->request->answer));
}

void repeat_keep(struct request *request, int status)
{
    struct repeat_store *store = ARENA_NEW(&request->arena, struct repeat_store);
    struct text answer = buf_get(&request->answer);

    request->operation_used = false;
    store->request = request;
    store->status = status;
    store->answer = (struct operation_answer){
        .call = request_read(request, on_stored),
        .key = request->operation,
        .answer = arena_printf(&request->arena, "%d\n" TEXT_FMT, status, TEXT_ARG(answer)),
    };
    operation_answer_start(&store->answer);
}
