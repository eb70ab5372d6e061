#include "flow/core.h"
#include "flow/core_args.h"
#include "flow/number.h"

/* Core bits: integers as 64 bits. Shifts take the count modulo 64, as Java does. */

static bool bits(struct native_call *call, uint32_t index, int64_t *out)
{
    struct value number = call->args[index];

    if (number.type == VALUE_INT) {
        *out = number.integer;
        return true;
    }
    if (value_is_nil(number)) return core_args_wrong(call, index, "an integer");
    return core_args_invalid(call, index, "an integer of 64 bits");
}

enum bit_op { BIT_AND, BIT_OR, BIT_XOR, BIT_AND_NOT };

static bool fold(struct native_call *call, enum bit_op op, struct value *out)
{
    int64_t acc = 0, next = 0;

    if (!bits(call, 0, &acc)) return false;
    for (uint32_t i = 1; i < call->count; i++) {
        if (!bits(call, i, &next)) return false;
        switch (op) {
        case BIT_AND: acc &= next; break;
        case BIT_OR: acc |= next; break;
        case BIT_XOR: acc ^= next; break;
        case BIT_AND_NOT: acc &= ~next; break;
        }
    }
    *out = value_int(acc);
    return true;
}

static bool bit_and(struct native_call *call, struct value *out)
{
    return fold(call, BIT_AND, out);
}

static bool bit_or(struct native_call *call, struct value *out)
{
    return fold(call, BIT_OR, out);
}

static bool bit_xor(struct native_call *call, struct value *out)
{
    return fold(call, BIT_XOR, out);
}

static bool bit_and_not(struct native_call *call, struct value *out)
{
    return fold(call, BIT_AND_NOT, out);
}

static bool bit_not(struct native_call *call, struct value *out)
{
    int64_t x = 0;

    if (!bits(call, 0, &x)) return false;
    *out = value_int(~x);
    return true;
}

/* Both arguments: the bits, and the position 0 to 63. */
static bool bits_at(struct native_call *call, uint64_t *out_bits, unsigned *out_at)
{
    int64_t x = 0, n = 0;

    if (!bits(call, 0, &x) || !bits(call, 1, &n)) return false;
    *out_bits = (uint64_t)x;
    *out_at = (unsigned)((uint64_t)n & 63);
    return true;
}

static bool shift_left(struct native_call *call, struct value *out)
{
    uint64_t x = 0;
    unsigned n = 0;

    if (!bits_at(call, &x, &n)) return false;
    *out = value_int((int64_t)(x << n));
    return true;
}

static bool shift_right(struct native_call *call, struct value *out)
{
    uint64_t x = 0;
    unsigned n = 0;

    if (!bits_at(call, &x, &n)) return false;
    *out = value_int((int64_t)x >> n);
    return true;
}

static bool shift_right_unsigned(struct native_call *call, struct value *out)
{
    uint64_t x = 0;
    unsigned n = 0;

    if (!bits_at(call, &x, &n)) return false;
    *out = value_int((int64_t)(x >> n));
    return true;
}

static bool bit_set(struct native_call *call, struct value *out)
{
    uint64_t x = 0;
    unsigned n = 0;

    if (!bits_at(call, &x, &n)) return false;
    *out = value_int((int64_t)(x | UINT64_C(1) << n));
    return true;
}

static bool bit_clear(struct native_call *call, struct value *out)
{
    uint64_t x = 0;
    unsigned n = 0;

    if (!bits_at(call, &x, &n)) return false;
    *out = value_int((int64_t)(x & ~(UINT64_C(1) << n)));
    return true;
}

static bool bit_flip(struct native_call *call, struct value *out)
{
    uint64_t x = 0;
    unsigned n = 0;

    if (!bits_at(call, &x, &n)) return false;
    *out = value_int((int64_t)(x ^ UINT64_C(1) << n));
    return true;
}

static bool bit_test(struct native_call *call, struct value *out)
{
    uint64_t x = 0;
    unsigned n = 0;

    if (!bits_at(call, &x, &n)) return false;
    *out = value_bool(x >> n & 1);
    return true;
}

const struct native_entry core_bits[] = {
    {"bit-and", 2, -1, NATIVE_STATIC_OK, bit_and},
    {"bit-or", 2, -1, NATIVE_STATIC_OK, bit_or},
    {"bit-xor", 2, -1, NATIVE_STATIC_OK, bit_xor},
    {"bit-and-not", 2, -1, NATIVE_STATIC_OK, bit_and_not},
    {"bit-not", 1, 1, NATIVE_STATIC_OK, bit_not},
    {"bit-shift-left", 2, 2, NATIVE_STATIC_OK, shift_left},
    {"bit-shift-right", 2, 2, NATIVE_STATIC_OK, shift_right},
    {"unsigned-bit-shift-right", 2, 2, NATIVE_STATIC_OK, shift_right_unsigned},
    {"bit-set", 2, 2, NATIVE_STATIC_OK, bit_set},
    {"bit-clear", 2, 2, NATIVE_STATIC_OK, bit_clear},
    {"bit-flip", 2, 2, NATIVE_STATIC_OK, bit_flip},
    {"bit-test", 2, 2, NATIVE_STATIC_OK, bit_test},
    {0},
};
