#include "flow/catch.h"
#include "flow/compile.h"

/*
 * try, catch, finally. Guarded instructions are a region of the arity; the VM looks for the
 * innermost region around the instruction that threw. The code of finally stands twice: behind the
 * value on the way out, and in a handler that throws on. Inside try there is no tail position.
 *
 *     body ─▶ [finally] ─▶ end          region of body: the catches
 *     catches: match? bind, handler ─▶ [finally] ─▶ end; none matched: throw on
 *     region of body and catches: [finally], throw on
 */
#define FINALLY_DEPTH_MAX 6

struct try_parts {
    struct form *const *body;
    uint32_t body_count;
    struct form *const *catches;
    uint32_t catch_count;
    const struct form *finally; /* or NULL */
};

static bool split(struct compile *c, const struct form *form, struct try_parts *out)
{
    uint32_t i = 1;

    *out = (struct try_parts){.body = form->items + 1};
    while (i < form->count && !form_is_call(form->items[i], "catch") &&
           !form_is_call(form->items[i], "finally")) {
        i++;
    }
    out->body_count = i - 1;
    out->catches = form->items + i;
    while (i < form->count && form_is_call(form->items[i], "catch")) {
        i++;
    }
    out->catch_count = (uint32_t)(form->items + i - out->catches);
    if (i < form->count && form_is_call(form->items[i], "finally")) {
        out->finally = form->items[i++];
    }
    if (i == form->count) return true;
    return compile_error(c, form->items[i],
                         "in try, the body comes first, then catches, then one finally");
}

/* Compiles outside of any recur target: a jump out would skip finally. */
static bool guarded(struct compile *c, struct form *const *items, uint32_t count)
{
    const struct recur_target *recur = c->unit->recur;
    bool cut = c->unit->recur_cut_by_try;

    c->unit->recur = NULL;
    c->unit->recur_cut_by_try = true;
    if (!compile_do(c, items, count, false)) return false;
    c->unit->recur = recur;
    c->unit->recur_cut_by_try = cut;
    return true;
}

/* The value on top stays. The clause is compiled for both ways out, so that clauses in clauses
 * double with each level: hence the bound. */
static bool compile_finally(struct compile *c, const struct form *finally)
{
    if (c->finally_depth == FINALLY_DEPTH_MAX) {
        return compile_error(c, finally, "finally stands inside of finally more than %d deep",
                             FINALLY_DEPTH_MAX);
    }
    c->finally_depth++;
    bool ok = guarded(c, finally->items + 1, finally->count - 1);

    c->finally_depth--;
    if (ok) compile_emit(c, OP_POP, 0);
    return ok;
}

static bool check_catch(struct compile *c, const struct form *form, uint32_t *out_families)
{
    if (form->count < 3 || form->items[2]->kind != FORM_SYMBOL ||
        (form->items[1]->kind != FORM_SYMBOL && form->items[1]->kind != FORM_KEYWORD)) {
        return compile_error(c, form, "catch takes a class (or :default), a name and a body");
    }
    const struct form *class = form->items[1];

    if (class->kind == FORM_KEYWORD ? form_is_keyword(class, "default")
                                    : catch_class(class->name, out_families)) {
        if (class->kind == FORM_KEYWORD) *out_families = CATCH_ALL;
        return true;
    }
    error_set(c->err, E_UNKNOWN_SYMBOL, "unknown exception class " TEXT_FMT, TEXT_ARG(class->name));
    error_hint(c->err,
               "Catch :default, Exception, clojure.lang.ExceptionInfo or one of Java's common "
               "exceptions.");
    return error_at(c->err, (int)class->line, (int)class->column);
}

/* The exception is on top; leaves the value of the clause that matches, or throws on. */
static bool compile_catches(struct compile *c, const struct try_parts *parts)
{
    struct scope_block block = scope_enter(c);
    uint32_t depth = block.depth; // with the exception
    uint32_t *ends = ARENA_ARRAY(c->scratch, parts->catch_count, uint32_t);

    for (uint32_t i = 0; i < parts->catch_count; i++) {
        const struct form *clause = parts->catches[i];
        uint32_t families = 0;

        if (!check_catch(c, clause, &families)) return false;
        compile_emit(c, OP_CATCH, (int32_t)image_constant(c->image, value_int(families)));
        uint32_t next = compile_emit_jump(c, OP_JUMP_FALSE);

        scope_bind(c, clause->items[2]->name);
        if (!guarded(c, clause->items + 3, clause->count - 3)) return false;
        compile_emit(c, OP_SLIDE, 1);
        c->unit->local_count = block.local_count;
        ends[i] = compile_emit_jump(c, OP_JUMP);
        compile_emit_label(c, next);
        compile_emit_depth(c, depth);
    }
    compile_emit(c, OP_RETHROW, 0);
    for (uint32_t i = 0; i < parts->catch_count; i++) {
        compile_emit_label(c, ends[i]);
    }
    return true;
}

static bool compile_guarded_body(struct compile *c, const struct try_parts *parts)
{
    uint32_t depth = c->unit->depth;
    uint32_t start = compile_emit_pc(c);

    if (!guarded(c, parts->body, parts->body_count)) return false;
    if (!parts->catch_count) return true;
    uint32_t end = compile_emit_pc(c);
    uint32_t over = compile_emit_jump(c, OP_JUMP);

    compile_emit_region(c, (struct region){start, end, compile_emit_pc(c), depth});
    compile_emit_depth(c, depth + 1);
    if (!compile_catches(c, parts)) return false;
    compile_emit_label(c, over);
    return true;
}

bool compile_try(struct compile *c, const struct form *form, bool tail)
{
    struct try_parts parts;
    uint32_t depth = c->unit->depth;
    uint32_t start = compile_emit_pc(c);

    (void)tail;
    if (!split(c, form, &parts)) return false;
    if (!compile_guarded_body(c, &parts)) return false;
    if (!parts.finally) return true;
    uint32_t end = compile_emit_pc(c);

    if (!compile_finally(c, parts.finally)) return false;
    uint32_t over = compile_emit_jump(c, OP_JUMP);

    compile_emit_region(c, (struct region){start, end, compile_emit_pc(c), depth});
    compile_emit_depth(c, depth + 1);
    if (!compile_finally(c, parts.finally)) return false;
    compile_emit(c, OP_RETHROW, 0);
    compile_emit_label(c, over);
    compile_emit_depth(c, depth + 1);
    return true;
}
