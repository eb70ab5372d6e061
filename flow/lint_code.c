/*
 * Code: the inline :code of a function step, quoted or in a string: read, looked at, compiled. The
 * flow's own functions are compiled together with its body.
 */
#include "flow/definition_internal.h"
#include "flow/lint_internal.h"
#include "flow/vm.h"

/* Compiles the source, which stands in the flow's file at that form; skip: characters before it. */
static void compile_source(struct lint *lint, const struct form *at, struct text source,
                           uint32_t skip, const char *path)
{
    struct error err = {0};

    if (!lint->core || source.len == 0) return;
    struct image *image = vm_compile_function(lint->core, source, &err);

    if (image) {
        vm_image_unref(image);
        return;
    }
    if (err.line <= 1) err.column = MAX(err.column, 1) + (int)(at->column - 1 + skip);
    err.line = MAX(err.line, 1) + (int)at->line - 1;
    diagnostic_add_error(lint->diagnostics, &err, path);
}

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
    lint_body_function(lint, code);
    if (quoted) {
        struct text source = lint->diagnostics->source;

        compile_source(lint, code, text_slice(source, code->offset, code->end_offset), 0, path);
    } else {
        compile_source(lint, form, form->text, 1, path);
    }
}
