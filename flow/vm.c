#include "flow/vm.h"

#include "base/assert.h"
#include "base/memory.h"
#include "flow/callable.h"
#include "flow/exception.h"
#include "flow/fiber.h"
#include "flow/keyword.h"
#include "flow/pmap.h"
#include "flow/string.h"

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
    vm->order = (struct sorted_order){.compare = vm_call_compare, .ctx = vm, .fuel = &vm->fuel};
    vm->status = VM_YIELD;
    heap_init(&vm->heap, limits->heap_bytes);
    arena_init(&vm->arena, 0);
    return vm;
}

void vm_free(struct vm *vm)
{
    if (!vm) return;
    frame_fiber_done(&vm->body);
    frame_fiber_done(&vm->inner);
    heap_done(&vm->heap);
    arena_done(&vm->arena);
    buf_done(&vm->effect_text);
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

/* Takes the arguments of the flow call from the stack. */
static void end_effect(struct vm *vm)
{
    const struct frame *frame = frame_top(vm->fiber);

    ASSERT(vm->status == VM_EFFECT);
    vm->fiber->sp -= (uint32_t)opcode_table[opcode_of(frame->pc[-1])].pops;
    vm->effect.config = value_nil();
    vm->status = VM_YIELD;
}

void vm_resume(struct vm *vm, struct value result)
{
    end_effect(vm);
    frame_push_value(vm->fiber, result);
}

/* What the caller did not say: a map of LANGUAGE section 11; class, code and step-id are keywords.
 */
static struct value error_data(struct vm *vm, const struct error *err)
{
    struct heap *heap = &vm->heap;
    const char *hint = err->hint[0] ? err->hint : error_default_hint(err->code);
    struct text class = text_from(error_class_name(error_class(err->code)));
    struct text code = text_from(error_wire(err->code));
    struct value data = pmap_empty();

    data = pmap_put_named(heap, data, "class", keyword_new(heap, TEXT_NONE, class));
    data = pmap_put_named(heap, data, "code", keyword_new(heap, TEXT_NONE, code));
    data = pmap_put_named(heap, data, "message", string_from_cstr(heap, err->message));
    if (hint) data = pmap_put_named(heap, data, "hint", string_from_cstr(heap, hint));
    return pmap_put_named(heap, data, "step-id", keyword_new(heap, TEXT_NONE, vm->effect.step_id));
}

void vm_throw(struct vm *vm, const struct error *err, struct value data)
{
    if (data.type == VALUE_NIL) data = error_data(vm, err);
    end_effect(vm);
    vm->native_error = *err;
    vm->thrown = exception_from_error(&vm->heap, err, data);
    vm->failed_native = vm->thrown;
}

const struct vm_effect *vm_effect(const struct vm *vm)
{
    return &vm->effect;
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
