#include "flow/callable.h"
#include "flow/coll.h"
#include "flow/fiber.h"
#include "flow/pmap.h"
#include "flow/pset.h"
#include "flow/seq.h"

/*
 * What instructions make that is more than a line: closures, keyword arguments, literals.
 */
static bool is_effectful(struct value value)
{
    return value.type == VALUE_FUNCTION && value.object->kind == FUNCTION_EFFECTFUL;
}

struct value vm_make_closure(struct vm *vm, struct value template, const struct value *base,
                             struct value function)
{
    const struct prototype *prototype = callable_prototype(template);
    struct value closure = callable_function(&vm->heap, prototype, NULL, prototype->capture_count);
    struct value *captured = callable_captured(closure);

    closure.object->kind = template.object->kind;
    for (uint32_t i = 0; i < prototype->capture_count; i++) {
        const struct capture *capture = &prototype->captures[i];

        switch (capture->kind) {
        case CAPTURE_LOCAL: captured[i] = base[capture->index]; break;
        case CAPTURE_CAPTURE: captured[i] = callable_captured(function)[capture->index]; break;
        case CAPTURE_SELF: captured[i] = function; break;
        }
        if (is_effectful(captured[i])) closure.object->kind = FUNCTION_EFFECTFUL;
    }
    return closure;
}

void vm_make_knot(struct value *base, uint32_t slot, uint32_t count)
{
    struct value *functions = base + slot;
    bool effectful = false;

    for (uint32_t i = 0; i < count; i++) {
        effectful |= is_effectful(functions[i]);
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct prototype *prototype = callable_prototype(functions[i]);
        struct value *captured = callable_captured(functions[i]);

        if (!prototype->capture_count) continue; // a constant
        if (effectful) functions[i].object->kind = FUNCTION_EFFECTFUL;
        for (uint32_t k = 0; k < prototype->capture_count; k++) {
            const struct capture *capture = &prototype->captures[k];

            if (capture->kind == CAPTURE_LOCAL && capture->index - slot < count) {
                captured[k] = base[capture->index];
            }
        }
    }
}

bool vm_make_kwargs(struct vm *vm, struct value seq, struct value *out)
{
    struct seq_iter iter;
    struct value key, value;

    *out = pmap_empty();
    seq_iter_init(&iter, seq);
    while (seq_iter_next(&iter, &vm->heap, &key)) {
        if (seq_iter_next(&iter, &vm->heap, &value)) {
            *out = pmap_assoc(&vm->heap, *out, key, value);
        } else if (pmap_count(*out) == 0) {
            *out = key; // alone: taken for the map
        } else {        // more of them in a map
            return coll_conj(&vm->heap, *out, key, &vm->order, out, &vm->native_error);
        }
    }
    return true;
}

bool vm_make_find_pending(int64_t *fuel, const struct value *items, uint32_t count, uint32_t step,
                          struct value *out)
{
    for (uint32_t i = 0; i < count; i += step) {
        *out = items[i];
        if (realize_pending(fuel, *out, true)) return true;
        realize_charge(fuel, *out);
    }
    return false;
}

bool vm_make_check_distinct(struct vm *vm, struct value coll, uint32_t count)
{
    uint32_t distinct = coll.type == VALUE_MAP ? pmap_count(coll) : pset_count(coll);

    if (distinct == count) return true;
    return error_set(&vm->native_error, E_ARGUMENT, "a literal has the same key twice");
}
