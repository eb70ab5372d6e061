#include "flow/core.h"

#include "base/assert.h"
#include "base/log.h"
#include "base/memory.h"
#include "flow/callable.h"
#include "flow/compile.h"
#include "flow/core_internal.h"
#include "flow/embed_flow.h"
#include "flow/java_value.h"
#include "flow/keyword.h"
#include "flow/reader.h"
#include "flow/vm.h"

#include <stdlib.h>

/*
 * Core: joins the native tables and the prelude. A prelude function exists as a value (an object
 * that points at a prototype still empty) before any body is compiled, so bodies refer to each
 * other directly, in any order. What goes wrong here is a mistake in our own files: it is logged
 * with its position, and the process ends.
 */
static const struct native_entry *const tables[] = {
#define X(table) table,
#include "flow/core_tables.def"
#undef X
};

static const struct {
    const char *alias, *ns;
} aliases[] = {
    {"str", "clojure.string"}, {"string", "clojure.string"}, {"set", "clojure.set"},
    {"walk", "clojure.walk"},  {"edn", "clojure.edn"},
};

enum { CORE_NAME_MAX = 200 };

/* A definition of the prelude between the two passes. */
struct definition_form {
    struct form *form;
    struct prototype *prototype; /* NULL: a constant */
    const char *file;
};

struct loader {
    struct core *core;
    struct arena arena; /* forms and expansions */
    struct definition_form *definitions;
    size_t count, capacity;
    struct error err;
};

static NORETURN void prelude_error(const char *file, const struct error *err)
{
    log_error("flow/core", "prelude/%s:%d:%d: %s", file, err->line, err->column, err->message);
    assert_fail("the prelude compiles", file, err->line);
}

static struct core_entry *add_entry(struct core *core, struct text name)
{
    struct core_entry *old = map_find(&core->by_name, name);

    if (old) return old;
    struct core_entry *entry = ARENA_NEW(&core->image->arena, struct core_entry);

    entry->name = name;
    map_put(&core->by_name, name, entry);
    core->count++;
    return entry;
}

static void add_natives(struct core *core)
{
    for (size_t i = 0; i < ARRAY_COUNT(tables); i++) {
        for (const struct native_entry *native = tables[i]; native->name; native++) {
            struct core_entry *entry = add_entry(core, text_from(native->name));

            ASSERT(entry->native == NULL); // each name once
            entry->native = native;
            entry->value = callable_native(&core->image->statics, native);
            entry->native_value = entry->value;
            entry->internal = native->flags & NATIVE_INTERNAL;
        }
    }
}

static void add_constants(struct core *core)
{
    struct buf name CLEANUP(buf_done) = {0};
    struct value value;

    for (size_t i = 0; java_value_constant(i, &core->image->statics, &name, &value); i++) {
        add_entry(core, arena_text(&core->image->arena, buf_get(&name)))->value = value;
        buf_reset(&name);
    }
}

static struct text full_name(struct core *core, const struct form *symbol)
{
    struct arena *arena = &core->image->arena;

    if (!symbol->ns.len) return arena_text(arena, symbol->name);
    return arena_printf(arena, TEXT_FMT "/" TEXT_FMT, TEXT_ARG(symbol->ns), TEXT_ARG(symbol->name));
}

static struct text print_arglists(struct core *core, const struct form *form, uint32_t first)
{
    struct buf out CLEANUP(buf_done) = {0};

    for (uint32_t i = first; i < form->count; i++) {
        const struct form *item = form->items[i];
        const struct form *params = item->kind == FORM_LIST && item->count ? item->items[0] : item;

        if (out.len) buf_char(&out, ' ');
        form_print(params, &out);
        if (item->kind == FORM_VECTOR) break;
    }
    return arena_text(&core->image->arena, buf_get(&out));
}

/* Index of the parameters, or of the first arity: behind name, doc and attributes. */
static uint32_t defn_first(const struct form *form)
{
    uint32_t first = 2;

    while (first < form->count &&
           (form->items[first]->kind == FORM_STRING || form->items[first]->kind == FORM_MAP)) {
        first++;
    }
    return first;
}

