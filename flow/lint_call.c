/*
 * Call: what a (flow/call-flow …) and the options of a (flow/poll …) look like, and which slots
 * (flow/slot-bound? …) asks for, as far as they are written out. Whether there is such a flow is
 * not looked at: it may be pushed later.
 */
#include "flow/lint_internal.h"
#include "flow/lint_options.h"
#include "flow/near.h"

static void check_call(struct lint *lint, const struct form *form)
{
    const struct form *slug = form->items[1];
    const struct form *options = form->count > 3 ? form->items[3] : NULL;
    const struct form *version = options ? form_get(options, "version") : NULL;
    bool is_written = slug->kind == FORM_KEYWORD || slug->kind == FORM_STRING;

    if (is_written && (slug->ns.ptr || !definition_is_id(form_name(slug)))) {
        lint_error(lint, "invalid_called_flow", slug, ":flow",
                   "Name it by its slug, as in (flow/call-flow :invoice {…}).",
                   "a flow's slug is letters, digits, - and _");
    }
    if (!options || options->kind != FORM_MAP) return;
    lint_step_options(lint, lint_options_call(), options, ":flow");
    if (!version || version->kind == FORM_SYMBOL || version->kind == FORM_LIST) return;
    if (version->kind == FORM_INT && version->integer > 0) return;
    lint_error(lint, "step_config_invalid", version, ":flow",
               "Write the number that `weir flows versions` lists, such as :version 3.",
               ":version is not the number of a version");
}

static const char *const poll_backoffs[] = {"constant", "linear", "exponential", NULL};

static const struct lint_option poll_options[] = {
    {"interval", LINT_DURATION}, {"max-interval", LINT_DURATION},
    {"timeout", LINT_DURATION},  {"max-attempts", LINT_ANY},
    {"backoff", LINT_ANY},       {"return-on", LINT_ANY},
    {"abort-on", LINT_ANY},      {NULL},
};

static void poll_error(struct lint *lint, const struct form *at, const char *hint, const char *what)
{
    lint_error(lint, "step_config_invalid", at, ":flow", hint, "%s", what);
}

static bool is_number(const struct form *form)
{
    return form->kind >= FORM_INT && form->kind <= FORM_RATIO;
}

/* Whether it is written out, and less than 1; big ones are not looked at. */
static bool is_below_one(const struct form *form)
{
    return form->kind == FORM_DOUBLE ? form->real < 1 : form->kind == FORM_INT && form->integer < 1;
}

static void check_poll_numbers(struct lint *lint, const struct form *options)
{
    static const struct lint_option backoff_option = {"backoff", LINT_CHOICE, poll_backoffs, NULL};
    const struct form *attempts = form_get(options, "max-attempts");
    const struct form *backoff = form_get(options, "backoff");

    if (attempts && lint_value_is_literal(attempts) &&
        ((attempts->kind != FORM_INT && attempts->kind != FORM_BIGINT) || is_below_one(attempts))) {
        poll_error(lint, attempts, "Write a number, such as :max-attempts 20.",
                   ":max-attempts must be a whole number from 1 on");
    }
    if (backoff && !is_number(backoff)) lint_value(lint, &backoff_option, backoff, ":flow");
    if (backoff && is_below_one(backoff)) {
        poll_error(lint, backoff, "Write :exponential, or a factor such as 1.5.",
                   ":backoff is a factor from 1 on");
    }
}

/* What poll-plan of the prelude would refuse when the run is there. */
static void check_poll(struct lint *lint, const struct form *options)
{
    if (!lint_value_is_literal(options)) return;
    if (options->kind != FORM_MAP && options->kind != FORM_NIL) {
        poll_error(lint, options,
                   "Write (flow/poll {:interval \"5s\" :timeout \"10m\"} (flow/step …)).",
                   "the options of flow/poll are a map");
        return;
    }
    if (!form_get(options, "max-attempts") && !form_get(options, "timeout")) {
        poll_error(lint, options, "Add :timeout \"10m\" or :max-attempts 20.",
                   "flow/poll needs :timeout or :max-attempts, so that it ends");
    }
    check_poll_numbers(lint, options);
    lint_value_map(lint, options, poll_options, "flow/poll", ":flow");
}

void lint_call_slot(struct lint *lint, const struct form *form, const char *path, const char *hint)
{
    const struct form *requires = lint->definition->requires;
    struct near meant;

    near_init(&meant, form_name(form));
    for (uint32_t i = 0; requires && i < requires->count; i++) {
        const struct form *slot = form_get(requires->items[i], "slot");

        if (slot && text_equal(form_name(slot), form_name(form))) return;
        if (slot) near_consider(&meant, form_name(slot));
    }
    lint_error(lint, "unknown_connection_slot", form, path, hint,
               "no connection slot :" TEXT_FMT " is declared", TEXT_ARG(form_name(form)));
    diagnostic_fix_name(lint->diagnostics, form, near_get(&meant));
}

void lint_call(struct lint *lint, const struct form *form)
{
    struct text name = form->items[0]->name;

    if (text_equal(name, TEXT("call-flow")) && form->count > 2) check_call(lint, form);
    if (text_equal(name, TEXT("poll")) && form->count == 3) check_poll(lint, form->items[1]);
    if (!text_equal(name, TEXT("slot-bound?")) || form->count != 2) return;
    const struct form *slot = form->items[1];

    if (slot->kind == FORM_KEYWORD || slot->kind == FORM_STRING) {
        lint_call_slot(lint, slot, ":flow",
                       "Declare it under :requires: [{:slot :name :type :http-api}].");
    }
}
