/*
 * Usage: how a name of the language is called, out of its reference, which is read when something
 * is wrong only.
 */
#include "flow/lint_internal.h"
#include "flow/reference.h"

/* "(if test then) or (if test then else), such as (if (pos? 1) :yes :no)"; NULL: not known. */
const char *lint_usage(struct lint *lint, struct text name)
{
    struct buf out CLEANUP(buf_done) = {.limit = 400};

    if (!lint->core) return NULL;
    if (!lint->reference) lint->reference = reference_new();
    const struct reference_entry *entry = reference_find(lint->reference, lint->core, name);

    if (!entry || entry->arity_count == 0) return NULL;
    for (uint32_t i = 0; i < entry->arity_count; i++) {
        if (i > 0) buf_cstr(&out, i + 1 < entry->arity_count ? ", " : " or ");
        reference_write_call(entry, i, &out);
    }
    if (entry->example_count > 0 && !entry->examples[0].is_flow &&
        entry->examples[0].source.len < 100) {
        buf_printf(&out, ", such as " TEXT_FMT, TEXT_ARG(entry->examples[0].source));
    }
    return arena_text(lint->arena, buf_get(&out)).ptr;
}

/* The innermost call around that place, by its name. */
static const struct form *enclosing(const struct form *form, uint32_t offset)
{
    const struct form *found = NULL;

    while (form) {
        const struct form *inner = NULL;

        if (form->kind == FORM_LIST && form->count > 0 && form->items[0]->kind == FORM_SYMBOL) {
            found = form;
        }
        for (uint32_t i = 0; i < form->count && !inner; i++) {
            const struct form *item = form->items[i];

            if (offset >= item->offset && offset < item->end_offset) inner = item;
        }
        form = inner;
    }
    return found;
}

const char *lint_usage_around(struct lint *lint, const struct form *code, uint32_t offset)
{
    const struct form *call = enclosing(code, offset);
    struct buf name CLEANUP(buf_done) = {0};

    if (!call) return NULL;
    form_print(call->items[0], &name);
    return lint_usage(lint, buf_get(&name));
}
