#include "base/assert.h"
#include "flow/callable.h"
#include "flow/coll.h"
#include "flow/core_convert.h"
#include "flow/core_internal.h"
#include "flow/core_vm.h"
#include "flow/exception.h"
#include "flow/fiber.h"
#include "flow/lazy.h"
#include "flow/number.h"
#include "flow/plist.h"
#include "flow/pmap.h"
#include "flow/pset.h"
#include "flow/seq.h"

/*
 * Calls of anything that can be called. The arguments are on top of the stack; the result goes to
 * the slot `result`, which is the first argument's or, where the callee was pushed too, the one
 * below.
 */
/* Java chooses a method by the number of its arguments too, and finds none. */
static bool arity_error(struct vm *vm, const char *name, uint32_t count)
{
    return error_set(&vm->native_error, name[0] == '.' ? E_ARGUMENT : E_ARITY,
                     "wrong number of args (%u) passed to: %s", count, name);
}

static bool is_callable(struct value value)
{
    switch (value.type) {
    case VALUE_FUNCTION:
    case VALUE_NATIVE:
    case VALUE_KEYWORD:
    case VALUE_SYMBOL:
    case VALUE_VECTOR:
    case VALUE_MAP:
    case VALUE_SORTED_MAP:
    case VALUE_SET:
    case VALUE_SORTED_SET: return true;
    default: return false;
    }
}

/* Only maps and sets by hash look at a key as a whole, and only where they have one. */
static bool hashes_keys(struct value coll)
{
    return (coll.type == VALUE_MAP && pmap_count(coll) > 0) ||
           (coll.type == VALUE_SET && pset_count(coll) > 0);
}

/* Whether the native looks through that argument at all levels. */
static bool looks_deep(uint32_t flags, const struct value *args, uint32_t index)
{
    if ((flags & NATIVE_LOOKUP) && index > 0 && !hashes_keys(args[0])) return false;
    return (flags & NATIVE_DEEP) || (index == 0 && (flags & NATIVE_DEEP_1)) ||
           (index == 1 && (flags & NATIVE_DEEP_2)) || (index >= 1 && (flags & NATIVE_DEEP_REST)) ||
           (index % 2 == 1 && (flags & NATIVE_KEYS));
}

/* Whether the native walks along that argument. */
static bool looks_along(uint32_t flags, uint32_t index, uint32_t count)
{
    static const uint16_t along[] = {NATIVE_REALIZE_1, NATIVE_REALIZE_2, NATIVE_REALIZE_3};

    return (index >= 1 && (flags & NATIVE_REALIZE_REST)) ||
           (index + 1 == count && (flags & NATIVE_REALIZE_LAST)) ||
           (index < ARRAY_COUNT(along) && (flags & along[index]));
}

static struct frame *push_native(struct vm *vm, struct value native, uint32_t base, uint32_t count,
                                 uint32_t result)
{
    struct frame *frame = frame_push(vm->fiber, FRAME_NATIVE, native);

    frame->base = base;
    frame->count = count;
    frame->result = result;
    frame->waits = 0;
    return frame;
}

/* The arity with a rest parameter, or NULL: it takes what is left of a sequence as it is. */
static const struct code *variadic_code(struct value callee)
{
    if (callee.type != VALUE_FUNCTION) return NULL;
    const struct prototype *prototype = callable_prototype(callee);

    return prototype->variadic;
}

/* Walks on in the sequence *s, as far as a function with a rest parameter must know what is there:
 * one item more than would tell that there is a rest, as Clojure does. */
static enum seq_result walk_ahead(struct vm *vm, uint32_t count, struct value *s, uint32_t *out_len)
{
    *out_len = 0;
    while (!value_is_nil(*s)) {
        struct value next;

        if ((*out_len)++ >= count) return SEQ_OK;
        enum seq_result found = seq_next(&vm->heap, *s, &next, &vm->native_error);

        *s = next; // a pending one, where it was found
        if (found != SEQ_OK) return found;
    }
    return SEQ_OK;
}

/* The given arguments but for the first of params, before the rest. */
static void gather_rest(struct vm *vm, uint32_t base, uint32_t given, uint32_t params,
                        struct value rest)
{
    struct fiber *fiber = vm->fiber;

