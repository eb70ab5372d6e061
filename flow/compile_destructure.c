#include "flow/compile.h"
#include "flow/keyword.h"
#include "flow/string.h"
#include "flow/symbol.h"

/*
 * Destructuring: takes apart the value that was pushed last. It stays in its slot; what is taken
 * out is pushed behind it, and all of it goes with the block (scope_leave()).
 */
static void emit_get(struct compile *c, uint32_t slot, struct value key)
{
    compile_emit(c, OP_LOCAL, (int32_t)slot);
    compile_emit(c, OP_GET_CONST, (int32_t)image_constant(c->image, key));
}

static bool bind_symbol(struct compile *c, const struct form *symbol)
{
    if (symbol->ns.len) {
        return compile_error(c, symbol, "cannot bind the qualified name " TEXT_FMT "/" TEXT_FMT,
                             TEXT_ARG(symbol->ns), TEXT_ARG(symbol->name));
    }
    if (form_is_symbol(symbol, "&")) {
        return compile_error(c, symbol, "& is no name; one name stands behind it, in a vector");
    }
    scope_bind(c, symbol->name);
    return true;
}

/* Behind & stands one name, and behind that at most :as and another. */
static bool check_rest(struct compile *c, const struct form *pattern, uint32_t rest)
{
    if (rest == pattern->count) return true;
    if (rest + 1 == pattern->count) {
        return compile_error(c, pattern->items[rest], "one name must follow &");
    }
    if (rest + 2 == pattern->count || form_is_keyword(pattern->items[rest + 2], "as")) return true;
    return compile_error(c, pattern->items[rest + 2], "only :as may stand behind the name after &");
}

/* [a b & r :as all]: without & each position is (nth v i nil), with it first and next of a seq. */
static bool bind_vector(struct compile *c, const struct form *pattern)
{
    uint32_t value = c->unit->depth - 1;
    uint32_t walk = value;
    uint32_t rest = 0;

    while (rest < pattern->count && !form_is_symbol(pattern->items[rest], "&")) {
        rest++;
    }
    bool has_rest = rest < pattern->count;

    if (!check_rest(c, pattern, rest)) return false;
    compile_emit_at(c, pattern);
    if (has_rest) {
        compile_emit(c, OP_LOCAL, (int32_t)value);
        compile_emit(c, OP_SEQ, 0);
        walk = c->unit->depth - 1;
    }
    for (uint32_t i = 0; i < pattern->count; i++) {
        const struct form *item = pattern->items[i];
        bool more = i + 1 < pattern->count;

        if (form_is_keyword(item, "as")) {
            if (!more || pattern->items[i + 1]->kind != FORM_SYMBOL) {
                return compile_error(c, item, "a symbol must follow :as");
            }
            scope_bind_slot(c, pattern->items[++i]->name, value);
        } else if (form_is_symbol(item, "&")) {
            compile_emit(c, OP_LOCAL, (int32_t)walk);
            if (!compile_destructure(c, pattern->items[++i])) return false;
        } else if (has_rest) {
            compile_emit(c, OP_LOCAL, (int32_t)walk);
            compile_emit(c, OP_FIRST, 0);
            compile_emit(c, OP_LOCAL, (int32_t)walk);
            compile_emit(c, OP_NEXT, 0);
            compile_emit(c, OP_STORE, (int32_t)walk);
            if (!compile_destructure(c, item)) return false;
        } else {
            compile_emit(c, OP_LOCAL, (int32_t)value);
            compile_emit(c, OP_NTH_OR_NIL, (int32_t)i);
            if (!compile_destructure(c, item)) return false;
        }
    }
    return true;
}

/* The default of a local name under :or, or NULL. */
static const struct form *find_default(const struct form *defaults, struct text name)
{
    for (uint32_t i = 0; defaults && i + 1 < defaults->count; i += 2) {
        const struct form *key = defaults->items[i];

        if (key->kind == FORM_SYMBOL && !key->ns.len && text_equal(key->name, name)) {
            return defaults->items[i + 1];
        }
    }
    return NULL;
}

/* Pushes what stands under a constant key, or the default. */
static bool push_entry(struct compile *c, uint32_t map, struct value key,
                       const struct form *otherwise)
{
    if (!otherwise) {
        emit_get(c, map, key);
        return true;
    }
    compile_emit(c, OP_LOCAL, (int32_t)map);
    compile_emit_constant(c, key);
    if (!compile_form(c, otherwise, false)) return false;
    compile_call_core(c, "get", 3);
    return true;
}

/* :keys, :strs, :syms and their qualified forms; kind is what the keys are. */
static bool bind_names(struct compile *c, const struct form *directive, const struct form *names,
                       enum form_kind kind, uint32_t map, const struct form *defaults)
{
    struct heap *heap = &c->image->statics;

