#include "flow/weight.h"

#include "flow/bignum.h"
#include "flow/box.h"
#include "flow/decimal.h"
#include "flow/lazy.h"
#include "flow/number.h"
#include "flow/object.h"
#include "flow/seq.h"
#include "flow/string.h"
#include "flow/value_list.h"

/* While little was counted parts may count twice; then those that were met are remembered. */
#define COUNTED_MANY 1000

struct scale {
    struct value_list open; /* still to look into */
    int64_t weight;
    const struct object **met; /* open addressing, a power of two of slots */
    size_t met_count, met_capacity;
};

static bool is_collection(struct value value)
{
    return value.type >= VALUE_LIST && value.type <= VALUE_SORTED_SET;
}

static const struct object **met_slot(const struct scale *scale, const struct object *object)
{
    size_t mask = scale->met_capacity - 1;
    size_t at = (uintptr_t)object * 0x9E3779B97F4A7C15ULL >> 32 & mask;

    while (scale->met[at] && scale->met[at] != object) {
        at = (at + 1) & mask;
    }
    return &scale->met[at];
}

static void grow(struct scale *scale)
{
    const struct object **old = scale->met;
    size_t capacity = scale->met_capacity;

    scale->met_capacity = MAX(capacity * 2, (size_t)256);
    scale->met = memory_array(scale->met_capacity, sizeof(const struct object *));
    for (size_t i = 0; i < capacity; i++) {
        if (old[i]) *met_slot(scale, old[i]) = old[i];
    }
    memory_free(old);
}

/* True the first time. */
static bool meet(struct scale *scale, const struct object *object)
{
    if (scale->weight < COUNTED_MANY) return true;
    if (scale->met_count * 2 >= scale->met_capacity) grow(scale);
    const struct object **slot = met_slot(scale, object);

    if (*slot) return false;
    *slot = object;
    scale->met_count++;
    return true;
}

/* Of big numbers: what it takes to write one. */
static int64_t weight_of_number(struct value value)
{
    int64_t limbs = 0;

    switch (value.type) {
    case VALUE_BIGINT: limbs = bignum_limbs(value); break;
    case VALUE_RATIO: limbs = bignum_limbs(number_numerator(value)) * 2; break;
    case VALUE_DECIMAL: limbs = bignum_limbs(decimal_unscaled(value)); break;
    default: return 0;
    }
    return limbs * 4 + limbs * limbs / 512;
}

static void add(struct scale *scale, struct value value)
{
    value = lazy_unwrap(value);
    if (value.type == VALUE_TAGGED) value = box_get(value);
    if (value.type == VALUE_STRING) {
        scale->weight += string_length(value) / WEIGHT_UNITS;
    } else if (is_collection(value)) {
        if (meet(scale, value.object)) value_list_push(&scale->open, value);
    } else {
        scale->weight += weight_of_number(value);
    }
}

int64_t weight_of(struct value value, int64_t limit)
{
    struct scale scale = {.weight = 0};

    add(&scale, value);
    while (scale.open.count > 0 && scale.weight <= limit) {
        struct seq_iter iter;
        struct value key, item;

        seq_iter_init(&iter, value_list_pop(&scale.open));
        while (scale.weight <= limit && seq_iter_next_pair(&iter, &key, &item)) {
            scale.weight++;
            add(&scale, key);
            add(&scale, item);
        }
    }
    value_list_done(&scale.open);
    memory_free(scale.met);
    return scale.weight;
}
