/*
 * Lint: the order of the checks, and what can only be said once all of the flow was seen.
 */
#include "flow/lint.h"

#include "flow/lint_internal.h"
#include "flow/near.h"
#include "flow/reference.h"
#include "flow/vm.h"

#include <stdarg.h>
#include <stdio.h>

/* Shared helpers */

static void add(struct lint *lint, enum diagnostic_severity severity, const char *code,
                const struct form *at, const char *path, const char *hint, const char *fmt,
                va_list args)
{
    char message[400];

    vsnprintf(message, sizeof(message), fmt, args);
    diagnostic_add(lint->diagnostics, severity, code, at, path, hint, "%s", message);
}

void lint_error(struct lint *lint, const char *code, const struct form *at, const char *path,
                const char *hint, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    add(lint, DIAGNOSTIC_ERROR, code, at, path, hint, fmt, args);
    va_end(args);
}

void lint_warn(struct lint *lint, const char *code, const struct form *at, const char *path,
               const char *hint, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    add(lint, DIAGNOSTIC_WARNING, code, at, path, hint, fmt, args);
    va_end(args);
}

void lint_note(struct lint *lint, struct lint_name **list, struct text name,
               const struct form *form)
{
    struct lint_name *noted = ARENA_NEW(lint->arena, struct lint_name);

    *noted = (struct lint_name){name, form, *list};
    *list = noted;
}

bool lint_noted(const struct lint_name *list, struct text name)
{
    for (; list; list = list->next) {
        if (text_equal(list->name, name)) return true;
    }
    return false;
}

bool lint_knows_step_type(struct text type)
{
    return lint_options_type(type) != NULL;
}

/* Schedules */

static enum error_code check_schedule(struct lint *lint, const struct definition_schedule *schedule,
                                      struct text timezone)
{
    const struct form *zone = form_get(schedule->form, "timezone");
    const struct form *at = form_get(schedule->form, "cron");
    struct error err = {0};

    if (lint->options.check_cron(schedule->cron, timezone, &err)) return E_NONE;
    if (err.code == E_TIMEZONE && zone) at = zone;
    lint_error(lint, error_wire(err.code), at ? at : schedule->form, ":schedules",
               err.hint[0] ? err.hint : error_default_hint(err.code), "%s", err.message);
    return err.code;
}

static void check_schedules(struct lint *lint)
{
    const struct definition *definition = lint->definition;

    for (uint32_t i = 0; lint->options.check_cron && i < definition->schedule_count; i++) {
        const struct definition_schedule *schedule = &definition->schedules[i];

        if (!schedule->cron.ptr) continue; // said already
        // What is wrong with the zone is said first; the cron is looked at nevertheless.
        if (check_schedule(lint, schedule, schedule->timezone) == E_TIMEZONE) {
            check_schedule(lint, schedule, TEXT("UTC"));
        }
    }
}

/* References */

static void check_callbacks(struct lint *lint)
{
    for (const struct lint_name *name = lint->callbacks; name; name = name->next) {
        if (lint->has_dynamic_wait || lint_noted(lint->waits, name->name)) continue;
        lint_error(lint, "unknown_wait", name->form, ":flow",
                   "Name the step id of a (flow/step :wait …) of this flow.",
                   "no :wait step has the id :" TEXT_FMT, TEXT_ARG(name->name));
        struct near meant;

        near_init(&meant, name->name);
        for (const struct lint_name *wait = lint->waits; wait; wait = wait->next) {
            near_consider(&meant, wait->name);
        }
        diagnostic_fix_name(lint->diagnostics, name->form, near_get(&meant));
    }
}

static void check_unreferenced(struct lint *lint)
{
    const struct definition *definition = lint->definition;

    for (uint32_t i = 0; i < definition->step_count; i++) {
        const struct definition_step *step = &definition->steps[i];

        if (lint_noted(lint->packaged, step->id)) continue;
        lint_warn(lint, "unreferenced_packaged_step", form_get(step->form, "id"), ":steps",
                  "Call it: (flow/step :ns/name :step-id {…}), or remove it.",
                  "the packaged step :" TEXT_FMT " is declared but the body never calls it",
                  TEXT_ARG(step->id));
    }
    for (uint32_t i = 0; !lint->has_dynamic_template && i < definition->template_count; i++) {
        const struct definition_template *template = &definition->templates[i];

        if (lint_noted(lint->templates, template->id)) continue;
        lint_warn(lint, "unreferenced_template", form_get(template->form, "id"), ":templates",
                  "Use it: {:template :id :data {…}} in the config of a step, or remove it.",
                  "the template :" TEXT_FMT " is declared but no step uses it",
                  TEXT_ARG(template->id));
    }
    for (uint32_t i = 0; !lint->has_dynamic_ref && i < definition->function_count; i++) {
        const struct definition_function *function = &definition->functions[i];

        if (lint_noted(lint->functions, function->id)) continue;
        lint_warn(lint, "unreferenced_function", form_get(function->form, "id"), ":functions",
                  "Call it: (flow/step :function :step-id {:ref :id :input {…}}), or remove it.",
                  "the function :" TEXT_FMT " is declared but no step refers to it",
                  TEXT_ARG(function->id));
    }
}

