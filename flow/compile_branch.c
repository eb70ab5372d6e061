#include "flow/compile.h"
#include "flow/pmap.h"
#include "flow/quote.h"
#include "flow/value_list.h"

/*
 * Branches: if, cond, and, or, case. All branches of a form leave one value in the same slot; where
 * they join, compile_emit_depth() says so. Long chains compile in a loop, not by recursion.
 */

/* Jumps that meet at one place later. */
struct joins {
    uint32_t *jumps;
    size_t count, capacity;
};

static void add_join(struct compile *c, struct joins *joins, uint32_t jump)
{
    joins->jumps =
        arena_grow(c->scratch, joins->jumps, joins->count, &joins->capacity, sizeof(uint32_t));
    joins->jumps[joins->count++] = jump;
}

static void join_all(struct compile *c, const struct joins *joins)
{
    for (size_t i = 0; i < joins->count; i++) {
        compile_emit_label(c, joins->jumps[i]);
    }
}

bool compile_branch_if(struct compile *c, const struct form *form, bool tail)
{
    if (!compile_check_args(c, form, 2, 3)) return false;
    if (!compile_form(c, form->items[1], false)) return false;
    uint32_t to_else = compile_emit_jump(c, OP_JUMP_FALSE);
    uint32_t depth = c->unit->depth;

    if (!compile_form(c, form->items[2], tail)) return false;
    uint32_t to_end = compile_emit_jump(c, OP_JUMP);

    compile_emit_label(c, to_else);
    compile_emit_depth(c, depth);
    if (form->count == 4) {
        if (!compile_form(c, form->items[3], tail)) return false;
    } else {
        compile_emit(c, OP_NIL, 0);
    }
    compile_emit_label(c, to_end);
    return true;
}

bool compile_branch_cond(struct compile *c, const struct form *form, bool tail)
{
    struct joins ends = {0};
    uint32_t depth = c->unit->depth;

    if (form->count % 2 == 0) {
        return compile_error(c, form, "cond needs an even number of forms: tests and results");
    }
    for (uint32_t i = 1; i < form->count; i += 2) {
        const struct form *test = form->items[i];

        if (test->kind == FORM_KEYWORD) { // :else, always true
            if (!compile_form(c, form->items[i + 1], tail)) return false;
            join_all(c, &ends);
            return true;
        }
        if (!compile_form(c, test, false)) return false;
        uint32_t next = compile_emit_jump(c, OP_JUMP_FALSE);

        if (!compile_form(c, form->items[i + 1], tail)) return false;
        add_join(c, &ends, compile_emit_jump(c, OP_JUMP));
        compile_emit_label(c, next);
        compile_emit_depth(c, depth);
    }
    compile_emit(c, OP_NIL, 0);
    join_all(c, &ends);
    return true;
}

static bool compile_chain(struct compile *c, const struct form *form, enum opcode jump, bool tail)
{
    struct joins ends = {0};

    for (uint32_t i = 1; i < form->count; i++) {
        bool last = i + 1 == form->count;

        if (!compile_form(c, form->items[i], tail && last)) return false;
        if (!last) add_join(c, &ends, compile_emit_jump(c, jump));
    }
    join_all(c, &ends);
    return true;
}

bool compile_branch_and(struct compile *c, const struct form *form, bool tail)
{
    if (form->count == 1) compile_emit(c, OP_TRUE, 0);
    return compile_chain(c, form, OP_JUMP_FALSE_KEEP, tail);
}

bool compile_branch_or(struct compile *c, const struct form *form, bool tail)
{
    if (form->count == 1) compile_emit(c, OP_NIL, 0);
    return compile_chain(c, form, OP_JUMP_TRUE_KEEP, tail);
}

/* Adds test constant → branch to the table; a test that stands twice is an error. */
static bool add_case(struct compile *c, const struct form *test, uint32_t branch,
                     struct value *table)
{
    struct heap *heap = &c->image->statics;
    struct value key = quote_form(heap, test);

    if (pmap_contains(*table, key)) {
        struct buf text = {.limit = 80};

        form_print(test, &text);
        compile_error(c, test, "duplicate case test constant: " TEXT_FMT, TEXT_ARG(buf_get(&text)));
        buf_done(&text);
        return false;
    }
    *table = pmap_assoc(heap, *table, key, value_int(branch));
    return true;
}

static bool case_table(struct compile *c, const struct form *form, struct value *out_table,
                       bool *out_deep)
{
    *out_table = pmap_empty();
    *out_deep = false;
    for (uint32_t i = 2; i + 1 < form->count; i += 2) {
        const struct form *test = form->items[i];
        bool many = test->kind == FORM_LIST;
        uint32_t count = many ? test->count : 1;

        for (uint32_t k = 0; k < count; k++) {
            const struct form *one = many ? test->items[k] : test;

            *out_deep |= one->kind >= FORM_LIST && one->kind <= FORM_MAP;
            if (!add_case(c, one, (i - 2) / 2, out_table)) return false;
        }
    }
    return true;
}

bool compile_branch_case(struct compile *c, const struct form *form, bool tail)
{
    struct joins ends = {0};
    struct value table;
    bool deep;

    if (!compile_check_args(c, form, 1, -1)) return false;
    if (!case_table(c, form, &table, &deep)) return false;
    bool has_default = form->count % 2 == 1;
    uint32_t branches = (form->count - 2) / 2;

    if (!compile_form(c, form->items[1], false)) return false;
    if (!has_default) compile_emit(c, OP_DUP, 0); // for the message
    if (deep) compile_emit(c, OP_DEEP, 0);
    compile_emit(c, OP_CASE, (int32_t)image_constant(c->image, table));
    uint32_t depth = c->unit->depth - (has_default ? 0 : 1);
    uint32_t words = compile_emit_pc(c);

    compile_emit_word(c, branches);
    for (uint32_t i = 0; i <= branches; i++) {
        compile_emit_word(c, 0);
    }
    uint32_t base = compile_emit_pc(c);

    for (uint32_t i = 0; i < branches; i++) {
        c->unit->words[words + 1 + i] = compile_emit_pc(c) - base;
        if (!has_default) {
            compile_emit_depth(c, depth + 1);
            compile_emit(c, OP_POP, 0);
        }
        compile_emit_depth(c, depth);
        if (!compile_form(c, form->items[3 + 2 * i], tail)) return false;
        add_join(c, &ends, compile_emit_jump(c, OP_JUMP));
    }
    c->unit->words[words + 1 + branches] = compile_emit_pc(c) - base;
    if (has_default) {
        compile_emit_depth(c, depth);
        if (!compile_form(c, form->items[form->count - 1], tail)) return false;
    } else {
        compile_emit_depth(c, depth + 1);
        compile_emit_at(c, form);
        compile_call_core(c, "weir.core/no-matching-clause", 1);
    }
    join_all(c, &ends);
    return true;
}
