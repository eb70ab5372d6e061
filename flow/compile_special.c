#include "base/assert.h"
#include "flow/compile.h"
#include "flow/core_hints.h"
#include "flow/quote.h"

/*
 * Special forms: do, let, loop, recur, quote, throw, var, new, lazy-seq, delay, and the table of
 * all of them. The names with a star cannot be shadowed and are what macros expand to.
 */
static bool special_do(struct compile *c, const struct form *form, bool tail)
{
    return compile_do(c, form->items + 1, form->count - 1, tail);
}

static bool special_quote(struct compile *c, const struct form *form, bool tail)
{
    (void)tail;
    if (!compile_check_args(c, form, 1, 1)) return false;
    compile_emit_constant(c, quote_form(&c->image->statics, form->items[1]));
    return true;
}

static bool check_bindings(struct compile *c, const struct form *form)
{
    const struct text *name = &form->items[0]->name;

    if (form->count < 2 || form->items[1]->kind != FORM_VECTOR) {
        return compile_error(c, form, TEXT_FMT " needs a vector of bindings", TEXT_ARG(*name));
    }
    if (form->items[1]->count % 2) {
        return compile_error(c, form->items[1],
                             TEXT_FMT " needs an even number of forms in its binding vector",
                             TEXT_ARG(*name));
    }
    return true;
}

static bool bind(struct compile *c, const struct form *pattern, const struct form *value)
{
    bool is_double = pattern->kind == FORM_SYMBOL && compile_double_is(c, value);

    if (!compile_form(c, value, false) || !compile_destructure(c, pattern)) return false;
    if (is_double) scope_mark_double(c);
    return true;
}

static bool special_let(struct compile *c, const struct form *form, bool tail)
{
    if (!check_bindings(c, form)) return false;
    struct scope_block block = scope_enter(c);
    const struct form *bindings = form->items[1];

    for (uint32_t i = 0; i < bindings->count; i += 2) {
        if (!bind(c, bindings->items[i], bindings->items[i + 1])) return false;
    }
    if (!compile_do(c, form->items + 2, form->count - 2, tail)) return false;
    scope_leave(c, block);
    return true;
}

/* (loop [[a b] x] …) becomes (let* [g x, [a b] g] (loop* [g g] (let* [[a b] g] …))), so that the
 * values recur gives are taken apart again. */
static struct form *plain_loop(struct compile *c, const struct form *form)
{
    const struct form *bindings = form->items[1];
    uint32_t count = bindings->count;
    struct form **outer = ARENA_ARRAY(c->scratch, 2 * (size_t)count, struct form *);
    struct form **loop = ARENA_ARRAY(c->scratch, count, struct form *);
    struct form **inner = ARENA_ARRAY(c->scratch, count, struct form *);

    for (uint32_t i = 0; i < count; i += 2) {
        struct form *name = compile_build_gensym(c, form);
        struct form **pair = outer + 2 * (size_t)i;

        pair[0] = name;
        pair[1] = bindings->items[i + 1];
        pair[2] = bindings->items[i];
        pair[3] = loop[i] = loop[i + 1] = inner[i + 1] = name;
        inner[i] = bindings->items[i];
    }
    return compile_build(c, form, "(let* [%s] (loop* [%s] (let* [%s] %s)))", outer, 2 * count, loop,
                         count, inner, count, form->items + 2, form->count - 2);
}

static bool special_loop(struct compile *c, const struct form *form, bool tail)
{
    (void)tail;
    if (!check_bindings(c, form)) return false;
    const struct form *bindings = form->items[1];

    for (uint32_t i = 0; i < bindings->count; i += 2) {
        if (bindings->items[i]->kind == FORM_SYMBOL) continue;
        return compile_form(c, plain_loop(c, form), tail);
    }
    struct scope_block block = scope_enter(c);

    for (uint32_t i = 0; i < bindings->count; i += 2) {
        if (!bind(c, bindings->items[i], bindings->items[i + 1])) return false;
    }
    const struct recur_target *outer = c->unit->recur;
    bool outer_cut = c->unit->recur_cut_by_try;
    struct recur_target target = {block.depth, bindings->count / 2, compile_emit_pc(c)};

    c->unit->recur = &target;
    c->unit->recur_cut_by_try = false;
    if (!compile_do(c, form->items + 2, form->count - 2, true)) return false;
    c->unit->recur = outer;
    c->unit->recur_cut_by_try = outer_cut;
    scope_leave(c, block);
    return true;
}

static bool special_recur(struct compile *c, const struct form *form, bool tail)
{
    const struct recur_target *target = c->unit->recur;
    uint32_t depth = c->unit->depth;

    if (c->unit->recur_cut_by_try) {
        return compile_error(c, form, "cannot recur across try");
    }
    if (!tail) return compile_error(c, form, "can only recur from tail position");
    ASSERT(target); // only try takes it away
    if (form->count - 1 != target->count) {
        return compile_error(c, form, "mismatched argument count to recur: expected %u, got %u",
                             target->count, form->count - 1);
    }
    for (uint32_t i = 1; i < form->count; i++) {
        if (!compile_form(c, form->items[i], false)) return false;
    }
    compile_emit(c, OP_RECUR, (int32_t)target->count);
    compile_emit_word(c, target->slot);
    compile_emit_jump_back(c, target->pc);
    compile_emit_depth(c, depth + 1); // as every form; nothing gets there
    return true;
}

