#include "flow/vm.h"

#include "base/assert.h"
#include "base/memory.h"
#include "flow/callable.h"
#include "flow/exception.h"
#include "flow/fiber.h"

/*
 * The VM as others see it: making it, starting, stopping and going on. What runs stands in
 * vm_loop.c.
 *
 *     new ──▶ (start_function) ──▶ run ⇄ YIELD
 *                                  run ──▶ EFFECT ──▶ resume | throw ──▶ run
 *                                  run ──▶ DONE | FAILED
 */
struct vm *vm_new(struct image *image, const struct vm_limits *limits)
{
    struct vm *vm = MEMORY_NEW(struct vm);

    vm->image = image_ref(image);
    vm->core = image->core;
    vm->limits = *limits;
    vm->fuel = limits->fuel;
    vm->fiber = &vm->body;
    list_init(&vm->fibers);
    list_push(&vm->fibers, &vm->body.node);
    vm->fiber_count = vm->next_fiber = 1;
    vm->next_effect = 1;
    vm->order = (struct sorted_order){.compare = vm_call_compare, .ctx = vm, .fuel = &vm->fuel};
    vm->status = VM_YIELD;
    heap_init(&vm->heap, limits->heap_bytes);
    frame_fiber_init(&vm->body, limits->heap_bytes);
    arena_init(&vm->inner.arena, 0);
    return vm;
}

void vm_free(struct vm *vm)
{
    if (!vm) return;
    fork_done(vm);
    frame_fiber_done(&vm->body);
    frame_fiber_done(&vm->inner);
    heap_done(&vm->heap);
    image_unref(vm->image);
    memory_free(vm);
}

struct heap *vm_heap(struct vm *vm)
{
    return &vm->heap;
}

void vm_set_input(struct vm *vm, struct value input)
{
    ASSERT(!vm->started);
    vm->input = input;
}

static bool start(struct vm *vm, struct value function, uint32_t count, struct error *err)
{
    ASSERT(!vm->started);
    vm->started = true;
    vm->body.sp = count; // arguments that were pushed
    frame_push(&vm->body, FRAME_STOP, value_nil());
    if (frame_enter(vm, function, count, 0)) return true;
    *err = vm->native_error;
    return false;
}

bool vm_start_function(struct vm *vm, struct text ref, struct value argument, struct error *err)
{
    const struct image *image = vm->image;

    for (uint32_t i = 0; i < image->function_count; i++) {
        if (!text_equal(image->functions[i].id, ref)) continue;
        frame_push_value(&vm->body, argument);
        return start(vm, image->functions[i].function, 1, err);
    }
    return error_set(err, E_NOT_FOUND, "there is no function " TEXT_FMT, TEXT_ARG(ref));
}

enum vm_status vm_run(struct vm *vm)
{
    struct error err;

    if (!vm->started && !start(vm, vm->image->body, 0, &err)) {
        vm->error = err;
        vm->status = VM_FAILED;
        return VM_FAILED;
    }
    ASSERT(vm->status == VM_YIELD); // not after the end, nor before an effect was answered
    bool slices = vm->limits.slice > 0 && vm->limits.slice < vm->fuel;

    vm->stop = slices ? vm->fuel - vm->limits.slice : 0;
    return vm_loop(vm, vm->thrown.type == VALUE_EXCEPTION ? NEXT_THROW : NEXT_FRAME);
}

static struct fiber *find_fiber(const struct vm *vm, int64_t effect)
{
    list_each (fiber, &vm->fibers, struct fiber, node) {
        if (fiber->state == FIBER_EFFECT && fiber->effect.id == effect) return fiber;
    }
    return NULL;
}

/* Takes the arguments of the flow call from its fiber's stack; that fiber runs next. */
static void end_effect(struct vm *vm, struct fiber *fiber)
{
    const struct frame *frame = frame_top(fiber);

    ASSERT(vm->status == VM_EFFECT);
    fiber->sp -= (uint32_t)opcode_table[opcode_of(frame->pc[-1])].pops;
    fiber->effect.config = value_nil();
    fiber->state = FIBER_READY;
    vm->fiber = fiber;
    vm->status = VM_YIELD;
}

void vm_resume(struct vm *vm, int64_t effect, struct value result)
{
    struct fiber *fiber = find_fiber(vm, effect);

    ASSERT(fiber);
    end_effect(vm, fiber);
    frame_push_value(fiber, result);
}

void vm_throw(struct vm *vm, int64_t effect, const struct error *err, struct value data)
{
    struct fiber *fiber = find_fiber(vm, effect);

    ASSERT(fiber);
    if (data.type == VALUE_NIL) {
        data = effect_error_data(&vm->heap, err, fiber->effect.step_id);
    }
    end_effect(vm, fiber);
    vm->native_error = *err;
    vm->thrown = exception_from_error(&vm->heap, err, data);
    vm->failed_native = vm->thrown;
}

const struct vm_effect *vm_effect_after(const struct vm *vm, int64_t effect)
{
    const struct vm_effect *found = NULL;

    list_each (fiber, &vm->fibers, struct fiber, node) {
        if (fiber->state != FIBER_EFFECT || fiber->effect.id <= effect) continue;
        if (!found || fiber->effect.id < found->id) found = &fiber->effect;
    }
    return found;
}

const struct vm_effect *vm_effect_find(const struct vm *vm, int64_t effect)
{
    const struct fiber *fiber = find_fiber(vm, effect);

    return fiber ? &fiber->effect : NULL;
}

int64_t vm_cancelled_effects(const struct vm *vm)
{
    return vm->cancelled_effects;
}

struct value vm_result(const struct vm *vm)
{
    ASSERT(vm->status == VM_DONE);
    return vm->body.frames[0].value;
}

const struct error *vm_error(const struct vm *vm)
{
    return &vm->error;
}

struct value vm_failure(const struct vm *vm)
{
    return vm->thrown.type == VALUE_EXCEPTION ? exception_data(vm->thrown) : value_nil();
}

int64_t vm_fuel_used(const struct vm *vm)
{
    return vm->limits.fuel - vm->fuel;
}

size_t vm_bytes(const struct vm *vm)
{
    size_t bytes = sizeof(*vm) + heap_held_bytes(&vm->heap);

    list_each (fiber, &vm->fibers, struct fiber, node) {
        bytes += fiber->stack_capacity * sizeof(struct value) +
                 fiber->frame_capacity * sizeof(struct frame) + fiber->arena.used_bytes;
    }
    return bytes;
}