static void declare(struct loader *loader, struct form *form, const char *file)
{
    struct core *core = loader->core;
    bool private = form_is_call(form, "defn-");
    bool function = private || form_is_call(form, "defn");

    if ((!function && !form_is_call(form, "def")) || form->count < 3 ||
        form->items[1]->kind != FORM_SYMBOL) {
        error_set(&loader->err, E_COMPILE, "only defn, defn- and def stand in the prelude");
        error_at(&loader->err, (int)form->line, (int)form->column);
        prelude_error(file, &loader->err);
    }
    struct core_entry *entry = add_entry(core, full_name(core, form->items[1]));
    struct definition_form definition = {.form = form, .file = file};

    if (function) {
        definition.prototype = ARENA_NEW(&core->image->arena, struct prototype);
        entry->value = compile_function_value(core->image, definition.prototype);
        entry->internal = private;
        entry->arglists = print_arglists(core, form, defn_first(form));
    }
    loader->definitions = arena_grow(&loader->arena, loader->definitions, loader->count,
                                     &loader->capacity, sizeof(definition));
    loader->definitions[loader->count++] = definition;
}

static void read_prelude(struct loader *loader)
{
    for (const struct embed_file *file = embed_flow; file->name; file++) {
        struct reader reader;
        struct form *form;
        struct text source = {file->data, (size_t)(file->data_end - file->data)};
        enum reader_result result = READER_ERROR;

        if (!text_starts_with(text_from(file->name), TEXT("prelude/"))) continue;
        if (reader_init(&reader, &loader->arena, source, &loader->err)) {
            do {
                result = reader_next(&reader, &form, &loader->err);
                if (result == READER_FORM) declare(loader, form, file->name);
            } while (result == READER_FORM);
        }
        if (result == READER_ERROR) prelude_error(file->name, &loader->err);
    }
}

static bool compile_constant_definition(struct compile *c, const struct form *form)
{
    struct text name = full_name((struct core *)c->core, form->items[1]);
    struct core_entry *entry = map_find(&c->core->by_name, name);

    if (compile_constant(c, form->items[form->count - 1], &entry->value)) return true;
    return compile_error(c, form, "def takes a constant here");
}

static bool compile_definition(struct compile *c, const struct definition_form *definition)
{
    const struct form *form = definition->form;

    if (!definition->prototype) return compile_constant_definition(c, form);
    uint32_t first = defn_first(form);
    const struct form *fn =
        compile_build(c, form, "(fn* %s)", form->items + first, form->count - first);

    if (!compile_function_top(c, fn, definition->prototype)) return false;
    definition->prototype->name = full_name((struct core *)c->core, form->items[1]);
    return true;
}

static void compile_prelude(struct loader *loader)
{
    struct core *core = loader->core;
    struct compile c;

    compile_init(&c, core, core->image, &loader->arena, COMPILE_PRELUDE, &loader->err);
    for (size_t i = 0; i < loader->count; i++) {
        if (!compile_definition(&c, &loader->definitions[i])) {
            prelude_error(loader->definitions[i].file, &loader->err);
        }
    }
    image_finish(core->image);
}

static int compare_entries(const void *a, const void *b)
{
    return text_compare(((const struct core_entry *)a)->name, ((const struct core_entry *)b)->name);
}

/* Entries into one sorted array, which by_name then points into. */
static void sort_entries(struct core *core)
{
    size_t cursor = 0, i = 0;
    struct core_entry *entry;

    core->entries = ARENA_ARRAY(&core->image->arena, core->count, struct core_entry);
    while ((entry = map_next(&core->by_name, &cursor, NULL))) {
        core->entries[i++] = *entry;
    }
    ASSERT(i == core->count);
    qsort(core->entries, core->count, sizeof(struct core_entry), compare_entries);
    for (i = 0; i < core->count; i++) {
        map_put(&core->by_name, core->entries[i].name, &core->entries[i]);
    }
}

