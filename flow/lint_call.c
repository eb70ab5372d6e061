/*
 * Call: what a (flow/call-flow …) looks like, and which slots (flow/slot-bound? …) asks for, as far
 * as they are written out. Whether there is such a flow is not looked at: it may be pushed later.
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
    if (!text_equal(name, TEXT("slot-bound?")) || form->count != 2) return;
    const struct form *slot = form->items[1];

    if (slot->kind == FORM_KEYWORD || slot->kind == FORM_STRING) {
        lint_call_slot(lint, slot, ":flow",
                       "Declare it under :requires: [{:slot :name :type :http-api}].");
    }
}
