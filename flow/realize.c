#include "base/assert.h"
#include "flow/box.h"
#include "flow/fiber.h"
#include "flow/lazy.h"
#include "flow/seq.h"
#include "flow/string.h"
#include "flow/weight.h"

/*
 * Realising lazy sequences and delays: their thunks are flow functions, so this is done with
 * frames.
 *
 * FORCE: value is the lazy sequence L; its first slot holds the one whose thunk runs now. When a
 * thunk answers another unrealised sequence (a filter that skips), that one's thunk runs in the
 * same frame, so that long chains stay flat; L gets the end of the chain. Meanwhile L holds the
 * sequence that is being made instead of its thunk, which holds what was skipped already: should
 * that one fail, L goes on from there when it is asked again.
 *
 * REALIZE: along a sequence, its first slot is the place reached, so that all of it is walked once.
 * At all levels, its slots are a stack of values still to visit. As far as it is shown, they are
 * pairs: a value, and how many items of it are shown at most; the next one is on top.
 */

/* What a unit of fuel buys of looking: values, and characters of a string. */
enum { REALIZE_SCAN_COST = 8, REALIZE_UNIT_COST = 64 };

#define FUEL_MAX (INT64_MAX / 16)

static bool may_hold_lazy(struct value value)
{
    if (value.type == VALUE_SEQ) {
        return value.object->kind != SEQ_RANGE && value.object->kind != SEQ_STRING;
    }
    return (value.type >= VALUE_LIST && value.type <= VALUE_SORTED_SET) ||
           value.type == VALUE_TAGGED;
}

bool realize_pending(int64_t *fuel, struct value value, bool deep)
{
    struct value found;

    if (deep && value.type == VALUE_STRING) {
        int64_t cost = string_length(value) / REALIZE_UNIT_COST;
        bool lasts = cost <= *fuel;

        *fuel = lasts ? *fuel - cost : 0;
        return !lasts;
    }
    if (!may_hold_lazy(value) || (!deep && !seq_is(value))) return false;
    // what it costs is rounded down, so that looking never takes more than there is
    const int64_t start = (MIN(*fuel, FUEL_MAX) + 1) * REALIZE_SCAN_COST - 1;
    int64_t budget = start;
    enum lazy_scan scan = lazy_scan(value, deep, &budget, &found);

    // more to look at than there is fuel: the frame that would realise it says so
    *fuel = scan == LAZY_SCAN_BUDGET ? 0 : *fuel - (start - budget) / REALIZE_SCAN_COST;
    return scan != LAZY_SCAN_CLEAR;
}

void realize_charge(int64_t *fuel, struct value value)
{
    if (!value_is_object(value) || value.type == VALUE_STRING) return; // strings are paid for
    *fuel = MAX(*fuel - weight_of(value, *fuel), 0);
}

void realize_push(struct vm *vm, struct value value, bool deep)
{
    struct frame *frame = frame_push(vm->fiber, FRAME_REALIZE, value_nil());

    frame->count = deep ? REALIZE_DEEP : REALIZE_ALONG;
    frame->left = UINT32_MAX;
    frame_push_value(vm->fiber, value);
}

void realize_push_ahead(struct vm *vm, struct value value, uint32_t count)
{
    realize_push(vm, value, false);
    frame_top(vm->fiber)->left = count;
}

static void push_pair(struct fiber *fiber, struct value value, int64_t items)
{
    frame_push_value(fiber, value);
    frame_push_value(fiber, value_int(items));
}

/* Looks first whether anything is pending in it: a value of shared parts may have more paths than
 * there is time. */
static void push_shown(struct vm *vm, struct value value)
{
    if (!may_hold_lazy(value) || !realize_pending(&vm->fuel, value, true)) return;
    push_pair(vm->fiber, value, vm->limits.shown_items);
}

void realize_push_shown(struct vm *vm, struct value value)
{
    struct frame *frame = frame_push(vm->fiber, FRAME_REALIZE, value_nil());

    frame->count = REALIZE_SHOWN;
    frame->left = vm->limits.shown_total;
    push_shown(vm, value);
}

