/*
 * Migrate: brings the schema up to date, in this order: checks of the server, lock, what was
 * applied (each text unchanged), what is missing.
 */
#include "storage/migrate.h"

#include "base/buf.h"
#include "base/crypto.h"
#include "base/log.h"
#include "base/macros.h"
#include "base/parse.h"
#include "io/pg_sync.h"
#include "storage/embed_storage.h"

#include <inttypes.h>
#include <stdio.h>

#define MIGRATE_LOCK         0x77656972 /* "weir" */
#define MIGRATE_LOCK_WAIT_MS 120000
#define MIGRATE_VERSION_MIN  150000

/* The record of what was applied stands outside the schema's own files, because the first of them
 * is recorded here too. */
static const char prepare_sql[] =
    "do $$ begin\n"
    "if not exists (select from pg_roles where rolname = 'weir_owner') then\n"
    "    begin create role weir_owner login; exception when duplicate_object or unique_violation\n"
    "    then null; end;\n"
    "end if;\n"
    "if not exists (select from pg_namespace where nspname = 'weir') then\n"
    "    create schema weir authorization weir_owner;\n"
    "end if;\n"
    "end $$;\n"
    "set role weir_owner;\n"
    "create table if not exists weir.migrations (number int primary key, name text not null,\n"
    "    checksum text not null, applied_at timestamptz not null default now());\n"
    "reset role;\n";

/* A restored dump stands in a cluster with a transaction counter of its own: the offset moves so
 * that positions go on upwards from the largest one there is. */
static const char restore_sql[] =
    "do $$\n"
    "declare v_system bigint := (select system_identifier from pg_control_system());\n"
    "begin\n"
    "if (select system_identifier from weir.meta) <> v_system then\n"
    "    update weir.meta set system_identifier = v_system, position_offset = greatest(\n"
    "        position_offset, ledger_position + 1 - pg_current_xact_id()::text::bigint,\n"
    "        (select coalesce(max(position), 0) from weir.steps) + 1\n"
    "            - pg_current_xact_id()::text::bigint);\n"
    "end if;\n"
    "end $$;\n";

static bool value(struct pg_sync *sync, struct arena *arena, const char *sql, struct text *out,
                  struct error *err)
{
    return pg_sync_value(sync, sql, NULL, 0, arena, out, err);
}

/* What was acknowledged must not be lost. */
static bool check_server(struct pg_sync *sync, struct arena *arena, struct error *err)
{
    static const char *const names[] = {"fsync", "synchronous_commit", "full_page_writes"};
    struct text found;
    int64_t version;

    if (!value(sync, arena, "select current_setting('server_version_num')", &found, err)) {
        return false;
    }
    if (!parse_int64(found, &version) || version < MIGRATE_VERSION_MIN) {
        return error_set(err, E_DATABASE, "PostgreSQL " TEXT_FMT " is too old; 15 is needed",
                         TEXT_ARG(found));
    }
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        struct text name = text_from(names[i]);

        if (!pg_sync_value(sync, "select current_setting($1)", &name, 1, arena, &found, err)) {
            return false;
        }
        if (text_equal(found, TEXT("off"))) {
            error_set(err, E_DATABASE,
                      "the database runs with %s = off and may lose what it has "
                      "acknowledged",
                      names[i]);
            error_hint(err, "Set %s = on in postgresql.conf and reload it.", names[i]);
            return false;
        }
    }
    // Roles and databases may override it for the sessions that matter.
    if (!value(sync, arena,
               "select coalesce(r.rolname, 'all roles') from pg_db_role_setting s "
               "left join pg_roles r on r.oid = s.setrole, unnest(s.setconfig) c "
               "where lower(c) in ('synchronous_commit=off', 'synchronous_commit=false', "
               "'synchronous_commit=0', 'synchronous_commit=no') limit 1",
               &found, err)) {
        return false;
    }
    if (found.ptr) {
        error_set(err, E_DATABASE, "synchronous_commit is off for " TEXT_FMT, TEXT_ARG(found));
        error_hint(err, "Remove the setting with ALTER ROLE … RESET synchronous_commit.");
        return false;
    }
    return true;
}