    for (uint32_t i = given; i > params; i--) {
        rest = plist_cons(&vm->heap, fiber->stack[base + i], rest);
    }
    fiber->sp = base + 1 + MIN(given, params);
    for (uint32_t i = given; i < params; i++) {
        struct value item, next;

        if (seq_first(&vm->heap, rest, &item, NULL) != SEQ_OK) ASSERT(false);
        if (seq_next(&vm->heap, rest, &next, NULL) != SEQ_OK) ASSERT(false);
        frame_push_value(fiber, item);
        rest = next;
    }
    frame_push_value(fiber, rest);
}

/* (apply f a b seq) where f takes a rest: the sequence is not walked to its end. *out_done is false
 * where all of it are arguments of their own. */
static enum flow_next apply_rest(struct vm *vm, struct value native, uint32_t base, uint32_t count,
                                 uint32_t result, bool *out_done)
{
    struct fiber *fiber = vm->fiber;
    uint32_t params = variadic_code(fiber->stack[base])->params, given = count - 2, len = 0;
    struct value s, at;
    enum seq_result found = seq_of(&vm->heap, fiber->stack[fiber->sp - 1], &s, &vm->native_error);

    *out_done = true;
    at = s;
    if (found == SEQ_OK) found = walk_ahead(vm, params + 1 - MIN(given, params + 1), &at, &len);
    if (found == SEQ_PENDING) {
        push_native(vm, native, base, count, result);
        return realize_force(vm, at);
    }
    *out_done = found == SEQ_OK && given + len > params;
    if (!*out_done) return NEXT_THROW;
    gather_rest(vm, base, given, params, s);
    return frame_enter_rest(vm, fiber->stack[base], result) ? NEXT_FRAME : NEXT_THROW;
}

/* (apply f a b seq): the callee and its arguments are spread over the stack, then called. */
static enum flow_next apply(struct vm *vm, uint32_t base, uint32_t result)
{
    struct fiber *fiber = vm->fiber;
    struct value callee = fiber->stack[base];
    struct seq_iter iter;
    struct value item;

    if (!is_callable(callee) && !value_is_nil(callee)) return vm_call(vm, callee, 0, result);
    seq_iter_init(&iter, fiber->stack[fiber->sp - 1]);
    fiber->sp--;
    while (seq_iter_next(&iter, &vm->heap, &item)) {
        if (--vm->fuel <= 0) {
            error_set(&vm->native_error, E_FUEL, "apply: the run has no fuel left");
            return NEXT_THROW;
        }
        if ((fiber->sp & 1023) == 0 &&
            !heap_can(&vm->heap, fiber->sp * sizeof(struct value), &vm->native_error)) {
            return NEXT_THROW;
        }
        frame_push_value(fiber, item);
    }
    if (iter.result != SEQ_OK) {
        error_set(&vm->native_error, E_ARGUMENT, "apply: the last argument is %s, not a sequence",
                  value_type_phrase(iter.rest));
        return NEXT_THROW;
    }
    return vm_call(vm, callee, fiber->sp - base - 1, result);
}

/* What a native looks through at all levels costs fuel each time, also where nothing is pending. */
static bool charge_deep(struct vm *vm, const struct native_entry *entry, uint32_t base,
                        uint32_t count)
{
    if (!(entry->flags & NATIVE_DEEP_FLAGS)) return true;
    for (uint32_t i = 0; i < count; i++) {
        if (looks_deep(entry->flags, vm->fiber->stack + base, i)) {
            realize_charge(&vm->fuel, vm->fiber->stack[base + i]);
        }
    }
    if (vm->fuel > 0) return true;
    return error_set(&vm->native_error, E_FUEL, "%s: the run has no fuel left", entry->name);
}

enum { BIG_NUMBER_FUEL = 8 };

/* Numbers that are no machine words are looked at digit by digit, whatever is made of them. */
static void charge_numbers(struct vm *vm, const struct value *args, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        enum value_type type = args[i].type;

        if (type != VALUE_BIGINT && type != VALUE_RATIO && type != VALUE_DECIMAL) continue;
        vm->fuel = MAX(vm->fuel - BIG_NUMBER_FUEL - number_limbs(args[i]), 0);
    }
}

/* From so many waits on a native that walks gets its arguments realised, at all levels. */
enum { WAITS_MANY = 64 };

