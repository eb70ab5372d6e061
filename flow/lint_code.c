/*
 * Code: the inline :code of a function step, quoted or in a string: read, looked at, compiled. The
 * flow's own functions are compiled together with its body.
 */
#include "flow/definition_internal.h"
#include "flow/lint_internal.h"

void lint_code(struct lint *lint, const struct form *form, const char *path)
{
    bool quoted = form_is_quote(form);
    const struct form *code = NULL;

    if (form->kind == FORM_STRING) {
        code = definition_functions_code(lint->diagnostics, lint->arena, form, path);
        if (!code) return;
    } else if (quoted) {
        code = form->items[1];
    } else if (form->kind == FORM_SYMBOL) {
        return; // worked out at run time
    }
    if (!code || !(form_is_call(code, "fn") || form_is_call(code, "fn*"))) {
        lint_error(lint, "invalid_function_code", code ? code : form, path,
                   "Write :code '(fn [input] …).",
                   ":code must be a quoted (fn …) form or a string");
        return;
    }
    lint_arity_input(lint, code, path);
    lint_body_function(lint, code);
    lint_compile(lint, code, path);
}
