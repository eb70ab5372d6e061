/*
 * The nesting of forms is bounded by the reader (LIMIT_READER_DEPTH), and so is the recursion here.
 */
#include "flow/secret_names.h"

bool secret_names_has(const struct secret_names *names, struct text name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (text_equal(names->names[i], name)) return true;
    }
    return false;
}

static void add(struct secret_names *names, struct text name, struct arena *arena)
{
    if (!name.ptr || name.len == 0 || secret_names_has(names, name)) return;
    names->names =
        arena_grow(arena, names->names, names->count, &names->capacity, sizeof(*names->names));
    names->names[names->count++] = arena_text(arena, name);
}

/* All names in what stands behind :secret-ref: it may be an expression that chooses one of them. */
static void add_all(struct secret_names *names, const struct form *form, struct arena *arena)
{
    if (form->kind == FORM_KEYWORD) add(names, form->name, arena);
    if (form->kind == FORM_STRING) add(names, form->text, arena);
    for (uint32_t i = 0; i < form->count; i++) {
        add_all(names, form->items[i], arena);
    }
}

void secret_names_collect(struct secret_names *names, const struct form *form, struct arena *arena)
{
    for (uint32_t i = 0; i < form->count; i++) {
        if (i > 0 && form_is_keyword(form->items[i - 1], "secret-ref")) {
            add_all(names, form->items[i], arena);
        }
        secret_names_collect(names, form->items[i], arena);
    }
}