/* The native is called again when what it waits for is there. */
static enum flow_next wait_for(struct vm *vm, const struct native_call *call, uint32_t base)
{
    if (call->ahead == 0) return realize_force(vm, call->pending);
    if (call->waits < WAITS_MANY && call->ahead < NATIVE_AHEAD_ALL) {
        realize_push_ahead(vm, call->pending, call->ahead);
        return NEXT_FRAME;
    }
    for (uint32_t i = call->count; i > 0; i--) {
        struct value arg = vm->fiber->stack[base + i - 1];

        if (realize_pending(&vm->fuel, arg, true)) realize_push(vm, arg, true);
    }
    return NEXT_FRAME;
}

enum flow_next vm_call_native(struct vm *vm, struct value native, uint32_t base, uint32_t count,
                              uint32_t result, uint32_t waits)
{
    const struct native_entry *entry = callable_entry(native);
    struct native_call call = {.heap = &vm->heap,
                               .args = vm->fiber->stack + base,
                               .count = count,
                               .err = &vm->native_error,
                               .fuel = &vm->fuel,
                               .entry = entry,
                               .order = &vm->order,
                               .waits = waits};
    struct value out;

    if (entry->flags & NATIVE_VM) {
        ASSERT(entry - core_vm == CORE_VM_APPLY);
        bool done = false;
        enum flow_next next = variadic_code(call.args[0])
                                  ? apply_rest(vm, native, base, count, result, &done)
                                  : NEXT_THROW;

        return done ? next : apply(vm, base, result);
    }
    charge_numbers(vm, call.args, count);
    if (!charge_deep(vm, entry, base, count)) return NEXT_THROW;
    if (entry->function(&call, &out)) return frame_deliver(vm, result, out);
    if (call.pending.type == VALUE_NIL) return NEXT_THROW;
    push_native(vm, native, base, count, result)->waits = waits + 1;
    return wait_for(vm, &call, base);
}

static enum flow_next call_native(struct vm *vm, struct value native, uint32_t count,
                                  uint32_t result)
{
    struct fiber *fiber = vm->fiber;
    const struct native_entry *entry = callable_entry(native);
    uint32_t base = fiber->sp - count;
    bool waits = false;

    if ((int)count < entry->args_min || (entry->args_max >= 0 && (int)count > entry->args_max)) {
        arity_error(vm, entry->name, count);
        return NEXT_THROW;
    }
    bool looks = (entry->flags & NATIVE_LAZY_FLAGS) &&
                 !((entry->flags & NATIVE_VM) && variadic_code(fiber->stack[base]));

    for (uint32_t left = count; looks && left > 0; left--) { // the first on top: it comes first
        uint32_t i = left - 1;
        struct value arg = fiber->stack[base + i];
        bool deep = looks_deep(entry->flags, fiber->stack + base, i);
        bool first = i == 0 && (entry->flags & NATIVE_FIRST_ONLY) && arg.type == VALUE_LAZY &&
                     lazy_is_pending(lazy_unwrap(arg));
        bool whole =
            (deep || looks_along(entry->flags, i, count)) && realize_pending(&vm->fuel, arg, deep);

        if (!first && !whole) continue;
        if (!waits) push_native(vm, native, base, count, result);
        waits = true;
        if (whole) {
            realize_push(vm, arg, deep);
        } else {
            enum flow_next next = realize_force(vm, lazy_unwrap(arg));

            if (next != NEXT_FRAME) return next;
        }
    }
    return waits ? NEXT_FRAME : vm_call_native(vm, native, base, count, result, 0);
}

/* What an int of Java's can be. */
static bool is_index(struct value number)
{
    struct error unused = {0};
    int64_t index;

    return number_to_int(number, &index, &unused) && index >= INT32_MIN && index <= INT32_MAX;
}

/* A collection is called: the core function with the collection before its arguments. */
static enum flow_next call_collection(struct vm *vm, struct value callee, struct value function,
                                      uint32_t count, uint32_t result)
{
    struct fiber *fiber = vm->fiber;
    uint32_t max = callee.type == VALUE_MAP || callee.type == VALUE_SORTED_MAP ? 2 : 1;

    if (count < 1 || count > max) {
        arity_error(vm, value_type_name(callee), count);
        return NEXT_THROW;
    }
    if (callee.type == VALUE_VECTOR && !number_is_integer(fiber->stack[fiber->sp - 1])) {
        error_set(&vm->native_error, E_ARGUMENT, "the key of a vector must be an integer, not %s",
                  value_type_phrase(fiber->stack[fiber->sp - 1]));
        return NEXT_THROW;
    }
    if (callee.type == VALUE_VECTOR && !is_index(fiber->stack[fiber->sp - 1])) {
        error_set(&vm->native_error, E_INDEX, "a vector has no item that far: its index is %s",
                  value_type_phrase(fiber->stack[fiber->sp - 1]));
        return NEXT_THROW;
    }
    frame_push_value(fiber, value_nil());
    for (uint32_t i = fiber->sp - 1; i > fiber->sp - 1 - count; i--) {
        fiber->stack[i] = fiber->stack[i - 1];
    }
    fiber->stack[fiber->sp - 1 - count] = callee;
    return vm_call(vm, function, count + 1, result);
}

