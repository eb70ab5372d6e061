#include "base/assert.h"
#include "base/memory.h"
#include "flow/callable.h"
#include "flow/catch.h"
#include "flow/exception.h"
#include "flow/fiber.h"
#include "flow/lazy.h"
#include "flow/plist.h"

/*
 * Frames: the two stacks of a fiber, entering functions, handing values down, unwinding to
 * handlers, and the roots of a collection. Pointers into the stacks are good until the next push.
 */
enum {
    FRAME_SLACK = 8, /* slots behind a function's own that the VM uses for calls it makes itself */
    FRAME_STACK_START = 64,
    FRAME_FRAMES_START = 8,
    FRAME_LINE_MAX = (1 << 20) - 1,
    FRAME_COLUMN_MAX = (1 << 12) - 1,
};

void frame_fiber_init(struct fiber *fiber, size_t budget_bytes)
{
    arena_init(&fiber->arena, budget_bytes);
    arena_allow_overdraft(&fiber->arena);
}

void frame_fiber_done(struct fiber *fiber)
{
    memory_free(fiber->stack);
    memory_free(fiber->frames);
    map_done(&fiber->step_counts);
    buf_done(&fiber->effect_text);
    arena_done(&fiber->arena);
    *fiber = (struct fiber){0};
}

void frame_reserve(struct fiber *fiber, uint32_t count)
{
    uint64_t needed = (uint64_t)fiber->sp + count + FRAME_SLACK;

    if (needed <= fiber->stack_capacity) return;
    uint64_t capacity = MAX(2 * (uint64_t)fiber->stack_capacity, FRAME_STACK_START);

    while (capacity < needed) {
        capacity *= 2;
    }
    ASSERT(capacity <= UINT32_MAX);
    fiber->stack = memory_resize(fiber->stack, capacity, sizeof(struct value));
    fiber->stack_capacity = (uint32_t)capacity;
}

void frame_push_value(struct fiber *fiber, struct value value)
{
    frame_reserve(fiber, 1);
    fiber->stack[fiber->sp++] = value;
}

struct frame *frame_push(struct fiber *fiber, enum frame_kind kind, struct value value)
{
    if (fiber->frame_count == fiber->frame_capacity) {
        fiber->frame_capacity = MAX(2 * fiber->frame_capacity, FRAME_FRAMES_START);
        fiber->frames = memory_resize(fiber->frames, fiber->frame_capacity, sizeof(struct frame));
    }
    struct frame *frame = &fiber->frames[fiber->frame_count++];

    *frame = (struct frame){.kind = kind, .base = fiber->sp, .result = fiber->sp, .value = value};
    return frame;
}

void frame_pop(struct fiber *fiber)
{
    const struct frame *frame = frame_top(fiber);

    if (frame->kind == FRAME_CODE) fiber->depth--;
    if (frame->kind == FRAME_FORCE && frame->value.type == VALUE_LAZY) fiber->lazies--;
    fiber->frame_count--;
}

static bool arity_error(struct vm *vm, const struct prototype *prototype, uint32_t count)
{
    bool method = text_starts_with(prototype->name, TEXT(".")); // as those that are natives

    return error_set(&vm->native_error, method ? E_ARGUMENT : E_ARITY,
                     "wrong number of args (%u) passed to: " TEXT_FMT, count,
                     TEXT_ARG(prototype->name));
}

static bool depth_error(struct vm *vm)
{
    return error_set(&vm->native_error, E_DEPTH, "calls are nested more than %u deep",
                     vm->limits.depth);
}

static void push_code(struct fiber *fiber, struct value function, const struct code *code,
                      uint32_t base, uint32_t result)
{
    struct frame *frame = frame_push(fiber, FRAME_CODE, function);

    frame->base = base;
    frame->result = result;
    frame->code = code;
    frame->pc = code->words;
    fiber->depth++;
}

bool frame_enter(struct vm *vm, struct value function, uint32_t count, uint32_t result)
{
    struct fiber *fiber = vm->fiber;
    const struct prototype *prototype = callable_prototype(function);
    const struct code *code = image_code(prototype, count);

    if (!code) return arity_error(vm, prototype, count);
    if (fiber->depth >= vm->limits.depth) return depth_error(vm);
    uint32_t base = fiber->sp - count;

    frame_reserve(fiber, code->max_stack);
    if (code->variadic) {
        uint32_t rest = count - code->params;
        struct value *items = fiber->stack + base + code->params;

        items[0] = rest ? plist_new(&vm->heap, items, rest) : value_nil();
        fiber->sp = base + code->params + 1;
    }
    push_code(fiber, function, code, base, result);
    return true;
}

bool frame_enter_rest(struct vm *vm, struct value function, uint32_t result)
{
    struct fiber *fiber = vm->fiber;
    const struct prototype *prototype = callable_prototype(function);
    const struct code *code = prototype->variadic;

    if (fiber->depth >= vm->limits.depth) return depth_error(vm);
    uint32_t base = fiber->sp - code->params - 1;

    frame_reserve(fiber, code->max_stack);
    push_code(fiber, function, code, base, result);
    return true;
}

