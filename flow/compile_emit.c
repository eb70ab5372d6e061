#include "base/assert.h"
#include "flow/compile.h"

/*
 * Emit: writes the instructions of one arity and keeps count of the stack. Jumps are relative to
 * the instruction after them; 24 signed bits reach further than a definition of the largest size
 * can.
 */
static void adjust(struct unit *unit, int32_t pops, int32_t pushes)
{
    ASSERT((int64_t)unit->depth >= pops);
    unit->depth = (uint32_t)((int32_t)unit->depth - pops + pushes);
    unit->max_depth = MAX(unit->max_depth, unit->depth);
}

void compile_emit_word(struct compile *c, uint32_t word)
{
    struct unit *unit = c->unit;

    unit->words = arena_grow(c->scratch, unit->words, unit->word_count, &unit->word_capacity,
                             sizeof(uint32_t));
    unit->words[unit->word_count++] = word;
}

uint32_t compile_emit(struct compile *c, enum opcode op, int32_t a)
{
    const struct opcode_info *info = &opcode_table[op];
    uint32_t pc = (uint32_t)c->unit->word_count;

    compile_emit_word(c, opcode_word(op, a));
    switch (op) {
    case OP_SLIDE:
    case OP_RECUR: adjust(c->unit, a, 0); break;
    case OP_CALL: adjust(c->unit, a + 1, 1); break;
    case OP_CALL_CONST:
    case OP_VECTOR:
    case OP_MAP:
    case OP_SET: adjust(c->unit, a, 1); break;
    case OP_JUMP_FALSE_KEEP:
    case OP_JUMP_TRUE_KEEP: adjust(c->unit, 1, 0); break; // as it goes on; a jump keeps tos
    default: adjust(c->unit, info->pops, info->pushes); break;
    }
    return pc;
}

void compile_emit_at(struct compile *c, const struct form *form)
{
    struct unit *unit = c->unit;
    uint32_t pc = (uint32_t)unit->word_count;
    struct line_entry *last = unit->line_count ? &unit->lines[unit->line_count - 1] : NULL;

    ASSERT(form->line > 0);
    if (last && last->line == form->line && last->column == form->column) return;
    if (last && last->pc == pc) {
        *last = (struct line_entry){pc, form->line, form->column};
        return;
    }
    unit->lines = arena_grow(c->scratch, unit->lines, unit->line_count, &unit->line_capacity,
                             sizeof(struct line_entry));
    unit->lines[unit->line_count++] = (struct line_entry){pc, form->line, form->column};
}

void compile_emit_constant(struct compile *c, struct value value)
{
    if (value.type == VALUE_NIL) {
        compile_emit(c, OP_NIL, 0);
    } else if (value.type == VALUE_BOOL) {
        compile_emit(c, value.integer ? OP_TRUE : OP_FALSE, 0);
    } else if (value.type == VALUE_INT && value.integer >= -(1 << 23) &&
               value.integer < (1 << 23)) {
        compile_emit(c, OP_INT, (int32_t)value.integer);
    } else {
        compile_emit(c, OP_CONST, (int32_t)image_constant(c->image, value));
    }
}

uint32_t compile_emit_pc(const struct compile *c)
{
    return (uint32_t)c->unit->word_count;
}

uint32_t compile_emit_jump(struct compile *c, enum opcode op)
{
    return compile_emit(c, op, 0);
}

void compile_emit_label(struct compile *c, uint32_t jump)
{
    struct unit *unit = c->unit;
    int32_t distance = (int32_t)unit->word_count - (int32_t)jump - 1;

    unit->words[jump] = opcode_word(opcode_of(unit->words[jump]), distance);
}

void compile_emit_jump_back(struct compile *c, uint32_t pc)
{
    int32_t distance = (int32_t)pc - (int32_t)c->unit->word_count - 1;

    compile_emit(c, OP_JUMP, distance);
}

void compile_emit_depth(struct compile *c, uint32_t depth)
{
    c->unit->depth = depth;
    c->unit->max_depth = MAX(c->unit->max_depth, depth);
}

void compile_emit_region(struct compile *c, struct region region)
{
    struct unit *unit = c->unit;

    unit->regions = arena_grow(c->scratch, unit->regions, unit->region_count,
                               &unit->region_capacity, sizeof(struct region));
    unit->regions[unit->region_count++] = region;
}
