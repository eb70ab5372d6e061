#include "flow/java_hash.h"

#include "base/memory.h"
#include "flow/decimal.h"
#include "flow/inst.h"
#include "flow/java_value.h"
#include "flow/keyword.h"
#include "flow/number.h"
#include "flow/seq.h"
#include "flow/string.h"
#include "flow/symbol.h"
#include "flow/uuid.h"

#include <string.h>

/* A collection whose items are being hashed. */
enum frame_kind { FRAME_ORDERED, FRAME_SET, FRAME_MAP };

struct frame {
    enum frame_kind kind;
    struct seq_iter iter;
    uint32_t hash, key_hash;
    struct value value; /* of the entry whose key is being hashed */
    bool in_value;
};

struct stack {
    struct frame *frames;
    size_t count, capacity;
};

static uint32_t fold(uint64_t bits)
{
    return (uint32_t)(bits ^ bits >> 32);
}

static uint32_t hash_symbol_java(struct text ns, struct text name)
{
    uint32_t seed = string_hash_utf8(name);
    uint32_t other = ns.ptr ? string_hash_utf8(ns) : 0;

    return seed ^ (other + 0x9e3779b9U + (seed << 6) + (uint32_t)((int32_t)seed >> 2));
}

static uint32_t hash_big(struct value number)
{
    int64_t small;

    return bignum_to_int(number, &small) ? fold((uint64_t)small) : bignum_java_hash(number);
}

static uint32_t hash_scalar(struct value value)
{
    uint64_t bits;

    switch (value.type) {
    case VALUE_BOOL: return value.integer ? 1231 : 1237;
    case VALUE_INT: return fold((uint64_t)value.integer);
    case VALUE_CHAR: return (uint32_t)value.integer;
    case VALUE_DOUBLE: memcpy(&bits, &value.real, sizeof(bits)); return fold(bits);
    case VALUE_BIGINT: return hash_big(value);
    case VALUE_RATIO:
        return bignum_java_hash(number_numerator(value)) ^
               bignum_java_hash(number_denominator(value));
    case VALUE_DECIMAL:
        return 31 * bignum_java_hash(decimal_unscaled(value)) + (uint32_t)decimal_scale(value);
    case VALUE_STRING: return string_hash(value);
    case VALUE_KEYWORD:
        return hash_symbol_java(keyword_ns(value), keyword_name(value)) + 0x9e3779b9U;
    case VALUE_SYMBOL: return hash_symbol_java(symbol_ns(value), symbol_name(value));
    case VALUE_INST: return fold((uint64_t)inst_ms(value));
    case VALUE_UUID: return uuid_hash(value);
    case VALUE_JAVA: return java_value_hash(value);
    default: return 0;
    }
}

static void push(struct stack *stack, struct value coll)
{
    struct frame frame = {.kind = FRAME_ORDERED, .hash = 1};

    if (coll.type == VALUE_MAP || coll.type == VALUE_SORTED_MAP) frame.kind = FRAME_MAP;
    if (coll.type == VALUE_SET || coll.type == VALUE_SORTED_SET) frame.kind = FRAME_SET;
    if (frame.kind != FRAME_ORDERED) frame.hash = 0;
    seq_iter_init(&frame.iter, coll);
    if (stack->count == stack->capacity) {
        stack->capacity = stack->capacity ? 2 * stack->capacity : 8;
        stack->frames = memory_resize(stack->frames, stack->capacity, sizeof(*stack->frames));
    }
    stack->frames[stack->count++] = frame;
}

/* The next value whose hash the frame needs; false at its end. */
static bool next(struct frame *frame, struct value *out)
{
    if (frame->kind == FRAME_MAP && frame->in_value) {
        *out = frame->value;
        return true;
    }
    return seq_iter_next_pair(&frame->iter, out, &frame->value);
}

static void add(struct frame *frame, uint32_t hash)
{
    switch (frame->kind) {
    case FRAME_ORDERED: frame->hash = 31 * frame->hash + hash; break;
    case FRAME_SET: frame->hash += hash; break;
    case FRAME_MAP:
        if (frame->in_value) {
            frame->hash += frame->key_hash ^ hash;
        } else {
            frame->key_hash = hash;
        }
        frame->in_value = !frame->in_value;
        break;
    }
}

uint32_t java_hash_value(struct value value)
{
    struct stack stack = {0};
    uint32_t hash;

    if (value.type < VALUE_LIST || value.type > VALUE_SORTED_SET) return hash_scalar(value);
    push(&stack, value);
    for (;;) {
        struct frame *top = &stack.frames[stack.count - 1];
        struct value item;

        if (next(top, &item)) {
            if (item.type >= VALUE_LIST && item.type <= VALUE_SORTED_SET) {
                push(&stack, item);
            } else {
                add(top, hash_scalar(item));
            }
            continue;
        }
        hash = top->hash;
        stack.count--;
        if (stack.count == 0) break;
        add(&stack.frames[stack.count - 1], hash);
    }
    memory_free(stack.frames);
    return hash;
}

void java_hash_display(struct value value, struct buf *out)
{
    if (value.type == VALUE_LAZY) {
        buf_printf(out, "clojure.lang.LazySeq@%x", java_hash_value(value));
    } else {
        value_display(value, out);
    }
}
