#include "flow/compare.h"

#include "base/memory.h"
#include "flow/equal.h"
#include "flow/inst.h"
#include "flow/java_value.h"
#include "flow/keyword.h"
#include "flow/number.h"
#include "flow/pvec.h"
#include "flow/string.h"
#include "flow/uuid.h"

/* Vectors may be nested in vectors: those being compared stand on a stack. */
struct frame {
    struct value a, b;
    uint32_t index;
};

#define PUSHED_MANY  1000
#define UNITS_A_LOOK 16 /* of strings */

struct machine {
    struct frame *frames;
    size_t count, capacity, pushed;
    int64_t budget;
};

static int sign(int64_t difference)
{
    return (difference > 0) - (difference < 0);
}

static bool compare_scalars(struct value a, struct value b, int64_t *budget, int *out,
                            struct error *err)
{
    if (value_identical(a, b)) {
        *out = 0;
        return true;
    }
    if (value_is_nil(a) || value_is_nil(b)) {
        *out = value_is_nil(a) ? -1 : 1;
        return true;
    }
    if (number_is(a) && number_is(b)) return number_compare(a, b, out, err);
    if (a.type != b.type) {
        return error_set(err, E_CAST, "cannot compare %s with %s", value_type_phrase(a),
                         value_type_phrase(b));
    }
    switch (a.type) {
    case VALUE_BOOL: *out = a.integer ? 1 : -1; return true;
    case VALUE_CHAR: *out = (int)(a.integer - b.integer); return true;
    case VALUE_STRING:
        *budget -= MIN(string_length(a), string_length(b)) / UNITS_A_LOOK;
        *out = string_compare(a, b);
        return *budget >= 0;
    case VALUE_KEYWORD:
    case VALUE_SYMBOL: *out = keyword_compare(a, b); return true;
    case VALUE_INST:
        *out = inst_ms(a) == inst_ms(b) ? 0 : inst_ms(a) < inst_ms(b) ? -1 : 1;
        return true;
    case VALUE_UUID: *out = uuid_compare(a, b); return true;
    case VALUE_JAVA:
        if (java_value_compare(a, b, out)) return true;
        break;
    default: break;
    }
    return error_set(err, E_CAST, "cannot compare %s with %s: they have no order",
                     value_type_phrase(a), value_type_phrase(b));
}

static void push(struct machine *machine, struct value a, struct value b)
{
    if (machine->count == machine->capacity) {
        machine->capacity = MAX(machine->capacity * 2, (size_t)4);
        machine->frames =
            memory_resize(machine->frames, machine->capacity, sizeof(*machine->frames));
    }
    machine->frames[machine->count++] = (struct frame){.a = a, .b = b};
}

/* Of two vectors: the shorter is less, then the first items that differ decide. */
static bool run(struct machine *machine, int *out, struct error *err)
{
    while (machine->count > 0) {
        struct frame *frame = &machine->frames[machine->count - 1];
        uint32_t count = pvec_count(frame->a);

        *out = frame->index > 0 ? 0 : sign((int64_t)count - pvec_count(frame->b));
        if (*out) return true;
        if (frame->index == count) {
            machine->count--;
            continue;
        }
        if (--machine->budget < 0) return false;
        struct value x = pvec_nth(frame->a, frame->index);
        struct value y = pvec_nth(frame->b, frame->index);

        frame->index++;
        if (x.type == VALUE_VECTOR && y.type == VALUE_VECTOR) {
            // shared parts can have more paths than there is time: equality visits them once
            bool equal = false;

            if (++machine->pushed >= PUSHED_MANY && !equal_within(x, y, &machine->budget, &equal)) {
                return false;
            }
            if (!equal) push(machine, x, y);
            continue;
        }
        if (!compare_scalars(x, y, &machine->budget, out, err)) return false;
        if (*out) return true;
    }
    *out = 0;
    return true;
}

bool compare_within(struct value a, struct value b, int64_t *budget, int *out, struct error *err)
{
    if (a.type != VALUE_VECTOR || b.type != VALUE_VECTOR) {
        return compare_scalars(a, b, budget, out, err);
    }
    struct machine machine = {.budget = *budget};
    int order = 0;

    push(&machine, a, b);
    bool done = run(&machine, &order, err);

    memory_free(machine.frames);
    *budget = machine.budget;
    if (done) *out = order;
    return done;
}

bool compare_values(struct value a, struct value b, int *out, struct error *err)
{
    int64_t budget = INT64_MAX;

    return compare_within(a, b, &budget, out, err);
}
