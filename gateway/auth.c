/* Bearer tokens and their cache. When the cache is full it is emptied: simpler than ageing, and a
 * gateway with so many live tokens refills it in one round trip each. */
#include "gateway/auth.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/map.h"
#include "base/memory.h"
#include "gateway/bearer.h"
#include "gateway/envelope.h"
#include "gateway/gateway_private.h"
#include "storage/token.h"

#include <string.h>

/* Its texts stand behind it: there may be very many. */
struct auth_entry {
    struct token token;
    int64_t expires_ms;
};

struct auth {
    struct gateway *gateway;
    struct map entries; /* by token id */
};

struct auth_job {
    struct request *request;
    void (*go_on)(struct request *request);
    struct bearer bearer;
    struct token_find find;
};

struct auth *auth_new(struct gateway *gateway)
{
    struct auth *auth = MEMORY_NEW(struct auth);

    auth->gateway = gateway;
    return auth;
}

static void empty(struct auth *auth)
{
    size_t cursor = 0;
    struct auth_entry *entry;

    while ((entry = map_next(&auth->entries, &cursor, NULL)) != NULL) {
        memory_free(entry);
    }
    map_done(&auth->entries);
}

void auth_free(struct auth *auth)
{
    if (!auth) return;
    empty(auth);
    memory_free(auth);
}

static void refuse(struct request *request, const char *why)
{
    struct error err = {0};

    error_set(&err, E_UNAUTHORIZED, "%s", why);
    envelope_fail(request, &err);
}

static struct text wanted_workspace(const struct request *request)
{
    struct text name = request_header(request, "x-weir-workspace");

    return name.ptr ? name : request_header(request, "x-breyta-workspace");
}

/* The token is there: is it the one that was sent, and is it for this workspace? */
static void decide(struct request *request, const struct bearer *bearer, const struct token *token,
                   void (*go_on)(struct request *request))
{
    struct text given = {(const char *)bearer->secret_hash, sizeof bearer->secret_hash};
    struct text stored = {(const char *)token->secret_hash, sizeof token->secret_hash};
    struct text wanted = wanted_workspace(request);
    struct error err = {0};

    if (!crypto_equal(given, stored) || !text_equal(bearer->kind, token->kind)) {
        refuse(request, "the token is not valid");
        return;
    }
    if (token->revoked_ms) {
        refuse(request, "the token was revoked");
        return;
    }
    if (wanted.len > 0 && !text_equal(wanted, token->workspace_name)) {
        error_set(&err, E_FORBIDDEN, "the token is not for this workspace");
        error_hint(&err, "Use a token of that workspace, or leave the workspace header out.");
        envelope_fail(request, &err);
        return;
    }
    request->principal = arena_text(&request->arena, token->principal);
    request->token_kind = arena_text(&request->arena, token->kind);
    request->role = arena_text(&request->arena, token->role);
    request->workspace = token->workspace;
    request->workspace_name = arena_text(&request->arena, token->workspace_name);
    go_on(request);
}

static void keep(struct auth *auth, const struct token *token)
{
    struct token copy = *token;
    struct text *const texts[] = {&copy.id, &copy.workspace_name, &copy.principal, &copy.kind,
                                  &copy.role};
    size_t size = sizeof(struct auth_entry);

    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        size += texts[i]->len;
    }
    struct auth_entry *entry = memory_new(size);
    char *at = (char *)(entry + 1);

    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        if (!texts[i]->ptr) continue;
        memcpy(at, texts[i]->ptr, texts[i]->len);
        texts[i]->ptr = at;
        at += texts[i]->len;
    }
    copy.label = TEXT_NONE;
    entry->token = copy;
    entry->expires_ms = clock_monotonic_ms() + AUTH_CACHE_MS;
    if (auth->entries.count >= AUTH_CACHE_MAX) empty(auth);
    memory_free(map_remove(&auth->entries, entry->token.id));
    (void)map_put(&auth->entries, entry->token.id, entry);
}

static void on_token(struct storage_call *call, const struct error *err)
{
    struct auth_job *job = CONTAINER_OF(call, struct auth_job, find.call);
    struct request *request = job->request;

    if (err) {
        envelope_fail(request, err);
        return;
    }
    if (!job->find.found) {
        refuse(request, "the token is not valid");
        return;
    }
    if (!job->find.token.revoked_ms) keep(request->gateway->auth, &job->find.token);
    decide(request, &job->bearer, &job->find.token, job->go_on);
}

void auth_check(struct request *request, void (*go_on)(struct request *request))
{
    struct text header = request_header(request, "authorization");
    struct text scheme = text_cut(&header, ' ');
    struct bearer bearer;

    if (!scheme.ptr || scheme.len == 0) {
        refuse(request, "the request has no token");
        return;
    }
    if (!text_equal_nocase(scheme, TEXT("bearer")) || !header.ptr ||
        !bearer_parse(text_trim(header), &bearer)) {
        refuse(request, "the token is malformed");
        return;
    }
    struct auth *auth = request->gateway->auth;
    const struct auth_entry *entry = map_find(&auth->entries, bearer.id);

    if (entry && entry->expires_ms > clock_monotonic_ms()) {
        decide(request, &bearer, &entry->token, go_on);
        return;
    }
    struct auth_job *job = ARENA_NEW(&request->arena, struct auth_job);

    job->request = request;
    job->go_on = go_on;
    job->bearer = bearer;
    job->find = (struct token_find){.call = request_read(request, on_token), .id = job->bearer.id};
    token_find_start(&job->find);
}