static void find_intrinsics(struct core *core)
{
    for (int op = OPCODE_INTRINSIC_FIRST; op < OPCODE_COUNT; op++) {
        const struct core_entry *entry = map_find(&core->by_name, text_from(opcode_table[op].doc));

        if (!entry) {
            log_error("flow/core", "no core function %s", opcode_table[op].doc);
            ASSERT(entry != NULL);
        }
        core->intrinsics[op - OPCODE_INTRINSIC_FIRST] = entry->value;
    }
}

struct core *core_new(void)
{
    struct core *core = MEMORY_NEW(struct core);
    struct loader loader = {.core = core};

    core->image = image_new(core);
    arena_init(&loader.arena, 0);
    add_natives(core);
    add_constants(core);
    read_prelude(&loader);
    compile_prelude(&loader);
    find_intrinsics(core);
    sort_entries(core);
    arena_done(&loader.arena);
    return core;
}

void core_free(struct core *core)
{
    if (!core) return;
    map_done(&core->by_name);
    image_unref(core->image);
    memory_free(core);
}

static const struct core_entry *find_joined(const struct core *core, struct text ns,
                                            struct text name)
{
    char whole[CORE_NAME_MAX];

    if (!ns.len) return map_find(&core->by_name, name);
    if (ns.len + name.len + 1 > sizeof(whole)) return NULL;
    memcpy(whole, ns.ptr, ns.len);
    whole[ns.len] = '/';
    memcpy(whole + ns.len + 1, name.ptr, name.len);
    return map_find(&core->by_name, (struct text){whole, ns.len + name.len + 1});
}

const struct core_entry *core_find(const struct core *core, struct text ns, struct text name)
{
    const struct core_entry *entry = find_joined(core, ns, name);

    if (entry || !ns.len) return entry;
    if (text_equal(ns, TEXT("clojure.core"))) return map_find(&core->by_name, name);
    for (size_t i = 0; i < ARRAY_COUNT(aliases); i++) {
        if (!text_equal(ns, text_from(aliases[i].alias))) continue;
        return find_joined(core, text_from(aliases[i].ns), name);
    }
    return NULL;
}

const char *core_alias(size_t index, const char **out_ns)
{
    if (index >= ARRAY_COUNT(aliases)) return NULL;
    *out_ns = aliases[index].ns;
    return aliases[index].alias;
}

const struct core_entry *core_entry(const struct core *core, size_t index)
{
    return index < core->count ? &core->entries[index] : NULL;
}

static size_t length_gap(struct text a, struct text b)
{
    return a.len > b.len ? a.len - b.len : b.len - a.len;
}

/* Keeps the nearer of two candidates; of two as near the one of more similar length (redcue is
 * reduce, not recur), else the first. */
static void consider(struct text name, struct text candidate, struct text *best, size_t *distance)
{
    size_t d = text_distance(name, candidate, *distance + 1);

    if (d > *distance) return;
    if (d == *distance && (!best->ptr || length_gap(name, candidate) >= length_gap(name, *best))) {
        return;
    }
    *best = candidate;
    *distance = d;
}

struct text core_nearest(const struct core *core, struct text name)
{
    struct text best = TEXT_NONE;
    size_t distance = name.len <= 3 ? 2 : name.len / 3 + 2; // what is as far or farther is no help
    const char *macro;

    for (size_t i = 0; (macro = compile_special_name(i)); i++) {
        consider(name, text_from(macro), &best, &distance);
    }
    for (size_t i = 0; (macro = compile_macro_name(i)); i++) {
        consider(name, text_from(macro), &best, &distance);
    }
    for (size_t i = 0; core->entries && i < core->count; i++) { // not while the prelude compiles
        const struct core_entry *entry = &core->entries[i];

        if (entry->internal || text_starts_with(entry->name, TEXT("weir.core/"))) continue;
        if (text_ends_with(entry->name, TEXT("'"))) continue; // inc' where inc was meant
        consider(name, entry->name, &best, &distance);
    }
    return best;
}