static enum flow_next run_thunk(struct vm *vm, struct value lazy)
{
    struct fiber *fiber = vm->fiber;
    const struct frame *frame = frame_top(fiber);

    for (;;) { // nothing runs already: a thunk knows what was there before it only
        struct value thunk = lazy_value(lazy);
        bool is_deferred = thunk.type == VALUE_LAZY; // what it waited for has failed

        if (!is_deferred || lazy.object == frame->value.object) {
            lazy_start(lazy);
            fiber->stack[frame->base] = lazy;
        }
        if (!is_deferred) return vm_call(vm, thunk, 0, fiber->sp);
        lazy = lazy_unwrap(thunk);
        if (!lazy_is_pending(lazy)) return realize_deliver(vm, lazy);
    }
}

enum flow_next realize_force(struct vm *vm, struct value lazy)
{
    struct fiber *fiber = vm->fiber;

    frame_push(fiber, FRAME_FORCE, lazy);
    frame_push_value(fiber, value_nil()); // nothing runs yet
    if (lazy.type == VALUE_LAZY) fiber->lazies++;
    return run_thunk(vm, lazy);
}

void realize_undo(struct vm *vm, const struct frame *frame)
{
    struct value current = vm->fiber->stack[frame->base];

    lazy_reset(current);
    if (current.object != frame->value.object) lazy_reset(frame->value);
}

static enum flow_next finish(struct vm *vm, struct value result)
{
    struct fiber *fiber = vm->fiber;
    const struct frame *frame = frame_top(fiber);
    struct value current = fiber->stack[frame->base];

    lazy_finish(frame->value, result);
    if (current.object != frame->value.object) lazy_finish(current, result);
    fiber->sp = frame->base;
    frame_pop(fiber);
    return NEXT_FRAME;
}

enum flow_next realize_deliver(struct vm *vm, struct value value)
{
    const struct frame *frame = frame_top(vm->fiber);
    struct value current = vm->fiber->stack[frame->base];
    struct value seq;

    if (frame->value.type == VALUE_DELAY) return finish(vm, value);
    value = lazy_unwrap(value);
    if (lazy_is_pending(value)) {
        if (current.object != frame->value.object) lazy_reset(current);
        lazy_defer(frame->value, value);
        vm->fiber->stack[frame->base] = frame->value; // should the next not start
        return run_thunk(vm, value);
    }
    enum seq_result result = seq_of(&vm->heap, value, &seq, &vm->native_error);

    ASSERT(result != SEQ_PENDING);
    return result == SEQ_OK ? finish(vm, seq) : NEXT_THROW;
}

static enum flow_next end(struct vm *vm)
{
    vm->fiber->sp = frame_top(vm->fiber)->base;
    frame_pop(vm->fiber);
    return NEXT_FRAME;
}

static enum flow_next no_fuel(struct vm *vm)
{
    error_set(&vm->native_error, E_FUEL, "the run has no fuel left");
    return NEXT_THROW;
}

static enum flow_next resume_along(struct vm *vm)
{
    struct frame *frame = frame_top(vm->fiber);
    struct value *place = &vm->fiber->stack[frame->base];
    struct value pending;

    if (vm->fuel <= 0) return no_fuel(vm);
    if (frame->left == 0 || !lazy_find_pending(*place, false, &pending)) return end(vm);
    if (frame->left != UINT32_MAX) frame->left--;
    *place = pending;
    return realize_force(vm, pending);
}

static void push_if_needed(struct fiber *fiber, struct value value)
{
    if (may_hold_lazy(value) && !(value.object->flags & OBJECT_CLEAR)) {
        frame_push_value(fiber, value);
    }
}

/* Groups of so many values, the last one first. */
static void reverse(struct value *values, uint32_t count, uint32_t each)
{
    for (uint32_t low = 0, high = count; low + each < high; low += each, high -= each) {
        for (uint32_t i = 0; i < each; i++) {
            struct value swapped = values[low + i];

            values[low + i] = values[high - each + i];
            values[high - each + i] = swapped;
        }
    }
}

