#pragma once

#include "base/buf.h"

#include <stdint.h>

/*
 * Opcodes: the instruction set of the VM; the table is opcode.def.
 */
struct code;

enum opcode {

#define X(name, operands, pops, pushes, doc) OP_##name,
#include "flow/opcode.def"
#undef X
    OPCODE_COUNT
};

/* The first and last intrinsic: OP_ADD … OPCODE_COUNT - 1. */
#define OPCODE_INTRINSIC_FIRST OP_ADD
#define OPCODE_INTRINSIC_COUNT (OPCODE_COUNT - OP_ADD)

struct opcode_info {
    const char *name, *operands;
    int8_t pops, pushes;
    const char *doc; /* of an intrinsic: the core function's name */
};

extern const struct opcode_info opcode_table[OPCODE_COUNT];

static inline uint32_t opcode_word(enum opcode op, int32_t a)
{
    return (uint32_t)op | ((uint32_t)a << 8);
}

static inline enum opcode opcode_of(uint32_t word)
{
    return (enum opcode)(word & 0xff);
}

/* Operand a, unsigned and signed. */
static inline uint32_t opcode_a(uint32_t word)
{
    return word >> 8;
}

static inline int32_t opcode_jump(uint32_t word)
{
    return (int32_t)word >> 8;
}

/* How many words follow the instruction. */
uint32_t opcode_extra_words(const uint32_t *word);

/* The instructions of one arity as text, one a line: for tests and for people. */
void opcode_print(const struct code *code, struct buf *out);
