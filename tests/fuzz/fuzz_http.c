/*
 * Any config of an :http step is refused, or makes a request whose headers have no line break in
 * their values. (Names are checked by io/http, where the request is sent.)
 */
#include "executor/step_http.h"
#include "flow/codec.h"
#include "tests/fuzz/fuzz.h"

#define HEAP 8388608 /* 8 MiB */

static bool has_break(struct text value)
{
    return text_index_of_char(value, '\n') >= 0 || text_index_of_char(value, '\r') >= 0 ||
           text_index_of_char(value, '\0') >= 0;
}

static void check_request(const struct step_http_request *request)
{
    ASSERT(request->method.len > 0);
    ASSERT(request->url.len > 0);
    for (size_t i = 0; i < request->header_count; i++) {
        ASSERT(request->headers[i].name.len > 0);
        ASSERT(!has_break(request->headers[i].value));
    }
}

/* Any name will do, as in a flow that names it. */
static struct text known[] = {{"one", 3}, {"x", 1}, {"key", 3}, {"token", 5}};
static const struct secret_names named = {.names = known, .count = ARRAY_COUNT(known)};

static void make(struct step *step)
{
    struct secret_refs secrets;
    struct redact redact;
    struct step_http_request request;
    struct error err = {0};

    secret_refs_init(&secrets, &named, &step->arena);
    redact_init(&redact, &step->arena);
    if (!step_options_read(step->config, &step->options, &err) ||
        !step_http_request_check(step, &secrets, &err)) {
        ASSERT(err.code != E_NONE);
        return;
    }
    for (size_t i = 0; i < secrets.count; i++) {
        secret_refs_give(&secrets, i, TEXT("s3cret\"\n%"));
        redact_add(&redact, TEXT("s3cret\"\n%"));
    }
    if (step_http_request_make(step, &secrets, &redact, &request, &err)) {
        check_request(&request);
    } else {
        ASSERT(err.code != E_NONE);
    }
}

void fuzz_input(struct text input)
{
    struct buf bytes CLEANUP(buf_done) = {0};
    struct step_run run = {.workspace = 1};
    struct step step = {.run = &run,
                        .step_type = TEXT("http"),
                        .step_id = TEXT("fetch"),
                        .address = TEXT("fetch#1"),
                        .attempt = 1};
    struct error err = {0};

    if (!codec_from_json(input, true, &bytes, &err)) return;
    heap_init(&step.heap, HEAP);
    arena_init(&step.arena, 0);
    if (codec_decode(&step.heap, buf_get(&bytes), &step.config, &err) &&
        step.config.type == VALUE_MAP) {
        make(&step);
    }
    arena_done(&step.arena);
    heap_done(&step.heap);
}