/* (:k coll) and (:k coll otherwise), symbols too. */
static enum flow_next call_key(struct vm *vm, struct value key, uint32_t count, uint32_t result)
{
    struct fiber *fiber = vm->fiber;
    const struct value *args = fiber->stack + fiber->sp - count;
    struct value out;

    if (count < 1 || count > 2) {
        arity_error(vm, "a keyword", count);
        return NEXT_THROW;
    }
    if (!coll_get(args[0], key, count == 2 ? args[1] : value_nil(), &vm->order, &out,
                  &vm->native_error)) {
        return NEXT_THROW;
    }
    return frame_deliver(vm, result, out);
}

enum flow_next vm_call(struct vm *vm, struct value callee, uint32_t count, uint32_t result)
{
    switch (callee.type) {
    case VALUE_FUNCTION: return frame_enter(vm, callee, count, result) ? NEXT_FRAME : NEXT_THROW;
    case VALUE_NATIVE: return call_native(vm, callee, count, result);
    case VALUE_KEYWORD:
    case VALUE_SYMBOL: return call_key(vm, callee, count, result);
    case VALUE_MAP:
    case VALUE_SORTED_MAP:
    case VALUE_SET:
    case VALUE_SORTED_SET:
        return call_collection(vm, callee, core_intrinsic(vm->core, OP_GET), count, result);
    case VALUE_VECTOR:
        return call_collection(vm, callee, core_intrinsic(vm->core, OP_NTH), count, result);
    case VALUE_NIL: error_set(&vm->native_error, E_NULL, "nil cannot be called"); break;
    default:
        error_set(&vm->native_error, E_CAST, "%s cannot be called as a function",
                  value_type_phrase(callee));
        break;
    }
    return NEXT_THROW;
}

/* Runs (comparator a b) in a fiber of its own, so that the caller's stack does not move. */
static bool run_comparator(struct vm *vm, struct value comparator, struct value a, struct value b,
                           struct value *out, struct error *err)
{
    struct fiber *outer = vm->fiber;
    struct fiber *inner = &vm->inner;
    int64_t stop = vm->stop;

    vm->fiber = inner;
    vm->nested = true;
    vm->stop = 0;
    inner->sp = inner->frame_count = inner->depth = inner->lazies = 0;
    frame_push(inner, FRAME_STOP, value_nil());
    frame_push_value(inner, a);
    frame_push_value(inner, b);
    bool ok = vm_loop(vm, vm_call(vm, comparator, 2, 0)) == VM_DONE;

    *out = frame_top(inner)->value;
    if (!ok) {
        *err = vm->error;
        vm->thrown = value_nil();
        inner->frame_count = 0;
    }
    vm->stop = stop;
    vm->nested = false;
    vm->fiber = outer;
    return ok;
}

bool vm_call_compare(void *ctx, struct value comparator, struct value a, struct value b, int *out,
                     struct error *err)
{
    struct vm *vm = ctx;
    struct value result;

    if (vm->nested) {
        return error_set(err, E_ARGUMENT,
                         "a comparator cannot use a collection that has a comparator itself");
    }
    if (!run_comparator(vm, comparator, a, b, &result, err)) return false;
    if (result.type == VALUE_BOOL) { // a predicate: is a before b, else b before a
        *out = -1;
        if (result.integer) return true;
        if (!run_comparator(vm, comparator, b, a, &result, err)) return false;
        *out = value_truthy(result) ? 1 : 0;
        return true;
    }
    if (!number_is(result)) {
        return error_set(err, value_is_nil(result) ? E_NULL : E_CAST,
                         "a comparator answered %s; expected a number or boolean",
                         value_type_phrase(result));
    }
    // as intValue() of Java, which Clojure calls: the low bits, or the nearest int
    int32_t order = (int32_t)core_convert_low_bits(result, INT32_MIN, INT32_MAX);

    *out = order < 0 ? -1 : order > 0;
    return true;
}
