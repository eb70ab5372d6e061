#include "flow/reference.h"

#include "base/assert.h"
#include "base/log.h"
#include "base/memory.h"
#include "flow/core.h"
#include "flow/embed_flow.h"
#include "flow/keyword.h"
#include "flow/reader.h"

/*
 * Reference: the data of flow/reference/ as structs. Texts of expressions and values are parts of
 * the source as written, so the data reads like the page made from it.
 */
struct loader {
    struct reference *reference;
    const char *file;
    struct text source;
};

static NORETURN void broken(const struct loader *loader, const struct form *at, const char *message)
{
    log_error("flow/reference", "%s:%u:%u: %s", loader->file, at->line, at->column, message);
    assert_fail("the reference reads", loader->file, (int)at->line);
}

static struct text text_of(const struct loader *loader, const struct form *form)
{
    return text_slice(loader->source, form->offset, form->end_offset);
}

/* The text of a form whose further lines are indented as if it began at the left edge. */
static struct text outdented(const struct loader *loader, const struct form *form)
{
    struct text rest = text_of(loader, form);
    struct buf out CLEANUP(buf_done) = {0};
    bool first = true;

    while (rest.ptr) {
        struct text line = text_cut(&rest, '\n');
        size_t skip = 0;

        while (!first && skip + 1 < form->column && skip < line.len && line.ptr[skip] == ' ') {
            skip++;
        }
        if (!first) buf_char(&out, '\n');
        buf_text(&out, text_slice(line, skip, line.len));
        first = false;
    }
    return arena_text(&loader->reference->arena, buf_get(&out));
}

/* A string without the line breaks and indentation that the file gave it. */
static struct text flowing(struct arena *arena, struct text source)
{
    struct buf out CLEANUP(buf_done) = {0};

    for (size_t i = 0; i < source.len; i++) {
        bool blank = source.ptr[i] == '\n' || source.ptr[i] == ' ';

        if (!blank) {
            buf_char(&out, source.ptr[i]);
        } else if (out.len > 0 && out.ptr[out.len - 1] != ' ') {
            buf_char(&out, ' ');
        }
    }
    return arena_text(arena, text_trim(buf_get(&out)));
}

static void read_flow_example(const struct loader *loader, const struct form *form,
                              struct reference_example *out)
{
    if (form->count != 3 || form->items[1]->kind != FORM_MAP) {
        broken(loader, form, "a flow is (:flow {…} body)");
    }
    const struct form *answers = form_get(form->items[1], "answers");

    out->is_flow = true;
    out->input = form_get(form->items[1], "input");
    if (out->input) out->input_source = text_of(loader, out->input);
    if (answers) {
        out->answers = answers->items;
        out->answer_count = answers->count;
        out->answers_source = text_of(loader, answers);
    }
    out->form = form->items[2];
    out->source = outdented(loader, out->form);
}

static void read_example(const struct loader *loader, const struct form *expression,
                         const struct form *value, struct reference_example *out)
{
    out->form = expression;
    out->source = outdented(loader, expression);
    if (expression->kind == FORM_LIST && expression->count > 0 &&
        form_is_keyword(expression->items[0], "flow")) {
        read_flow_example(loader, expression, out);
    }
    if (value->kind == FORM_TAGGED && text_equal(value->name, TEXT("throws"))) {
        out->throws = value->items[0]->name;
    } else {
        out->value = text_of(loader, value);
    }
}

/* The vectors behind the name. */
static void read_arities(const struct loader *loader, const struct form *form,
                         struct reference_entry *entry)
{
    while (1 + entry->arity_count < form->count &&
           form->items[1 + entry->arity_count]->kind == FORM_VECTOR) {
        entry->arity_count++;
    }
    entry->arity_vectors = form->items + 1;
    entry->arities = ARENA_ARRAY(&loader->reference->arena, entry->arity_count, struct text);
    for (uint32_t i = 0; i < entry->arity_count; i++) {
        struct text whole = text_of(loader, form->items[1 + i]);

        entry->arities[i] = text_slice(whole, 1, whole.len - 1);
    }
}

static void read_entry(const struct loader *loader, const struct form *form,
                       struct reference_entry *entry)
{
    struct arena *arena = &loader->reference->arena;

    entry->name = text_of(loader, form->items[0]);
    read_arities(loader, form, entry);
    uint32_t at = 1 + entry->arity_count;

