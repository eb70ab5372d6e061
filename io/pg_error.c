#include "io/pg_error.h"

#include "base/macros.h"
#include "base/text.h"
#include "io/pg_libpq.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* First match wins, so the longer stands before the shorter. Appendix A of the manual. */
static const struct rule {
    const char *prefix;
    enum error_code code;
    bool may_retry, is_stale;
    const char *message;
} rules[] = {
    {"57014", E_TIMEOUT, true, false, "the database took too long over"},
    {"55P03", E_TIMEOUT, true, false, "the database waited too long for a lock in"},
    {"57P", E_UNAVAILABLE, true, true, "the database is stopping or starting, refused"},
    {"08", E_UNAVAILABLE, true, true, "the connection to the database failed in"},
    {"53", E_UNAVAILABLE, true, false, "the database is short of resources, refused"},
    {"25006", E_UNAVAILABLE, true, true, "the database is read-only, refused"},
    {"25P", E_UNAVAILABLE, true, true, "the database ended the session in"},
    {"40001", E_DATABASE, true, false, "the database had a serialization failure in"},
    {"40P01", E_DATABASE, true, false, "the database had a deadlock in"},
    // The connection knows other prepared statements than we think.
    {"26000", E_DATABASE, true, true, "the database has lost the statement"},
    {"42P05", E_DATABASE, true, true, "the database already has a statement"},
    {"", E_DATABASE, false, false, "the database refused"},
};

void pg_error_line(char *out, size_t size, const char *message)
{
    size_t len = MIN(strcspn(message, "\n"), size - 1);

    memcpy(out, message, len);
    out[len] = '\0';
}

/* libpq counts characters, from 1; ours are lines and characters in them. */
static void locate(struct pg_failure *failure, const char *sql, const char *position)
{
    int left = 0;

    for (; *position >= '0' && *position <= '9' && left < INT32_MAX / 10 - 1; position++) {
        left = left * 10 + (*position - '0');
    }
    if (left == 0) return;
    failure->line = failure->column = 1;
    for (; *sql && left > 1; sql++) {
        if (((unsigned char)sql[1] & 0xc0U) == 0x80) continue; // inside a UTF-8 sequence
        left--;
        failure->column++;
        if (*sql == '\n') {
            failure->line++;
            failure->column = 1;
        }
    }
}

/* A plan's columns have changed since it was prepared: DDL while we run. Its SQLSTATE, 0A000, is
 * shared with what is not supported at all. */
static bool is_outdated_plan(const struct pg_result *result)
{
    const char *function = PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);

    return function && strcmp(function, "RevalidateCachedQuery") == 0;
}

void pg_error_read(struct pg_failure *out, const struct pg_result *result, const char *what,
                   const char *sql)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
    const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
    const struct rule *rule = rules;

    *out = (struct pg_failure){0};
    if (!sqlstate) sqlstate = "";
    pg_error_line(out->sqlstate, sizeof(out->sqlstate), sqlstate);
    if (constraint) pg_error_line(out->constraint, sizeof(out->constraint), constraint);
    while (strncmp(rule->prefix, sqlstate, strlen(rule->prefix)) != 0) {
        rule++;
    }
    out->may_retry = rule->may_retry;
    out->is_stale = rule->is_stale;
    if (is_outdated_plan(result)) out->may_retry = out->is_stale = true;

    char words[160];

    pg_error_line(words, sizeof(words), primary ? primary : PQresultErrorMessage(result));
    error_set(&out->err, rule->code, "%s %s", rule->message, what);
    error_detail(&out->err, "SQLSTATE %s: %s", sqlstate, words);
    if (sql && position) locate(out, sql, position);
}