static void checksum_of(const struct embed_file *file, struct buf *out)
{
    uint8_t hash[32];

    crypto_sha256((struct text){file->data, (size_t)(file->data_end - file->data)}, hash);
    crypto_hex(out, (struct text){(const char *)hash, sizeof(hash)});
}

/* migrations/001_schema.sql: 1. */
static bool number_of(const struct embed_file *file, int64_t *out)
{
    struct text name = text_from(file->name);
    struct text prefix = TEXT("migrations/");

    if (!text_starts_with(name, prefix) || name.len < prefix.len + 4) return false;
    return parse_int64(text_slice(name, prefix.len, prefix.len + 3), out);
}

static bool apply(struct pg_sync *sync, const struct embed_file *file, int64_t number,
                  const char *checksum, struct error *err)
{
    struct buf script CLEANUP(buf_done) = {0};

    buf_cstr(&script, "begin;\n");
    size_t head_lines = 1;

    buf_append(&script, file->data, (size_t)(file->data_end - file->data));
    // Names and checksums are ours: nothing in them needs quoting.
    buf_printf(&script,
               "\n;insert into weir.migrations (number, name, checksum) "
               "values (%" PRId64 ", '%s', '%s');\ncommit;\n",
               number, file->name, checksum);
    struct error cause = {0};

    if (pg_sync_script(sync, script.ptr, &cause)) {
        log_info("storage/migrate", "applied %s", file->name);
        return true;
    }
    *err = cause;
    error_set(err, cause.code, "%s, line %d: %.300s", file->name,
              cause.line > (int)head_lines ? cause.line - (int)head_lines : 0, cause.message);
    error_detail(err, "%s", cause.detail);
    struct error ignored = {0};

    if (!pg_sync_script(sync, "rollback", &ignored)) {
        log_write_error(LOG_WARN, "storage/migrate", "rolling back", &ignored);
    }
    return false;
}

static bool step(struct pg_sync *sync, struct arena *arena, const struct embed_file *file,
                 struct error *err)
{
    struct buf checksum CLEANUP(buf_done) = {0};
    struct text found;
    int64_t number;

    if (!number_of(file, &number)) return true; // no migration
    checksum_of(file, &checksum);
    char digits[24];

    snprintf(digits, sizeof(digits), "%" PRId64, number);
    struct text param = text_from(digits);

    if (!pg_sync_value(sync, "select checksum from weir.migrations where number = $1::int", &param,
                       1, arena, &found, err)) {
        return false;
    }
    if (!found.ptr) return apply(sync, file, number, checksum.ptr, err);
    if (text_equal(found, buf_get(&checksum))) return true;
    error_set(err, E_DATABASE, "%s is not what was applied to this database", file->name);
    error_hint(err, "Use the program that made this database, or a newer release.");
    return false;
}

static bool run_locked(struct pg_sync *sync, struct arena *arena, struct error *err)
{
    if (!pg_sync_script(sync, prepare_sql, err)) return false;
    for (const struct embed_file *file = embed_storage; file->name; file++) {
        if (!step(sync, arena, file, err)) return false;
    }
    if (!pg_sync_script(sync, restore_sql, err)) return false;
    return pg_sync_script(sync, "select weir.partitions_make(8)", err);
}

bool migrate_run(const struct pg_config *config, struct error *err)
{
    struct pg_sync *sync = pg_sync_new(config, err);

    if (!sync) return false;
    struct arena arena;

    arena_init(&arena, 0);
    bool ok = check_server(sync, &arena, err) &&
              pg_sync_lock(sync, MIGRATE_LOCK, MIGRATE_LOCK_WAIT_MS, err) &&
              run_locked(sync, &arena, err);

    arena_done(&arena);
    pg_sync_free(sync); // gives the lock back too
    return ok;
}
