/*
 * Value: an option of a step as far as it is written out: durations, choices, maps with options of
 * their own. A symbol or a call is worked out at run time and checked there.
 */
#include "base/limits.h"
#include "base/parse.h"
#include "flow/definition_internal.h"
#include "flow/lint_internal.h"
#include "flow/lint_options.h"
#include "flow/near.h"

static const char *const backoffs[] = {"exponential", "linear", "constant", NULL};

static const struct lint_option retry_options[] = {
    {"max-attempts", LINT_ANY},
    {"backoff-ms", LINT_COUNT},
    {"backoff", LINT_CHOICE, backoffs},
    {"max-ms", LINT_COUNT},
    {"jitter", LINT_FLAG},
    {"retry-on", LINT_VECTOR},
    {NULL},
};

static const struct lint_option approval_options[] = {
    {"title"},
    {"description"},
    {"message"},
    {"params"},
    {"fields", LINT_VECTOR},
    {"actions", LINT_VECTOR},
    {"approvers", LINT_ANY},
    {"expires", LINT_REFUSED, NULL, "Use :timeout of the :wait step."},
    {"roles", LINT_REFUSED, NULL, "Give the approval's link only to those who may decide."},
    {NULL},
};

static const struct lint_option event_options[] = {{"name"}, {"key"}, {NULL}};

bool lint_value_is_literal(const struct form *form)
{
    return form->kind != FORM_SYMBOL && form->kind != FORM_LIST;
}

static void invalid(struct lint *lint, const struct form *at, const char *path, const char *hint,
                    const char *key, const char *what)
{
    lint_error(lint, "step_config_invalid", at, path, hint, ":%s %s", key, what);
}

/* Single values */

static void check_duration(struct lint *lint, const struct form *form, const char *key,
                           const char *path)
{
    const char *hint = "Write seconds, or a duration such as \"30s\", \"5m\" or \"24h\".";
    int64_t ms = 0;
    bool good = true;

    if (form->kind == FORM_INT) {
        good = form->integer >= 0;
        ms = form->integer > INT64_MAX / 1000 ? INT64_MAX : form->integer * 1000;
    } else if (form->kind == FORM_DOUBLE) {
        good = form->real >= 0;
    } else if (form->kind == FORM_STRING) {
        good = parse_duration_ms(form->text, &ms);
    } else if (lint_value_is_literal(form)) {
        good = false;
    }
    if (!good) {
        invalid(lint, form, path, hint, key, "is not a duration");
    } else if (ms > LIMIT_WAIT_TIMEOUT_MS && strcmp(key, "ttl") != 0 &&
               strcmp(key, "millis") != 0) {
        invalid(lint, form, path, "Wait at most \"30d\"; for longer, wait again in a loop.", key,
                "is longer than 30 days");
    }
}

static bool is_choice(struct text name, const char *const *choices)
{
    for (size_t i = 0; choices[i]; i++) {
        if (text_equal(name, text_from(choices[i]))) return true;
    }
    return false;
}

static void check_choice(struct lint *lint, const struct form *form, const char *key,
                         const char *const *choices, const char *path)
{
    struct buf hint CLEANUP(buf_done) = {.limit = 200};
    struct buf what CLEANUP(buf_done) = {.limit = 100};

    struct near meant;

    if (!lint_value_is_literal(form) || is_choice(form_name(form), choices)) return;
    near_init(&meant, form_name(form));
    for (size_t i = 0; choices[i]; i++) {
        near_consider(&meant, text_from(choices[i]));
        buf_printf(&hint, "%s:%s", i == 0 ? "Use one of " : ", ", choices[i]);
    }
    buf_char(&hint, '.');
    buf_cstr(&what, "cannot be ");
    form_print(form, &what);
    invalid(lint, form, path, hint.ptr, key, what.ptr);
    diagnostic_fix_name(lint->diagnostics, form, near_get(&meant));
}

static void check_kind(struct lint *lint, const struct form *form, const char *key,
                       enum lint_check check, const char *path)
{
    static const struct {
        enum form_kind kind;
        const char *what, *hint;
    } kinds[] = {
        [LINT_MAP] = {FORM_MAP, "must be a map", "Write it as {\"name\" value}."},
        [LINT_VECTOR] = {FORM_VECTOR, "must be a vector", "Write it as [value …]."},
        [LINT_FLAG] = {FORM_BOOL, "must be true or false", "Write true or false, without quotes."},
        [LINT_COUNT] = {FORM_INT, "must be a whole number", "Write a number, without quotes."},
    };

    if (!lint_value_is_literal(form) || form->kind == kinds[check].kind) return;
    invalid(lint, form, path, kinds[check].hint, key, kinds[check].what);
}

static void check_url(struct lint *lint, const struct form *form, const char *key, const char *path)
{
    if (!lint_value_is_literal(form)) return;
    if (form->kind == FORM_STRING && (text_starts_with(form->text, TEXT("https://")) ||
                                      text_starts_with(form->text, TEXT("http://")))) {
        return;
    }
    invalid(lint, form, path, "Write the whole address: \"https://api.example.com/orders\".", key,
            "is not http:// or https://");
}

