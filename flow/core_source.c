#include "flow/core_source.h"

#include "flow/embed_flow.h"
#include "flow/reader.h"

static bool defines(struct text source, const struct form *form, struct text name)
{
    if (form->kind != FORM_LIST || form->count < 3) return false;
    const struct form *symbol = form->items[1];

    return text_equal(text_slice(source, symbol->offset, symbol->end_offset), name);
}

static bool find_in(struct arena *arena, struct text source, struct text name, struct text *out)
{
    struct reader reader;
    struct form *form;
    struct error err;

    if (!reader_init(&reader, arena, source, &err)) return false;
    while (reader_next(&reader, &form, &err) == READER_FORM) {
        if (!defines(source, form, name)) continue;
        *out = text_slice(source, form->offset, form->end_offset);
        return true;
    }
    return false;
}

bool core_source_find(struct text name, struct text *out_source, struct text *out_file)
{
    struct arena arena CLEANUP(arena_done) = {0};

    arena_init(&arena, 0);
    for (const struct embed_file *file = embed_flow; file->name; file++) {
        struct text source = {file->data, (size_t)(file->data_end - file->data)};

        if (!text_starts_with(text_from(file->name), TEXT("prelude/"))) continue;
        if (!find_in(&arena, source, name, out_source)) continue;
        *out_file = text_from(file->name);
        return true;
    }
    return false;
}
