#include "flow/compile.h"

/*
 * Peephole: a pass over the instructions of a finished arity. Jumps that lead to jumps go to the
 * end of the chain, a jump to RETURN becomes RETURN. A call whose result is only handed on to
 * RETURN is a last call: the frame's locals are dead then, and the VM clears them, so that (reduce
 * f xs) at the end of a function does not hold xs while reduce walks it. Not inside of try: a
 * handler may use them.
 *
 * No instruction moves, so positions and regions stay as they are.
 */
enum { PEEPHOLE_CHAIN_MAX = 64 };

static bool jumps(enum opcode op)
{
    return op >= OP_JUMP && op <= OP_JUMP_TRUE_KEEP;
}

/* Where a jump to pc ends up. */
static uint32_t follow(const struct unit *unit, uint32_t pc)
{
    for (int i = 0; i < PEEPHOLE_CHAIN_MAX && opcode_of(unit->words[pc]) == OP_JUMP; i++) {
        pc = (uint32_t)((int32_t)pc + 1 + opcode_jump(unit->words[pc]));
    }
    return pc;
}

static bool guarded(const struct unit *unit, uint32_t pc)
{
    for (size_t i = 0; i < unit->region_count; i++) {
        if (unit->regions[i].start <= pc && pc < unit->regions[i].end) return true;
    }
    return false;
}

/* Whether from pc on the value on top only goes to RETURN. */
static bool returns(const struct unit *unit, uint32_t pc)
{
    for (int i = 0; i < PEEPHOLE_CHAIN_MAX; i++) {
        pc = follow(unit, pc);
        enum opcode op = opcode_of(unit->words[pc]);

        if (op == OP_RETURN) return true;
        if (op != OP_SLIDE) return false;
        pc++;
    }
    return false;
}

static void shorten(struct unit *unit, uint32_t pc)
{
    uint32_t word = unit->words[pc];
    uint32_t target = follow(unit, (uint32_t)((int32_t)pc + 1 + opcode_jump(word)));

    if (opcode_of(word) == OP_JUMP && opcode_of(unit->words[target]) == OP_RETURN) {
        unit->words[pc] = opcode_word(OP_RETURN, 0);
    } else {
        unit->words[pc] = opcode_word(opcode_of(word), (int32_t)target - (int32_t)pc - 1);
    }
}

void compile_peephole(struct unit *unit)
{
    for (uint32_t pc = 0; pc < unit->word_count;) {
        uint32_t word = unit->words[pc];
        uint32_t next = pc + 1 + opcode_extra_words(&unit->words[pc]);
        enum opcode op = opcode_of(word);

        if (jumps(op)) shorten(unit, pc);
        if ((op == OP_CALL || op == OP_CALL_CONST) && !guarded(unit, pc) && returns(unit, next)) {
            op = op == OP_CALL ? OP_CALL_LAST : OP_CALL_CONST_LAST;
            unit->words[pc] = opcode_word(op, (int32_t)opcode_a(word));
        }
        pc = next;
    }
}
