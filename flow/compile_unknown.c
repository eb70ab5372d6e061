#include "flow/compile.h"
#include "flow/core_hints.h"
#include "flow/keyword.h"

#include <stdio.h>

/*
 * Unknown: a name that means nothing, and what was probably meant: a local or a name of the core
 * that is written nearly the same, a flow call without its namespace, a function of a library under
 * another alias; else what a flow has instead of it.
 */
struct candidate {
    struct text name;
    size_t distance;
};

/* Nearer than that, or it is another word. */
static size_t tolerance(struct text name)
{
    return name.len <= 2 ? 1 : name.len == 3 ? 2 : name.len < 8 ? 3 : 4;
}

static void consider(struct candidate *best, struct text name, struct text candidate)
{
    size_t distance = text_distance(name, candidate, best->distance);

    if (distance < best->distance) *best = (struct candidate){candidate, distance};
}

static struct candidate nearest_local(const struct compile *c, struct text name)
{
    struct candidate best = {TEXT_NONE, tolerance(name)};

    for (const struct unit *unit = c->unit; unit; unit = unit->parent) {
        for (size_t i = unit->local_count; i > 0; i--) {
            struct text local = unit->locals[i - 1].name;

            // what macros and #() bind is nobody's to write
            if (text_index_of(local, TEXT("__")) < 0) consider(&best, name, local);
        }
    }
    return best;
}

/* "step", "flow-step" and "flow.step" for flow/step; a step type for a step of it. */
static bool hint_flow_call(struct compile *c, struct text name)
{
    const char *call;

    if (text_starts_with(name, TEXT("flow-")) || text_starts_with(name, TEXT("flow."))) {
        name = text_slice(name, 5, name.len);
    }
    for (size_t i = 0; (call = compile_flow_name(i)); i++) {
        if (!text_equal(name, text_from(call))) continue;
        return !error_hint(c->err, "Did you mean `flow/%s`?", call);
    }
    return false;
}

/* s/join, string/upper-cas, a bare upper-case: the same or nearly the same name in a library. */
static bool hint_library(struct compile *c, const struct form *symbol)
{
    static const struct text libraries[] = {TEXT("clojure.string"), TEXT("clojure.set"),
                                            TEXT("clojure.walk"),   TEXT("clojure.edn"),
                                            TEXT("json"),           TEXT("breyta.sandbox")};
    static const char *const aliases[] = {"str", "set", "walk", "edn", "json", "breyta.sandbox"};
    struct candidate best = {TEXT_NONE, symbol->ns.len ? tolerance(symbol->name) : 1};
    const struct core_entry *entry;
    size_t library = 0;

    for (size_t i = 0; (entry = core_entry(c->core, i)); i++) {
        struct text ns, name;

        keyword_split(entry->name, &ns, &name);
        for (size_t k = 0; ns.len > 0 && k < ARRAY_COUNT(libraries); k++) {
            if (!text_equal(ns, libraries[k])) continue;
            if (text_equal(ns, TEXT("json")) && !compile_near_is_json(symbol->ns)) continue;
            size_t distance = text_distance(symbol->name, name, best.distance + 1);

            if (distance > best.distance) continue;
            if (distance == best.distance && (!best.name.ptr || k >= library)) continue;
            best = (struct candidate){name, distance};
            library = k;
        }
    }
    if (!best.name.ptr) return false;
    return !error_hint(c->err, "Did you mean `%s/" TEXT_FMT "`?", aliases[library],
                       TEXT_ARG(best.name));
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* .method, Class., Class/member, a.b.Class/member */
static bool is_java(const struct form *symbol)
{
    struct text ns = symbol->ns, name = symbol->name;

    if (name.ptr[0] == '.' || name.ptr[name.len - 1] == '.') return true;
    for (size_t i = 0; i < ns.len; i++) {
        bool starts = i == 0 || ns.ptr[i - 1] == '.';

        if (starts && is_upper(ns.ptr[i])) return true;
    }
    return false;
}

static void hint_otherwise(struct compile *c, const struct form *symbol)
{
    const struct text name = symbol->name;

    if (name.len > 1 && name.ptr[name.len - 1] == '\'') {
        error_hint(c->err, "Text stands in double quotes: \"hello\".");
    } else if (is_java(symbol)) {
        error_hint(c->err, "Java calls are a closed table: Math, Long, Double, Integer, Boolean, "
                           "Character, the pure String methods, java.util.UUID/fromString, "
                           "java.util.Base64 and java.time; hashes are in breyta.sandbox/.");
    } else if (symbol->ns.len) {
        error_hint(c->err, "A flow loads no libraries: there are the core, str/, set/, walk/, edn/ "
                           "and json/; what calls out is an :http step.");
    } else {
        error_hint(c->err, "Bind it with let or as a parameter, or use a core function; `weir doc "
                           "NAME` knows them.");
    }
}

bool compile_unknown(struct compile *c, const struct form *symbol)
{
    char whole[200];

    snprintf(whole, sizeof(whole), TEXT_FMT "%s" TEXT_FMT, TEXT_ARG(symbol->ns),
             symbol->ns.len ? "/" : "", TEXT_ARG(symbol->name));
    struct text name = text_from(whole);
    const char *hint = core_hints_find(name);
    struct candidate local = {TEXT_NONE, tolerance(name)};
    struct candidate near = {core_nearest(c->core, name), tolerance(name)};

    if (!symbol->ns.len) local = nearest_local(c, name);
    if (near.name.ptr) near.distance = text_distance(name, near.name, near.distance);
    error_set(c->err, E_UNKNOWN_SYMBOL, "unknown symbol %s", whole);
    c->meant = hint ? TEXT_NONE : compile_near(c, symbol);
    if (hint) {
        error_hint(c->err, "%s", hint);
    } else if (c->meant.ptr) {
        error_hint(c->err, "Did you mean `" TEXT_FMT "`?", TEXT_ARG(c->meant));
    } else if (!symbol->ns.len && hint_flow_call(c, name)) {
        // said
    } else if (local.name.ptr && local.distance <= near.distance) {
        error_hint(c->err, "Did you mean `" TEXT_FMT "`?", TEXT_ARG(local.name));
    } else if (near.name.ptr && near.distance < tolerance(name)) {
        error_hint(c->err, "Did you mean `" TEXT_FMT "`?", TEXT_ARG(near.name));
    } else if (!hint_library(c, symbol)) {
        hint_otherwise(c, symbol);
    }
    return error_at(c->err, (int)symbol->line, (int)symbol->column);
}