/* Maps with options of their own */

void lint_value_unknown(struct lint *lint, const struct form *key, const char *near,
                        const char *what, const char *path)
{
    const char *hint = near ? arena_printf(lint->arena, "Did you mean `:%s`?", near).ptr
                            : "Remove it if it is a mistake.";
    struct buf text CLEANUP(buf_done) = {.limit = 60};

    form_print(key, &text);
    lint_warn(lint, "unknown_step_option", key, path, hint, "%s does not know the option " TEXT_FMT,
              what, TEXT_ARG(buf_get(&text)));
}

void lint_value_map(struct lint *lint, const struct form *map, const struct lint_option *options,
                    const char *what, const char *path)
{
    for (uint32_t i = 0; i + 1 < map->count; i += 2) {
        const struct form *key = map->items[i];
        const struct lint_option *option = lint_options_in(options, key);

        if (option) {
            lint_value(lint, option, map->items[i + 1], path);
            continue;
        }
        lint_value_unknown(lint, key, lint_options_nearest_in(options, form_name(key)), what, path);
    }
}

static void check_map(struct lint *lint, const struct form *form, const char *key,
                      const struct lint_option *options, const char *example, const char *path)
{
    if (!lint_value_is_literal(form)) return;
    if (form->kind != FORM_MAP) {
        invalid(lint, form, path, arena_printf(lint->arena, "Use %s.", example).ptr, key,
                "must be a map");
        return;
    }
    lint_value_map(lint, form, options, arena_printf(lint->arena, ":%s", key).ptr, path);
}

static void check_retry(struct lint *lint, const struct form *form, const char *path)
{
    const struct form *attempts = form_get(form, "max-attempts");

    check_map(lint, form, "retry", retry_options,
              "{:max-attempts 3 :backoff-ms 500 :backoff :exponential}", path);
    if (!attempts || !lint_value_is_literal(attempts)) return;
    if (attempts->kind == FORM_INT && attempts->integer >= 1 && attempts->integer <= 100) return;
    invalid(lint, attempts, path, "Use :max-attempts 3.", "max-attempts",
            "must be a whole number from 1 to 100");
}

/* Whether nothing in it is worked out at run time. */
static bool is_constant(const struct form *form)
{
    if (!lint_value_is_literal(form)) return false;
    for (uint32_t i = 0; i < form->count; i++) {
        if (!is_constant(form->items[i])) return false;
    }
    return true;
}

/* The form of an approval, where it is written out: a field that nobody can fill in makes an
 * approval that nobody can give. */
static void check_fields(struct lint *lint, const struct form *fields, const char *path)
{
    struct definition_invocation form = {0};
    struct definition_reading reading = {.definition = lint->definition,
                                         .diagnostics = lint->diagnostics};

    if (!fields || fields->kind != FORM_VECTOR || !is_constant(fields)) return;
    definition_invocations_inputs(&reading, &form, fields,
                                  arena_printf(lint->arena, "%s :approval :fields", path).ptr);
}

/* What would make an approval stricter than this server is may not be passed over. */
static void check_approval(struct lint *lint, const struct form *form, const char *path)
{
    const struct form *approvers = form_get(form, "approvers");

    check_map(lint, form, "approval", approval_options, "{:title \"…\" :params {…}}", path);
    check_fields(lint, form_get(form, "fields"), path);
    if (!approvers || (approvers->kind == FORM_INT && approvers->integer == 1)) return;
    lint_error(lint, "unsupported_step_option", approvers, path,
               "Put one :wait step behind the other, one for each reviewer.",
               "this server runs approvals by one reviewer");
}

static void check_event(struct lint *lint, const struct form *form, const char *path)
{
    const char *example = "{:name \"orders.paid\" :key order-id}";

    check_map(lint, form, "event", event_options, example, path);
    if (form->kind != FORM_MAP || form_get(form, "name")) return;
    invalid(lint, form, path, arena_printf(lint->arena, "Use %s.", example).ptr, "event",
            "has no :name");
}

void lint_value(struct lint *lint, const struct lint_option *option, const struct form *value,
                const char *path)
{
    switch (option->check) {
    case LINT_ANY:
    case LINT_TEMPLATE: break; // lint_template.c
    case LINT_DURATION: check_duration(lint, value, option->name, path); break;
    case LINT_CHOICE: check_choice(lint, value, option->name, option->choices, path); break;
    case LINT_MAP:
    case LINT_VECTOR:
    case LINT_FLAG:
    case LINT_COUNT: check_kind(lint, value, option->name, option->check, path); break;
    case LINT_URL: check_url(lint, value, option->name, path); break;
    case LINT_RETRY: check_retry(lint, value, path); break;
    case LINT_APPROVAL: check_approval(lint, value, path); break;
    case LINT_EVENT: check_event(lint, value, path); break;
    case LINT_REFUSED:
        lint_error(lint, "unsupported_step_option", value, path, option->hint,
                   "this server does not run :%s", option->name);
        break;
    }
}
