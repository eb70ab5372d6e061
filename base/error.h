#pragma once

#include "base/macros.h"
#include "base/text.h"

#include <stdbool.h>

/*
 * Error: what went wrong, for the reader: a code (which carries class, wire name, HTTP status,
 * whether a retry may help, and a default hint; the table is errors.def), a message that says what
 * was tried and why it failed, a hint that says what to do, a detail for our log only.
 *
 * A function that can fail takes `struct error *err` last, writes it only on failure, and answers
 * false or NULL. Errors are made where the cause is known and passed up as they are. Gateway, CLI
 * and run history print the same struct.
 */

enum error_class {
    CLASS_INPUT,
    CLASS_AUTH,
    CLASS_PERMISSION,
    CLASS_NOT_FOUND,
    CLASS_CONFLICT,
    CLASS_LIMIT,
    CLASS_TIMEOUT,
    CLASS_UNAVAILABLE,
    CLASS_REMOTE,
    CLASS_INTERNAL,
    CLASS_CANCELLED,
    CLASS_INTERRUPTED,
    CLASS_NONDETERMINISM,
    CLASS_USER,
    CLASS_COUNT
};

enum error_code {
    E_NONE,

#define X(code, wire, class, http, retry, hint) code,
#include "base/errors.def"
#undef X
    E_COUNT
};

struct error {
    enum error_code code;
    int line, column; /* 1-based position in a flow or a document; 0: none */
    char message[400];
    char hint[240];
    char detail[200];
};

/* Always false, so that `return error_set(err, …)` reads well. err may be NULL. */
bool error_set(struct error *err, enum error_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Replaces the code's default hint. */
bool error_hint(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
bool error_detail(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
bool error_at(struct error *err, int line, int column);

const char *error_wire(enum error_code code); /* "not_found" */
enum error_class error_class(enum error_code code);
const char *error_class_name(enum error_class class); /* "not_found", "input", … */
/* CLASS_COUNT when the name is none. */
enum error_class error_class_find(struct text name);
int error_http_status(enum error_code code);
bool error_may_retry(enum error_code code);
const char *error_default_hint(enum error_code code);
enum error_code error_find(struct text wire); /* E_NONE when there is none */