static bool special_throw(struct compile *c, const struct form *form, bool tail)
{
    (void)tail;
    if (!compile_check_args(c, form, 1, 1)) return false;
    if (!compile_form(c, form->items[1], false)) return false;
    compile_emit_at(c, form);
    compile_emit(c, OP_THROW, 0);
    return true;
}

/* #'name: the value itself; flows have no vars that could change. */
static bool special_var(struct compile *c, const struct form *form, bool tail)
{
    (void)tail;
    if (!compile_check_args(c, form, 1, 1)) return false;
    if (form->items[1]->kind != FORM_SYMBOL) {
        return compile_error(c, form, "var takes a symbol");
    }
    return compile_call_symbol(c, form->items[1]);
}

/* (new Exception "x") is (Exception. "x"). */
static bool special_new(struct compile *c, const struct form *form, bool tail)
{
    if (form->count < 2 || form->items[1]->kind != FORM_SYMBOL) {
        return compile_error(c, form, "new takes the name of a class");
    }
    struct form *name = arena_copy(c->scratch, form->items[1], sizeof(*name));

    name->name = arena_printf(c->scratch, TEXT_FMT ".", TEXT_ARG(name->name));
    return compile_form(
        c, compile_build(c, form, "(%f %s)", name, form->items + 2, form->count - 2), tail);
}

static bool special_lazy_seq(struct compile *c, const struct form *form, bool tail)
{
    (void)tail;
    if (!compile_function_thunk(c, form, form->items + 1, form->count - 1)) return false;
    compile_emit(c, OP_LAZY, 0);
    return true;
}

static bool special_delay(struct compile *c, const struct form *form, bool tail)
{
    (void)tail;
    if (!compile_function_thunk(c, form, form->items + 1, form->count - 1)) return false;
    compile_emit(c, OP_DELAY, 0);
    return true;
}

bool compile_special_refuse(struct compile *c, const struct form *at, struct text name)
{
    const char *hint = core_hints_find(name);

    compile_error(c, at, TEXT_FMT " is not allowed in a flow", TEXT_ARG(name));
    error_hint(c->err, "%s",
               hint ? hint
                    : "Bind values with let, functions with let or letfn around what uses them, or "
                      "declare them under :functions: a flow has no definitions.");
    return false;
}

static bool special_refused(struct compile *c, const struct form *form, bool tail)
{
    (void)tail;
    return compile_special_refuse(c, form, form->items[0]->name);
}

static bool special_catch(struct compile *c, const struct form *form, bool tail)
{
    (void)tail;
    return compile_error(c, form, TEXT_FMT " stands outside of try",
                         TEXT_ARG(form->items[0]->name));
}

static const struct special {
    const char *name;
    compile_special *function;
    bool shadowable; /* a macro in Clojure */
} specials[] = {
    {"if", compile_branch_if, false},
    {"do", special_do, false},
    {"let*", special_let, false},
    {"let", special_let, true},
    {"loop*", special_loop, false},
    {"loop", special_loop, true},
    {"recur", special_recur, false},
    {"quote", special_quote, false},
    {"fn*", compile_function_fn, false},
    {"fn", compile_function_fn, true},
    {"letfn", compile_function_letfn, true},
    {"try", compile_try, false},
    {"throw", special_throw, false},
    {"catch", special_catch, false},
    {"finally", special_catch, false},
    {"var", special_var, false},
    {"new", special_new, false},
    {"cond", compile_branch_cond, true},
    {"and", compile_branch_and, true},
    {"or", compile_branch_or, true},
    {"case", compile_branch_case, true},
    {"lazy-seq", special_lazy_seq, true},
    {"delay", special_delay, true},
    {"def", special_refused, true},
    {"defn", special_refused, true},
    {"defn-", special_refused, true},
    {"defonce", special_refused, true},
    {"defmacro", special_refused, true},
    {"defmulti", special_refused, true},
    {"defmethod", special_refused, true},
    {"defprotocol", special_refused, true},
    {"defrecord", special_refused, true},
    {"deftype", special_refused, true},
    {"declare", special_refused, true},
    {"eval", special_refused, true},
    {"load-string", special_refused, true},
    {"require", special_refused, true},
    {"use", special_refused, true},
    {"import", special_refused, true},
    {"ns", special_refused, true},
    {"in-ns", special_refused, true},
    {"set!", special_refused, true},
    {"binding", special_refused, true},
    {"future", special_refused, true},
    {"dosync", special_refused, true},
    {"locking", special_refused, true},
    {NULL, NULL, false},
};

compile_special *compile_special_find(const struct compile *c, const struct form *symbol)
{
    if (symbol->ns.len && !text_equal(symbol->ns, TEXT("clojure.core"))) return NULL;
    for (const struct special *special = specials; special->name; special++) {
        if (!text_equal(symbol->name, text_from(special->name))) continue;
        bool shadowed = special->shadowable && !symbol->ns.len && scope_has(c, symbol->name);

        return shadowed ? NULL : special->function;
    }
    return NULL;
}

const char *compile_special_name(size_t index)
{
    for (size_t i = 0; specials[i].name; i++) {
        bool offered = specials[i].function != special_refused && !strchr(specials[i].name, '*');

        if (offered && index-- == 0) return specials[i].name;
    }
    return NULL;
}

bool compile_special_is_refused(compile_special *special)
{
    return special == special_refused;
}

const char *compile_special_refused(size_t index)
{
    for (size_t i = 0; specials[i].name; i++) {
        if (specials[i].function == special_refused && index-- == 0) return specials[i].name;
    }
    return NULL;
}