    if (names->kind != FORM_VECTOR) {
        return compile_error(c, names, ":" TEXT_FMT " takes a vector of names",
                             TEXT_ARG(directive->name));
    }
    for (uint32_t i = 0; i < names->count; i++) {
        const struct form *name = names->items[i];

        if (name->kind != FORM_SYMBOL && name->kind != FORM_KEYWORD) {
            return compile_error(c, name, ":" TEXT_FMT " takes symbols", TEXT_ARG(directive->name));
        }
        struct text ns = name->ns.len ? name->ns : directive->ns;
        struct value key = kind == FORM_STRING   ? string_from_utf8(heap, name->name)
                           : kind == FORM_SYMBOL ? symbol_new(heap, ns, name->name)
                                                 : keyword_new(heap, ns, name->name);

        if (!push_entry(c, map, key, find_default(defaults, name->name))) return false;
        scope_bind(c, name->name);
    }
    return true;
}

/* pattern key: {[x y] :pos, a "b"}. */
static bool bind_entry(struct compile *c, const struct form *pattern, const struct form *key,
                       uint32_t map, const struct form *defaults)
{
    const struct form *otherwise =
        pattern->kind == FORM_SYMBOL ? find_default(defaults, pattern->name) : NULL;
    struct value constant;

    if (pattern->kind == FORM_KEYWORD) {
        compile_error(c, pattern, "unsupported binding form: :" TEXT_FMT, TEXT_ARG(pattern->name));
        return error_hint(c->err, "A map is taken apart by {:keys [a b]}, :strs, :syms, :or, :as, "
                                  "or {name :key}.");
    }
    if (compile_constant(c, key, &constant)) {
        if (!push_entry(c, map, constant, otherwise)) return false;
    } else {
        compile_emit(c, OP_LOCAL, (int32_t)map);
        if (!compile_form(c, key, false)) return false;
        if (otherwise && !compile_form(c, otherwise, false)) return false;
        compile_call_core(c, "get", otherwise ? 3 : 2);
    }
    return compile_destructure(c, pattern);
}

/* :keys and :syms, which may have a namespace, and :strs; what the keys are then. */
static bool is_directive(const struct form *left, enum form_kind *out_kind)
{
    static const struct {
        const char *name;
        enum form_kind kind;
    } directives[] = {{"keys", FORM_KEYWORD}, {"syms", FORM_SYMBOL}, {"strs", FORM_STRING}};

    if (left->kind != FORM_KEYWORD) return false;
    for (size_t i = 0; i < ARRAY_COUNT(directives); i++) {
        if (!text_equal(left->name, text_from(directives[i].name))) continue;
        if (directives[i].kind == FORM_STRING && left->ns.len) return false;
        if (out_kind) *out_kind = directives[i].kind;
        return true;
    }
    return false;
}

static bool bind_map(struct compile *c, const struct form *pattern)
{
    uint32_t map = c->unit->depth - 1;
    const struct form *defaults = form_get(pattern, "or");
    const struct form *as = form_get(pattern, "as");

    compile_emit_at(c, pattern);
    compile_emit(c, OP_KWARGS, 0);
    if (as) {
        if (as->kind != FORM_SYMBOL) return compile_error(c, as, "a symbol must follow :as");
        scope_bind_slot(c, as->name, map);
    }
    if (defaults && defaults->kind != FORM_MAP) {
        return compile_error(c, defaults, ":or takes a map of names to defaults");
    }
    // as Clojure does: first what has a key of its own, then the names of :keys and its like
    for (uint32_t i = 0; i + 1 < pattern->count; i += 2) {
        const struct form *left = pattern->items[i];
        bool plain = !form_is_keyword(left, "or") && !form_is_keyword(left, "as") &&
                     !is_directive(left, NULL);

        if (plain && !bind_entry(c, left, pattern->items[i + 1], map, defaults)) return false;
    }
    for (uint32_t i = 0; i + 1 < pattern->count; i += 2) {
        const struct form *left = pattern->items[i];
        enum form_kind kind;

        if (!is_directive(left, &kind)) continue;
        if (!bind_names(c, left, pattern->items[i + 1], kind, map, defaults)) return false;
    }
    return true;
}

bool compile_destructure(struct compile *c, const struct form *pattern)
{
    if (c->nesting >= LIMIT_COMPILE_DEPTH) {
        return compile_error(c, pattern, "forms are nested more than %d deep", LIMIT_COMPILE_DEPTH);
    }
    c->nesting++;
    bool ok;

    switch (pattern->kind) {
    case FORM_SYMBOL: ok = bind_symbol(c, pattern); break;
    case FORM_VECTOR: ok = bind_vector(c, pattern); break;
    case FORM_MAP: ok = bind_map(c, pattern); break;
    default: ok = compile_error(c, pattern, "a name, a vector or a map is bound here"); break;
    }
    c->nesting--;
    return ok;
}
