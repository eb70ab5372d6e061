#pragma once

#include "base/error.h"

#include <stdbool.h>

/*
 * What a refusal of Postgres means to us, by SQLSTATE. Private to io/.
 */
struct pg_result;

struct pg_failure {
    char sqlstate[6];
    char constraint[64];
    bool may_retry;   /* the same group may succeed next time */
    bool is_stale;    /* the connection is no good any more: replace it */
    int line, column; /* in the statement's text, 0: not named */
    struct error err;
};

/* Of a failed result. what: a statement's name, or what it was. sql may be NULL. */
void pg_error_read(struct pg_failure *out, const struct pg_result *result, const char *what,
                   const char *sql);
/* libpq's message without its line ends; for details. */
void pg_error_line(char *out, size_t size, const char *message);