/* What stands in a collection that is not lazy itself, the first on top. False: the fuel does not
 * last. */
static bool push_items(struct vm *vm, struct value coll)
{
    struct seq_iter iter;
    struct value key, value;
    uint32_t start = vm->fiber->sp;

    seq_iter_init(&iter, coll);
    while (seq_iter_next_pair(&iter, &key, &value)) {
        if (vm->fuel <= 0) return false;
        vm->fuel--;
        push_if_needed(vm->fiber, key);
        push_if_needed(vm->fiber, value);
    }
    ASSERT(iter.result == SEQ_OK); // lazy sequences and conses are walked by resume_deep()
    reverse(vm->fiber->stack + start, vm->fiber->sp - start, 1);
    return true;
}

static enum flow_next resume_deep(struct vm *vm)
{
    struct fiber *fiber = vm->fiber;
    uint32_t base = frame_top(fiber)->base;

    while (fiber->sp > base) {
        if (vm->fuel <= 0) return no_fuel(vm);
        vm->fuel--;
        struct value value = fiber->stack[--fiber->sp];

        if (value.type == VALUE_LAZY) {
            value = lazy_unwrap(value);
            if (lazy_is_pending(value)) {
                fiber->sp++; // visited again, realised
                return realize_force(vm, value);
            }
            push_if_needed(fiber, value);
        } else if (value.type == VALUE_CONS) {
            const struct cons_object *cons = OBJECT_AS(cons_object, value.object);

            push_if_needed(fiber, cons->rest);
            push_if_needed(fiber, cons->first);
        } else if (value.type == VALUE_TAGGED) {
            push_if_needed(fiber, box_get(value));
        } else if (!push_items(vm, value)) {
            return no_fuel(vm);
        }
    }
    return end(vm);
}

/* As push_items(), the first item on top. */
static bool push_shown_items(struct vm *vm, struct value coll)
{
    struct fiber *fiber = vm->fiber;
    struct seq_iter iter;
    struct value key, value;
    uint32_t start = fiber->sp;
    int64_t left = seq_may_go_on(coll) ? vm->limits.shown_items : INT64_MAX;

    seq_iter_init(&iter, coll);
    for (; left > 0 && seq_iter_next_pair(&iter, &key, &value); left--) {
        if (vm->fuel <= 0) return false;
        vm->fuel--;
        push_shown(vm, key);
        push_shown(vm, value);
    }
    reverse(fiber->stack + start, fiber->sp - start, 2);
    return true;
}

static enum flow_next resume_shown(struct vm *vm)
{
    struct fiber *fiber = vm->fiber;
    struct frame *frame = frame_top(fiber);

    while (fiber->sp > frame->base && frame->left > 0) {
        if (vm->fuel <= 0) return no_fuel(vm);
        vm->fuel--;
        int64_t left = fiber->stack[fiber->sp - 1].integer;
        struct value value = lazy_unwrap(fiber->stack[fiber->sp - 2]);

        if (lazy_is_pending(value)) return realize_force(vm, value); // then it is looked at again
        fiber->sp -= 2;
        if (value.type == VALUE_CONS) {
            const struct cons_object *cons = OBJECT_AS(cons_object, value.object);

            if (left == 0) continue;
            frame->left--;
            if (may_hold_lazy(cons->rest)) push_pair(fiber, cons->rest, left - 1);
            push_shown(vm, cons->first);
        } else if (value.type == VALUE_TAGGED) {
            push_shown(vm, box_get(value));
        } else if (may_hold_lazy(value) && !push_shown_items(vm, value)) {
            return no_fuel(vm);
        }
    }
    return end(vm);
}

enum flow_next realize_resume(struct vm *vm)
{
    switch ((enum realize_reach)frame_top(vm->fiber)->count) {
    case REALIZE_ALONG: return resume_along(vm);
    case REALIZE_DEEP: return resume_deep(vm);
    case REALIZE_SHOWN: break;
    }
    return resume_shown(vm);
}
