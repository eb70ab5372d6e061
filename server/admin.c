/* Administration. It goes to Postgres directly: whoever can read the master key and reach the
 * database is the operator. */
#include "server/admin.h"

#include "base/crypto.h"
#include "gateway/access.h"
#include "gateway/bearer.h"
#include "server/blocking.h"
#include "server/connection.h"
#include "server/place.h"
#include "server/secret_file.h"
#include "storage/token.h"
#include "storage/vault.h"
#include "storage/workspace.h"

#include <stdio.h>
#include <unistd.h>

static int failed(const struct error *err)
{
    fprintf(stderr, "weir-server: %s\n", err->message);
    fprintf(stderr, "             %s\n", err->hint[0] ? err->hint : error_default_hint(err->code));
    return 3;
}

/* The place, unless the options say where everything is. */
static bool find_place(const struct server_options *options, struct place *place,
                       const struct place **out, struct error *err)
{
    *out = NULL;
    if (options->database_host && options->redis) return true;
    if (!place_find(place, options->data, err)) return false;
    *out = place;
    return true;
}

int admin_migrate(const struct server_options *options)
{
    struct place storage_place;
    const struct place *place;
    struct connection connection;
    struct error err = {0};

    if (!find_place(options, &storage_place, &place, &err)) return failed(&err);
    if (!connection_find(&connection, options, place, &err)) return failed(&err);
    return storage_migrate(&connection.owner, &err) ? 0 : failed(&err);
}

struct token_job {
    struct blocking blocking;
    struct workspace_create workspace;
    struct token_create token;
};

static void on_workspace(struct storage_call *call, const struct error *err)
{
    blocking_on_done(&CONTAINER_OF(call, struct token_job, workspace.call)->blocking, err);
}

static void on_token(struct storage_call *call, const struct error *err)
{
    blocking_on_done(&CONTAINER_OF(call, struct token_job, token.call)->blocking, err);
}

static bool make_workspace(struct token_job *job, struct arena *arena, const char *name,
                           const uint8_t master[32], struct error *err)
{
    struct buf wait_key = {0};
    struct buf data_key = {0};

    vault_key_new(master, text_from(name), VAULT_WAIT_KEY, &wait_key);
    vault_key_new(master, text_from(name), VAULT_DATA_KEY, &data_key);
    job->workspace = (struct workspace_create){
        .call = {.storage = job->blocking.storage, .arena = arena, .on_done = on_workspace},
        .name = text_from(name),
        .wait_key = buf_get(&wait_key),
        .data_key = buf_get(&data_key),
    };
    workspace_create_start(&job->workspace);
    bool ok = blocking_wait(&job->blocking, err);

    buf_done(&wait_key);
    buf_done(&data_key);
    return ok;
}

static bool make_token(struct token_job *job, struct arena *arena,
                       const struct server_options *options, struct buf *out, struct error *err)
{
    struct bearer bearer;

    bearer_new("user", out);
    bool parsed = bearer_parse(buf_get(out), &bearer);

    if (!parsed) return error_set(err, E_INTERNAL, "a new token could not be read back");
    job->token = (struct token_create){
        .call = {.storage = job->blocking.storage,
                 .arena = arena,
                 .on_done = on_token,
                 .workspace = job->workspace.workspace.id},
        .token = {.id = bearer.id,
                  .workspace = job->workspace.workspace.id,
                  .principal = text_from(options->principal),
                  .kind = bearer.kind,
                  .role = text_from(options->role)},
        .created_by = TEXT("weir-server token"),
    };
    for (size_t i = 0; i < sizeof bearer.secret_hash; i++) {
        job->token.token.secret_hash[i] = bearer.secret_hash[i];
    }
    token_create_start(&job->token);
    return blocking_wait(&job->blocking, err);
}

static bool run_token(const struct server_options *options, struct arena *arena, struct buf *token,
                      struct error *err)
{
    struct place storage_place;
    const struct place *place;
    struct connection connection;
    struct token_job job = {0};
    uint8_t master[32];

    if (!text_starts_with(text_from(options->workspace), TEXT("ws-"))) {
        return error_set(err, E_INPUT, "a workspace's name begins with ws-, unlike %s",
                         options->workspace);
    }
    if (!access_is_role(text_from(options->role))) {
        return error_set(err, E_INPUT, "there is no role %s; there are " TEXT_FMT, options->role,
                         TEXT_ARG(text_from(access_roles(ACCESS_READ))));
    }
    if (!find_place(options, &storage_place, &place, err)) return false;
    if (!connection_find(&connection, options, place, err)) return false;
    if (!secret_file_load(options, place, master, err)) return false;
    if (!blocking_open(&job.blocking, &connection, err)) return false;
    bool ok = make_workspace(&job, arena, options->workspace, master, err) &&
              make_token(&job, arena, options, token, err);

    crypto_wipe(master, sizeof master);
    blocking_close(&job.blocking);
    return ok;
}

int admin_token(const struct server_options *options)
{
    struct arena arena;
    struct buf token = {0};
    struct error err = {0};

    arena_init(&arena, 0);
    bool ok = run_token(options, &arena, &token, &err);

    arena_done(&arena);
    if (ok && options->json) {
        printf("{\"workspace\":\"%s\",\"role\":\"%s\",\"token\":\"%s\"}\n", options->workspace,
               options->role, token.ptr);
    } else if (ok) {
        printf("export WEIR_WORKSPACE=%s WEIR_TOKEN=%s\n", options->workspace, token.ptr);
    }
    fflush(stdout);
    buf_done(&token);
    return ok ? 0 : failed(&err);
}
