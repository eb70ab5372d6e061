#include "flow/opcode.h"

#include "flow/image.h"

/*
 * The table of instructions, and code as text.
 */
const struct opcode_info opcode_table[OPCODE_COUNT] = {
#define X(name, operands, pops, pushes, doc) {#name, operands, pops, pushes, doc},
#include "flow/opcode.def"
#undef X
};

uint32_t opcode_extra_words(const uint32_t *word)
{
    switch (opcode_of(*word)) {
    case OP_RECUR:
    case OP_LETFN:
    case OP_CALL_CONST:
    case OP_CALL_CONST_LAST: return 1;
    case OP_CASE: return word[1] + 2; // the count, a jump a branch, the default's
    default: return 0;
    }
}

static void print_constant(const struct code *code, uint32_t index, struct buf *out)
{
    buf_char(out, ' ');
    value_print(code->constants[index], out);
}

void opcode_print(const struct code *code, struct buf *out)
{
    for (uint32_t pc = 0; pc < code->word_count;) {
        uint32_t word = code->words[pc];
        enum opcode op = opcode_of(word);
        const char *operands = opcode_table[op].operands;
        uint32_t next = pc + 1 + opcode_extra_words(&code->words[pc]);

        buf_printf(out, "%u %s", pc, opcode_table[op].name);
        if (operands[0] == 't') {
            buf_printf(out, " %d", (int32_t)next + opcode_jump(word));
        } else if (operands[0] == 'k') {
            print_constant(code, opcode_a(word), out);
        } else if (op == OP_INT) {
            buf_printf(out, " %d", opcode_jump(word));
        } else if (operands[0] != '-') {
            buf_printf(out, " %u", opcode_a(word));
        }
        if (op == OP_CALL_CONST || op == OP_CALL_CONST_LAST) {
            print_constant(code, code->words[pc + 1], out);
        }
        if (op == OP_RECUR || op == OP_LETFN) buf_printf(out, " %u", code->words[pc + 1]);
        for (uint32_t i = 0; op == OP_CASE && i <= code->words[pc + 1]; i++) {
            buf_printf(out, " %d", (int32_t)(next + code->words[pc + 2 + i]));
        }
        buf_char(out, '\n');
        pc = next;
    }
}
