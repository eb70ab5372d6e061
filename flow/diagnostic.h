#pragma once

#include "base/arena.h"
#include "base/json.h"
#include "flow/form.h"

/*
 * Diagnostics: what reader, definition, lint and compiler have to say about a flow file, each with
 * position, hint and the codes of LANGUAGE section 12.
 */
/*
 * A fix: edits of the source that repair what the diagnostic names, for what has an obvious single
 * repair. Whoever applies one lints again: it counts only when the diagnostic is gone and no other
 * error has come.
 */
struct diagnostic_edit {
    uint32_t from, to; /* bytes of the source that are replaced */
    struct text text;
    struct diagnostic_edit *next; /* further behind, not overlapping */
};

enum diagnostic_severity { DIAGNOSTIC_ERROR, DIAGNOSTIC_WARNING };

struct diagnostic {
    enum diagnostic_severity severity;
    const char *code; /* a static string */
    struct text message, hint;
    struct text path; /* ":flow", ":interfaces :http 0"; words separated by spaces */
    uint32_t line, column, offset;
    struct text form;            /* the source of the form, shortened */
    struct diagnostic_edit *fix; /* or NULL */
    struct diagnostic *next;
};

struct diagnostics {
    struct arena *arena;
    struct text source;        /* of the file, once it is known: forms are shown as written */
    struct diagnostic *first;  /* errors before warnings, each by position; nothing stands twice */
    struct diagnostic *newest; /* NULL: it was not kept */
    struct diagnostic *near;   /* the last error that was added: the next ones stand behind it */
    uint32_t error_count, warning_count;
    uint32_t kept_max; /* of each kind; more are counted only */
};

#define DIAGNOSTIC_KEPT 200 /* what diagnostic_init() makes kept_max: enough to read */

void diagnostic_init(struct diagnostics *list, struct arena *arena);
/* form may be NULL (position 1:1). The hint may be NULL. */
void diagnostic_add(struct diagnostics *list, enum diagnostic_severity severity, const char *code,
                    const struct form *form, const char *path, const char *hint, const char *fmt,
                    ...) PRINTF_LIKE(7, 8);
/* The same for a place inside a form: a flow's path and one more word, which may be absent. */
const char *diagnostic_path(struct diagnostics *list, const char *path, struct text word);
/* From an error with a position (reader, compiler). */
void diagnostic_add_error(struct diagnostics *list, const struct error *err, const char *path);
/* The same where it is known what form stands there. */
void diagnostic_add_error_form(struct diagnostics *list, const struct error *err,
                               const struct form *form, const char *path);
/* True when an error with that code stands at that line and column already. */
bool diagnostic_has(const struct diagnostics *list, const char *code, uint32_t line,
                    uint32_t column);
/* The same for an error of any code. */
bool diagnostic_has_error(const struct diagnostics *list, uint32_t line, uint32_t column);
/* The same for an error of the reader. */
bool diagnostic_has_syntax_error(const struct diagnostics *list, uint32_t line, uint32_t column);
/* The byte offset of a line and a column, which counts characters; and in the list's source. */
uint32_t diagnostic_offset(struct text source, uint32_t line, uint32_t column);
uint32_t diagnostic_place(const struct diagnostics *list, uint32_t line, uint32_t column);
/* One edit more of the fix of the diagnostic that was added last, in any order. Places outside of
 * the source are no fix; edits that overlap are none at all. */
void diagnostic_fix(struct diagnostics *list, uint32_t from, uint32_t to, struct text text);
/* The fix: another name for what that keyword, string or symbol names; absent: there is none. */
void diagnostic_fix_name(struct diagnostics *list, const struct form *form, struct text name);
/* Appends the source with the edits made. */
void diagnostic_apply(struct text source, const struct diagnostic_edit *edits, struct buf *out);
/* A place of the source, in the text behind the edits; what an edit replaces is where it begins. */
uint32_t diagnostic_carried(uint32_t offset, const struct diagnostic_edit *edits);
/* The other way. */
uint32_t diagnostic_carried_back(uint32_t offset, const struct diagnostic_edit *edits);
/* As the JSON array of LANGUAGE section 12; stage is "local" or "server". */
void diagnostic_write(const struct diagnostics *list, struct json_writer *writer,
                      const char *stage);
/* The first error as a struct error, or false when there is none. */
bool diagnostic_first_error(const struct diagnostics *list, struct error *err);