enum flow_next frame_deliver(struct vm *vm, uint32_t result, struct value value)
{
    struct fiber *fiber = vm->fiber;
    struct frame *frame = frame_top(fiber);

    fiber->sp = result;
    if (frame->kind == FRAME_CODE) {
        fiber->stack[fiber->sp++] = value;
        return NEXT_FRAME;
    }
    if (frame->kind == FRAME_FORCE) return realize_deliver(vm, value);
    ASSERT(frame->kind == FRAME_STOP); // the others take no value
    frame->value = value;
    // the result of the body is realised; what a comparator says is a number
    if (vm->nested) return NEXT_FRAME;
    if (vm->limits.shown_items > 0) {
        realize_push_shown(vm, value);
    } else if (realize_pending(&vm->fuel, value, true)) {
        realize_push(vm, value, true);
    }
    return NEXT_FRAME;
}

/* The exception keeps where it was thrown first, in a word that its type leaves free. */
static void set_position(const struct fiber *fiber, struct value exception)
{
    struct exception_object *object = OBJECT_AS(exception_object, exception.object);
    struct line_entry at = frame_line(fiber);

    ASSERT(!(object->header.flags & OBJECT_STATIC));
    if (object->unused) return;
    object->unused = MIN(at.line, FRAME_LINE_MAX) << 12 | MIN(at.column, FRAME_COLUMN_MAX);
}

static void fail(struct vm *vm)
{
    uint32_t position = OBJECT_AS(exception_object, vm->thrown.object)->unused;

    if (vm->failed_native.type == VALUE_EXCEPTION &&
        vm->failed_native.object == vm->thrown.object) {
        vm->error = vm->native_error; // with its own hint
    } else {
        exception_to_error(vm->thrown, &vm->error);
    }
    error_at(&vm->error, (int)(position >> 12), (int)(position & FRAME_COLUMN_MAX));
    vm->status = VM_FAILED;
}

static const struct region *find_region(const struct frame *frame)
{
    const struct code *code = frame->code;
    uint32_t pc = (uint32_t)(frame->pc - code->words) - 1;

    for (uint32_t i = 0; i < code->region_count; i++) {
        const struct region *region = &code->regions[i];

        if (region->start <= pc && pc < region->end) return region;
    }
    return NULL;
}

enum flow_next frame_throw(struct vm *vm)
{
    struct fiber *fiber = vm->fiber;

    if (vm->thrown.type != VALUE_EXCEPTION) {
        vm->thrown = exception_from_error(&vm->heap, &vm->native_error, value_nil());
        vm->failed_native = vm->thrown;
    }
    set_position(fiber, vm->thrown);
    bool may_catch = catch_may(exception_code(vm->thrown));

    for (; frame_top(fiber)->kind != FRAME_STOP; frame_pop(fiber)) {
        struct frame *frame = frame_top(fiber);

        if (frame->kind == FRAME_FORCE) {
            realize_undo(vm, frame);
        } else if (frame->kind == FRAME_CODE && may_catch) {
            const struct region *region = find_region(frame);

            if (!region) continue;
            fiber->sp = frame->base + region->depth;
            fiber->stack[fiber->sp++] = vm->thrown;
            frame->pc = frame->code->words + region->handler;
            vm->thrown = value_nil();
            return NEXT_FRAME;
        }
    }
    if (fiber->parent && may_catch) return fork_fail(vm);
    fail(vm);
    return NEXT_STOP;
}

struct line_entry frame_line(const struct fiber *fiber)
{
    for (uint32_t i = fiber->frame_count; i > 0; i--) {
        const struct frame *frame = &fiber->frames[i - 1];

        bool ended = frame->kind == FRAME_STOP && frame->code; // its value is being realised

        if (frame->kind != FRAME_CODE && !ended) continue;
        if (frame->code->prototype->prelude) continue;
        uint32_t pc = (uint32_t)(frame->pc - frame->code->words);
        struct line_entry entry = image_line(frame->code, pc ? pc - 1 : 0);

        if (entry.line) return entry;
    }
    return (struct line_entry){0, 0, 0};
}

static void move_roots(struct heap *heap, void *ctx)
{
    struct vm *vm = ctx;

    list_each (fiber, &vm->fibers, struct fiber, node) {
        for (uint32_t i = 0; i < fiber->sp; i++) {
            heap_move(heap, &fiber->stack[i]);
        }
        for (uint32_t i = 0; i < fiber->frame_count; i++) {
            heap_move(heap, &fiber->frames[i].value);
        }
        heap_move(heap, &fiber->effect.config);
        fork_move_roots(heap, fiber);
    }
    heap_move(heap, &vm->input);
    heap_move(heap, &vm->thrown);
    heap_move(heap, &vm->failed_native);
}

void frame_collect(struct vm *vm)
{
    if (vm->nested) return; // natives below hold values in C
    heap_collect(&vm->heap, move_roots, vm);
}
