#pragma once

#include "executor/secret_refs.h"
#include "executor/step.h"
#include "io/http.h"

/*
 * The :http step in three files: its life (step_http.c), the request from the config
 * (step_http_request.c), the result from the response (step_http_response.c).
 *
 *     {:url "https://…" (:path "/x") :method :post :query {…} :headers {…}
 *      :json x | :form {…} | :body "…"  :response-as :auto|:json|:text|:bytes
 *      :auth {:type :bearer|:basic|:api-key …} :timeout "30s" :follow-redirects true
 *      :throw-on-error true}
 *     → {:status 200 :headers {:content-type "…"} :body …}
 */
enum step_http_body { STEP_HTTP_AUTO, STEP_HTTP_JSON, STEP_HTTP_TEXT, STEP_HTTP_BYTES };

/* What the request's file makes of the config; texts live in the step's arena. */
struct step_http_request {
    struct text method, url, body;
    struct http_header *headers;
    size_t header_count, header_capacity;
    bool body_sensitive;
    int max_redirects;
};

/* Checks what can be checked without secrets, and collects them. */
bool step_http_request_check(struct step *step, struct secret_refs *secrets, struct error *err)
    MUST_CHECK;
/* All secrets are given. redact learns what must not come back. */
bool step_http_request_make(struct step *step, const struct secret_refs *secrets,
                            struct redact *redact, struct step_http_request *out, struct error *err)
    MUST_CHECK;
/* The same over all attempts; 32 hex digits. */
struct text step_http_request_key(struct step *step);

/* The response into step->output; or false with the error that its status means. */
bool step_http_response(struct step *step, struct http_op *op, const struct redact *redact,
                        struct error *err) MUST_CHECK;
/* Retry-After: seconds or an HTTP date; 0 when it is neither. */
int64_t step_http_response_retry_after(struct text value, int64_t now_wall_ms);
/* The error code that a status means. */
enum error_code step_http_response_code(int status);