/* What only the compiler knows: unknown symbols, malformed special forms. */

struct lint_trial {
    struct lint *lint;
    const struct form *code;
    const char *path;
};

/* The outermost form that begins there; NULL: none does. */
static const struct form *form_at(const struct form *form, uint32_t line, uint32_t column,
                                  uint32_t offset)
{
    if (form->line == line && form->column == column) return form;
    if (offset < form->offset || offset >= form->end_offset) return NULL;
    for (uint32_t i = 0; i < form->count; i++) {
        const struct form *found = form_at(form->items[i], line, column, offset);

        if (found) return found;
    }
    return NULL;
}

/* Whether the symbol stands there as it is: not a macro's, and not behind escapes of a string. */
static bool is_written(struct text source, const struct form *symbol)
{
    struct text rest = text_slice(source, symbol->offset, symbol->end_offset);
    struct text ns = symbol->ns.len > 0 ? text_cut(&rest, '/') : TEXT_NONE;

    return text_equal(ns, symbol->ns) && text_equal(rest, symbol->name);
}

/* What the lint has described there already is not repeated. */
static bool on_compile_error(const struct error *err, struct text meant, void *ctx)
{
    const struct lint_trial *trial = ctx;
    struct diagnostics *diagnostics = trial->lint->diagnostics;
    uint32_t line = (uint32_t)MAX(err->line, 1), column = (uint32_t)MAX(err->column, 1);

    if (diagnostic_has_error(diagnostics, line, column)) return true;
    uint32_t offset = diagnostic_place(diagnostics, line, column);
    const struct form *form = form_at(trial->code, line, column, offset);
    struct error hinted = *err;

    // what follows from a token that could not be read
    if (form && form->count > 0 &&
        diagnostic_has_syntax_error(diagnostics, form->items[0]->line, form->items[0]->column)) {
        return true;
    }
    if (err->code == E_COMPILE && strcmp(err->hint, error_default_hint(E_COMPILE)) == 0) {
        const char *usage = lint_usage_around(trial->lint, trial->code, offset);

        if (usage) error_hint(&hinted, "It is written %s.", usage);
    }
    diagnostic_add_error_form(diagnostics, &hinted, form, trial->path);
    if (meant.ptr && form && form->kind == FORM_SYMBOL && is_written(diagnostics->source, form)) {
        diagnostic_fix(diagnostics, form->offset, form->end_offset, meant);
    }
    return diagnostics->error_count < diagnostics->kept_max;
}

void lint_compile(struct lint *lint, const struct form *code, const char *path)
{
    struct lint_trial trial = {lint, code, path};

    if (lint->core) vm_check_function(lint->core, lint->arena, code, on_compile_error, &trial);
}

static void try_compile(struct lint *lint)
{
    const struct definition *definition = lint->definition;
    struct lint_trial trial = {lint, definition->body, ":flow"};

    if (lint->core) {
        vm_check_body(lint->core, lint->arena, definition->body, on_compile_error, &trial);
    }
    for (uint32_t i = 0; i < definition->function_count; i++) {
        const struct definition_function *function = &definition->functions[i];

        if (!function->code) continue; // said already
        lint_compile(
            lint, function->code,
            arena_printf(lint->arena, ":functions :" TEXT_FMT " :code", TEXT_ARG(function->id))
                .ptr);
    }
}

struct definition *lint_flow(const struct core *core, struct arena *arena, struct text source,
                             struct lint_options options, struct diagnostics *diagnostics)
{
    struct lint lint = {
        .core = core,
        .arena = arena,
        .definition = definition_parse(arena, source, diagnostics),
        .diagnostics = diagnostics,
        .options = options,
    };

    if (!lint.definition) return NULL;
    lint_packaged_init(&lint);
    lint_source(&lint);
    check_schedules(&lint);
    lint_kept(&lint);
    if (lint.definition->body) {
        lint_body(&lint);
        lint_template_requests(&lint);
        lint_packaged_definitions(&lint);
        check_callbacks(&lint);
        check_unreferenced(&lint);
        try_compile(&lint);
    }
    reference_free(lint.reference);
    lint_packaged_done(&lint);
    if (arena->is_over && !diagnostic_has(diagnostics, error_wire(E_ARENA_BUDGET), 1, 1)) {
        diagnostic_add(diagnostics, DIAGNOSTIC_ERROR, error_wire(E_ARENA_BUDGET), NULL, NULL,
                       error_default_hint(E_ARENA_BUDGET),
                       "checking the flow needs more memory than this request may use");
    }
    return diagnostics->error_count == 0 ? lint.definition : NULL;
}