    if (at >= form->count || form->items[at]->kind != FORM_STRING) {
        broken(loader, form, "a text is missing");
    }
    entry->doc = flowing(arena, form->items[at]->text);
    at++;
    if (at == form->count || (form->count - at) % 2) {
        broken(loader, form, "behind the text stand examples, each with its value");
    }
    entry->example_count = (form->count - at) / 2;
    entry->examples = ARENA_ARRAY(arena, entry->example_count, struct reference_example);
    for (uint32_t i = 0; i < entry->example_count; i++) {
        read_example(loader, form->items[at + 2 * i], form->items[at + 2 * i + 1],
                     &entry->examples[i]);
    }
}

static void read_form(struct loader *loader, const struct form *form)
{
    struct reference *reference = loader->reference;
    struct arena *arena = &reference->arena;

    if (form->kind != FORM_LIST || form->count < 2) broken(loader, form, "an entry is a list");
    if (form_is_keyword(form->items[0], "section")) {
        struct reference_section section = {.title = form->items[1]->text};

        if (form->count != 3) broken(loader, form, "a section has a title and a text");
        section.text = flowing(arena, form->items[2]->text);
        reference->sections = arena_grow(arena, reference->sections, reference->count,
                                         &reference->capacity, sizeof(section));
        reference->sections[reference->count++] = section;
        return;
    }
    if (reference->count == 0) broken(loader, form, "an entry stands in a section");
    struct reference_section *section = &reference->sections[reference->count - 1];
    struct reference_entry entry = {0};

    read_entry(loader, form, &entry);
    section->entries =
        arena_grow(arena, section->entries, section->count, &section->capacity, sizeof(entry));
    section->entries[section->count++] = entry;
}

static void read_file(struct loader *loader)
{
    struct reader reader;
    struct form *form;
    struct error err;
    enum reader_result result = READER_ERROR;

    if (reader_init(&reader, &loader->reference->arena, loader->source, &err)) {
        while ((result = reader_next(&reader, &form, &err)) == READER_FORM) {
            read_form(loader, form);
        }
    }
    if (result == READER_ERROR) {
        struct form at = {.line = (uint32_t)err.line, .column = (uint32_t)err.column};

        broken(loader, &at, err.message);
    }
}

/* When nothing grows any more. */
static void index_entries(struct reference *reference)
{
    for (size_t i = 0; i < reference->count; i++) {
        struct reference_section *section = &reference->sections[i];

        for (size_t k = 0; k < section->count; k++) {
            struct reference_entry *entry = &section->entries[k];

            entry->section = section;
            if (map_put(&reference->by_name, entry->name, entry)) {
                log_error("flow/reference", TEXT_FMT " stands twice", TEXT_ARG(entry->name));
                assert_fail("each name stands once", __FILE__, __LINE__);
            }
        }
    }
}

struct reference *reference_new(void)
{
    struct reference *reference = MEMORY_NEW(struct reference);
    struct loader loader = {.reference = reference};

    arena_init(&reference->arena, 0);
    for (const struct embed_file *file = embed_flow; file->name; file++) {
        struct text name = text_from(file->name);

        if (!text_starts_with(name, TEXT("reference/")) || !text_ends_with(name, TEXT(".edn"))) {
            continue;
        }
        loader.file = file->name;
        loader.source = (struct text){file->data, (size_t)(file->data_end - file->data)};
        read_file(&loader);
    }
    index_entries(reference);
    return reference;
}

void reference_free(struct reference *reference)
{
    if (!reference) return;
    map_done(&reference->by_name);
    arena_done(&reference->arena);
    memory_free(reference);
}

const struct reference_entry *reference_find(const struct reference *reference,
                                             const struct core *core, struct text name)
{
    const struct reference_entry *entry = map_find(&reference->by_name, name);
    struct text ns, rest;

    if (entry) return entry;
    keyword_split(name, &ns, &rest);
    if (text_equal(ns, TEXT("clojure.core"))) return map_find(&reference->by_name, rest);
    const struct core_entry *found = core_find(core, ns, rest);

    return found ? map_find(&reference->by_name, found->name) : NULL;
}

bool reference_accepts(const struct reference_entry *entry, uint32_t count)
{
    for (uint32_t i = 0; i < entry->arity_count; i++) {
        const struct form *params = entry->arity_vectors[i];

        if (params->count >= 2 && form_is_symbol(params->items[params->count - 2], "&")) {
            if (count >= params->count - 2) return true;
        } else if (count == params->count) {
            return true;
        }
    }
    return false;
}

void reference_write_call(const struct reference_entry *entry, uint32_t arity, struct buf *out)
{
    if (entry->arity_count == 0) {
        buf_text(out, entry->name);
        return;
    }
    buf_printf(out, "(" TEXT_FMT "%s" TEXT_FMT ")", TEXT_ARG(entry->name),
               entry->arities[arity].len ? " " : "", TEXT_ARG(entry->arities[arity]));
}
