#include "base/error.h"

#include "base/assert.h"

#include <stdarg.h>
#include <stdio.h>

struct row {
    const char *wire;
    enum error_class class;
    int http_status;
    bool may_retry;
    const char *hint;
};

static const struct row rows[E_COUNT] = {
    [E_NONE] = {"none", CLASS_INTERNAL, 200, false, ""},
#define X(code, wire, class, http, retry, hint) [code] = {wire, class, http, retry, hint},
#include "base/errors.def"
#undef X
};

static const char *const class_names[CLASS_COUNT] = {
    [CLASS_INPUT] = "input",
    [CLASS_AUTH] = "auth",
    [CLASS_PERMISSION] = "permission",
    [CLASS_NOT_FOUND] = "not_found",
    [CLASS_CONFLICT] = "conflict",
    [CLASS_LIMIT] = "limit",
    [CLASS_TIMEOUT] = "timeout",
    [CLASS_UNAVAILABLE] = "unavailable",
    [CLASS_REMOTE] = "remote",
    [CLASS_INTERNAL] = "internal",
    [CLASS_CANCELLED] = "cancelled",
    [CLASS_INTERRUPTED] = "interrupted",
    [CLASS_NONDETERMINISM] = "nondeterminism",
    [CLASS_USER] = "user",
};

static const struct row *row_of(enum error_code code)
{
    ASSERT((unsigned)code < E_COUNT);
    return &rows[code];
}

/* Formats into field, cut where it is full, but never within a UTF-8 character. Goes by a copy,
 * because an argument may be the field itself: error_set(err, code, "x: %s", err->message). */
static void format(char *field, size_t size, const char *fmt, va_list args)
{
    char text[sizeof(((struct error *)NULL)->message)];

    ASSERT(size <= sizeof(text));
    int wanted = vsnprintf(text, size, fmt, args);
    size_t len = strlen(text);

    if (wanted >= 0 && (size_t)wanted > len) {
        size_t bad;

        if (!text_is_utf8((struct text){text, len}, &bad) && len - bad < 4) text[bad] = '\0';
    }
    memcpy(field, text, strlen(text) + 1);
}

bool error_set(struct error *err, enum error_code code, const char *fmt, ...)
{
    va_list args;

    if (!err) return false;
    va_start(args, fmt);
    format(err->message, sizeof(err->message), fmt, args);
    va_end(args);
    err->code = code;
    err->line = err->column = 0;
    err->detail[0] = '\0';
    snprintf(err->hint, sizeof(err->hint), "%s", row_of(code)->hint);
    return false;
}

bool error_hint(struct error *err, const char *fmt, ...)
{
    va_list args;

    if (!err) return false;
    va_start(args, fmt);
    format(err->hint, sizeof(err->hint), fmt, args);
    va_end(args);
    return false;
}

bool error_detail(struct error *err, const char *fmt, ...)
{
    va_list args;

    if (!err) return false;
    va_start(args, fmt);
    format(err->detail, sizeof(err->detail), fmt, args);
    va_end(args);
    return false;
}

bool error_at(struct error *err, int line, int column)
{
    if (!err) return false;
    err->line = line;
    err->column = column;
    return false;
}

const char *error_wire(enum error_code code)
{
    return row_of(code)->wire;
}

enum error_class error_class(enum error_code code)
{
    return row_of(code)->class;
}

const char *error_class_name(enum error_class class)
{
    ASSERT((unsigned)class < CLASS_COUNT);
    return class_names[class];
}

enum error_class error_class_find(struct text name)
{
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (text_equal(text_from(class_names[class]), name)) return (enum error_class) class;
    }
    return CLASS_COUNT;
}

int error_http_status(enum error_code code)
{
    return row_of(code)->http_status;
}

bool error_may_retry(enum error_code code)
{
    return row_of(code)->may_retry;
}

const char *error_default_hint(enum error_code code)
{
    return row_of(code)->hint;
}

enum error_code error_find(struct text wire)
{
    for (int code = E_NONE + 1; code < E_COUNT; code++) {
        if (text_equal(text_from(rows[code].wire), wire)) return (enum error_code)code;
    }
    return E_NONE;
}
