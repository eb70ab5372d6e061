/*
 * Near names: what an unknown symbol was meant to be, among all that could stand in its place.
 */
#include "flow/compile.h"
#include "flow/keyword.h"
#include "flow/near.h"

static void consider_locals(const struct compile *c, struct near *near)
{
    for (const struct unit *unit = c->unit; unit; unit = unit->parent) {
        for (size_t i = 0; i < unit->local_count; i++) {
            struct text name = unit->locals[i].name;
            bool made = text_index_of_char(name, '#') >= 0 || text_index_of_char(name, ' ') >= 0;

            if (!made) near_consider(near, name); // not what macros bind
        }
        if (unit->function->self.ptr) near_consider(near, unit->function->self);
    }
}

/* The names of a namespace, as that one is written; no namespace: those that have none. */
static void consider_core(const struct compile *c, struct text ns, struct near *near)
{
    const struct core_entry *entry;

    for (size_t i = 0; (entry = core_entry(c->core, i)); i++) {
        struct text entry_ns, name;

        keyword_split(entry->name, &entry_ns, &name);
        if (entry->internal || !near_is_close(near, name)) continue;
        if (text_equal(entry_ns, TEXT("weir.core"))) continue;
        bool here = ns.len > 0 ? core_find(c->core, ns, name) == entry : entry_ns.len == 0;

        if (here) near_consider(near, name);
    }
}

/* Other libraries have a parse and a write too, of dates and of XML. */
bool compile_near_is_json(struct text ns)
{
    return ns.len == 0 || text_index_of(ns, TEXT("json")) >= 0 ||
           text_index_of(ns, TEXT("cheshire")) >= 0;
}

/* Instant/parse is none of ours, whatever has a parse. */
static bool is_class(struct text ns)
{
    for (size_t i = 0; i < ns.len; i++) {
        bool starts = i == 0 || ns.ptr[i - 1] == '.';

        if (starts && ns.ptr[i] >= 'A' && ns.ptr[i] <= 'Z') return true;
    }
    return false;
}

/* Base64/getEncoder, where the class's package is missing. */
static struct text whole_class(const struct compile *c, const struct form *symbol)
{
    const struct core_entry *entry;

    for (size_t i = 0; (entry = core_entry(c->core, i)); i++) {
        struct text ns, name;

        keyword_split(entry->name, &ns, &name);
        if (!text_equal(name, symbol->name) || !text_ends_with(ns, symbol->ns)) continue;
        ASSERT(ns.len > symbol->ns.len); // else it were known
        if (ns.ptr[ns.len - symbol->ns.len - 1] == '.') return entry->name;
    }
    return TEXT_NONE;
}

/* The name itself, if it only lacks its namespace, or has an unknown one: "flow/step" for step, the
 * one library function of that name. */
static struct text elsewhere(const struct compile *c, const struct form *symbol)
{
    static const struct {
        struct text ns;
        const char *alias;
    } libraries[] = {{TEXT("clojure.string"), "str"},
                     {TEXT("clojure.set"), "set"},
                     {TEXT("clojure.walk"), "walk"},
                     {TEXT("clojure.edn"), "edn"},
                     {TEXT("json"), "json"}};

    const char *found = NULL, *name;
    uint32_t count = 0;

    if (is_class(symbol->ns)) return whole_class(c, symbol);
    for (size_t k = 0; k < ARRAY_COUNT(libraries); k++) {
        if (text_equal(symbol->ns, libraries[k].ns)) return TEXT_NONE;
        if (text_equal(symbol->ns, text_from(libraries[k].alias))) return TEXT_NONE;
        const struct core_entry *entry = core_find(c->core, libraries[k].ns, symbol->name);

        if (!entry) continue;
        if (text_equal(libraries[k].ns, TEXT("json")) && !compile_near_is_json(symbol->ns)) {
            continue;
        }
        found = libraries[k].alias;
        count++;
    }
    for (size_t i = 0; symbol->ns.len == 0 && (name = compile_flow_name(i)); i++) {
        if (!text_equal(symbol->name, text_from(name))) continue;
        found = "flow";
        count++;
    }
    if (count != 1) return TEXT_NONE;
    return arena_printf(c->scratch, "%s/" TEXT_FMT, found, TEXT_ARG(symbol->name));
}

static struct text near_name(const struct compile *c, const struct form *symbol)
{
    struct near near;
    const char *name;

    near_init(&near, symbol->name);
    consider_core(c, symbol->ns, &near);
    if (symbol->ns.len > 0) {
        struct text found = near_get(&near);

        if (!found.ptr) return TEXT_NONE;
        return arena_printf(c->scratch, TEXT_FMT "/" TEXT_FMT, TEXT_ARG(symbol->ns),
                            TEXT_ARG(found));
    }
    consider_locals(c, &near);
    for (size_t i = 0; (name = compile_special_name(i)); i++) {
        near_consider(&near, text_from(name));
    }
    for (size_t i = 0; (name = compile_macro_name(i)); i++) {
        near_consider(&near, text_from(name));
    }
    return near_get(&near);
}

struct text compile_near(const struct compile *c, const struct form *symbol)
{
    struct text near = near_name(c, symbol), same = elsewhere(c, symbol);

    if (near.ptr && same.ptr) return TEXT_NONE;
    return near.ptr ? near : same;
}
