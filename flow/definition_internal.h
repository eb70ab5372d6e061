#pragma once

#include "flow/definition.h"

/*
 * What the files of the definition share. Each definition_x_read() reads one key of the flow's map
 * into the definition and says what is wrong with it; it never fails otherwise.
 */
struct definition_reading {
    struct definition *definition;
    struct diagnostics *diagnostics;
    bool invocations_broken; /* said already; one that is missing may be there */
};

void definition_error(struct definition_reading *reading, const char *code, const struct form *at,
                      const char *path, const char *hint, const char *message);
/* The id that a keyword or string stands for, else absent. */
struct text definition_id(const struct form *form);
/* The value under the keyword; NULL also for nil. */
struct form *definition_get(const struct form *map, const char *key);
/* A non-blank string under the key, or absent; says so when there is something else. */
struct text definition_string(struct diagnostics *diagnostics, const struct form *map,
                              const char *key, const char *path);
/* Words for people: what is blank counts as absent. */
struct text definition_words(struct diagnostics *diagnostics, const struct form *map,
                             const char *key, const char *path);
bool definition_bool(struct diagnostics *diagnostics, const struct form *map, const char *key,
                     const char *path, bool otherwise);
/* The index in the NULL-terminated list of the keyword or string under form, or -1. */
int definition_choice(const struct form *form, const char *const *names);
/* Says so when there are more than LIMIT_FLOW_ENTRIES. */
bool definition_too_many(struct definition_reading *reading, uint32_t count, const struct form *at,
                         const char *path);
/* Keeps back part of the arena's budget while source of that length is read, for what is made of it
 * afterwards, errors among it. Answers the budget, to be put back. */
size_t definition_reserve(struct arena *arena, size_t source_size);
/* Warns about keys that are not in the NULL-terminated list, with the nearest that is. */
void definition_check_keys(struct diagnostics *diagnostics, const struct form *map,
                           const char *const *known, const char *path);

/* ":key cannot be :value" */
const char *definition_wrong(struct definition_reading *reading, const char *key,
                             const struct form *value);
/* "There are :default and :run.", or how to declare one. */
const char *definition_invocation_hint(struct definition_reading *reading);
/* "Use :a, :b or :c." */
const char *definition_choices(struct definition_reading *reading, const char *const *names);

/* The fix of the last diagnostic, that a trigger is manual: the interface it is. */
void definition_trigger_fix(struct definition_reading *reading, const struct form *map,
                            const struct definition_interface *interface);
/* The fix of the last diagnostic: the one invocation, or choice, that the name in form is near to.
 */
void definition_fix_invocation(struct definition_reading *reading, const struct form *form);
void definition_fix_choice(struct diagnostics *diagnostics, const struct form *form,
                           const char *const *names);

void definition_concurrency_read(struct definition_reading *reading, const struct form *form);
/* Adds to the offsets of a form that was read from a string literal. */
void definition_shift(struct form *form, uint32_t by);
/* The one form in a string of code; NULL after saying what is wrong. */
struct form *definition_functions_code(struct diagnostics *diagnostics, struct arena *arena,
                                       const struct form *literal, const char *path);
void definition_functions_read(struct definition_reading *reading, const struct form *form);
void definition_invocations_read(struct definition_reading *reading, const struct form *form);
/* The inputs of a vector: also the :fields of an older trigger. */
void definition_invocations_inputs(struct definition_reading *reading,
                                   struct definition_invocation *invocation,
                                   const struct form *form, const char *path);
void definition_interfaces_read(struct definition_reading *reading, const struct form *form);
void definition_interfaces_auth(struct definition_reading *reading, const struct form *form,
                                const struct form *at, const char *path,
                                struct definition_auth *out);
void definition_requires_read(struct definition_reading *reading);
void definition_schedules_read(struct definition_reading *reading, const struct form *form);
void definition_triggers_read(struct definition_reading *reading, const struct form *form);
void definition_templates_read(struct definition_reading *reading, const struct form *form);
void definition_steps_read(struct definition_reading *reading, const struct form *form);
