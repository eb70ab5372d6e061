#include "base/assert.h"
#include "base/limits.h"
#include "base/memory.h"
#include "flow/exception.h"
#include "flow/fiber.h"
#include "flow/keyword.h"
#include "flow/pmap.h"
#include "flow/pvec.h"
#include "flow/seq.h"
#include "flow/string.h"
#include "flow/value_list.h"

/*
 * Forks: a fiber waits at a flow call while its branches run, each in a fiber of its own.
 *
 *     READY ─ flow/parallel, flow/each, a pass of flow/poll ─▶ FORK ─ all have ended ─▶ READY
 *                                                               └─ one failed: the others are
 *                                                                  cancelled, the call throws ─▶
 * READY
 *
 * At most `limit` branches run at once; the next one, by index, starts when one ends. What starts
 * when depends on nothing but the order in which effects were answered, and addresses not even on
 * that: they hold the branch's index or key.
 *
 * A cancelled branch ends where it stands: no handler or finally of it runs. The call's arguments
 * stay on the parent's stack meanwhile, so they are roots; results are roots by fork_move_roots().
 */
#define FORK_ARGS        3
#define FORK_BRANCH_FUEL 50 /* a branch costs more than an instruction */
#define FORK_LIMIT_USUAL 10 /* flow/each without :concurrency */

struct fork {
    enum opcode op;
    uint32_t number; /* k of "p#k" */
    uint32_t total, next, running, limit;
    bool collect;
    struct value *results;
};

static struct value *args_of(const struct fiber *parent)
{
    return parent->stack + parent->sp - FORK_ARGS;
}

/* Fibers */

static struct text address_of(struct fiber *fiber)
{
    const struct fiber *parent = fiber->parent;
    const struct fork *fork = parent->fork;
    const struct value *args = args_of(parent);
    struct buf text = {0};

    if (parent->address.len) {
        buf_text(&text, parent->address);
        buf_char(&text, '/');
    }
    buf_printf(&text, "p#%u/", fork->number);
    if (fork->op == OP_FLOW_PARALLEL && args[1].type == VALUE_VECTOR) {
        buf_text(&text, keyword_name(pvec_nth(args[1], fiber->branch)));
    } else if (fork->op == OP_FLOW_PASS) {
        buf_printf(&text, "%lld", (long long)args[1].integer);
    } else {
        buf_printf(&text, "%u", fiber->branch);
    }
    struct text address = arena_text(&fiber->arena, buf_get(&text));

    buf_done(&text);
    return address;
}

static void start_branch(struct vm *vm, struct fiber *parent)
{
    struct fiber *fiber = MEMORY_NEW(struct fiber);
    struct fork *fork = parent->fork;
    const struct value *args = args_of(parent);
    struct value callee = args[2];
    uint32_t count = 0;

    fiber->number = vm->next_fiber++;
    fiber->parent = parent;
    fiber->branch = fork->next++;
    frame_fiber_init(fiber, vm->limits.heap_bytes);
    arena_follow(&fiber->arena, &vm->body.arena);
    fiber->address = address_of(fiber);
    list_push(&vm->fibers, &fiber->node);
    vm->fiber_count++;
    fork->running++;
    vm->fuel = MAX(vm->fuel - FORK_BRANCH_FUEL, 0);
    if (fork->op == OP_FLOW_EACH) {
        frame_push_value(fiber, pvec_nth(args[1], fiber->branch));
        count = 1;
    } else if (fork->op == OP_FLOW_PARALLEL) {
        callee = pvec_nth(args[2], fiber->branch);
    }
    frame_push(fiber, FRAME_STOP, value_nil());
    vm->fiber = fiber;
    bool ok = frame_enter(vm, callee, count, 0);

    ASSERT(ok); // made by the compiler with this arity, and nothing is below it
}

static void free_fork(struct fiber *fiber)
{
    if (!fiber->fork) return;
    memory_free(fiber->fork->results);
    memory_free(fiber->fork);
    fiber->fork = NULL;
}

static void free_fiber(struct vm *vm, struct fiber *fiber)
{
    free_fork(fiber);
    list_remove(&fiber->node);
    frame_fiber_done(fiber);
    memory_free(fiber);
    vm->fiber_count--;
}

void fork_done(struct vm *vm)
{
    list_each_safe (fiber, &vm->fibers, struct fiber, node) {
        if (fiber->parent) free_fiber(vm, fiber);
    }
    free_fork(&vm->body);
}

void fork_move_roots(struct heap *heap, struct fiber *fiber)
{
    for (uint32_t i = 0; fiber->fork && i < fiber->fork->total; i++) {
        heap_move(heap, &fiber->fork->results[i]);
    }
}

enum flow_next fork_next(struct vm *vm)
{
    list_each (fiber, &vm->fibers, struct fiber, node) {
        if (fiber->state != FIBER_READY) continue;
        vm->fiber = fiber;
        return NEXT_FRAME;
    }
    vm->status = VM_EFFECT;
    return NEXT_STOP;
}

/* Start */

static bool is_named(struct value value, const char *name)
{
    return value.type == VALUE_KEYWORD && text_equal(keyword_name(value), text_from(name));
}

static bool read_options(struct vm *vm, struct value options, struct fork *fork)
{
    struct error *err = &vm->native_error;

    fork->limit = fork->op == OP_FLOW_EACH ? FORK_LIMIT_USUAL : LIMIT_FORK_RUNNING;
    if (fork->op == OP_FLOW_PASS || value_is_nil(options)) return true;
    if (options.type != VALUE_MAP) {
        return error_set(err, E_INPUT, "the options of flow/%s are %s; expected a map",
                         fork->op == OP_FLOW_EACH ? "each" : "parallel",
                         value_type_phrase(options));
    }
    struct value on_error = pmap_get_named(options, "on-error");
    struct value limit = pmap_get_named(options, "concurrency");

    fork->collect = is_named(on_error, "collect");
    if (!value_is_nil(on_error) && !fork->collect && !is_named(on_error, "fail")) {
        return error_set(err, E_INPUT, ":on-error of branches is :fail or :collect");
    }
    if (value_is_nil(limit)) return true;
    if (limit.type != VALUE_INT || limit.integer < 1 || limit.integer > LIMIT_FORK_RUNNING) {
        return error_set(err, E_INPUT, ":concurrency is a number from 1 to %d", LIMIT_FORK_RUNNING);
    }
    fork->limit = (uint32_t)limit.integer;
    return true;
}

/* The items, which are realised, as a vector. */
static bool make_vector(struct vm *vm, struct value *items)
{
    struct value_list list = {0};
    struct seq_iter iter;
    struct value item;
    bool ok = true;

    if (items->type == VALUE_VECTOR && pvec_count(*items) <= LIMIT_RUN_STEPS) return true;
    if (!seq_is_seqable(*items)) {
        return error_set(&vm->native_error, E_ARGUMENT, "flow/each goes over a collection, not %s",
                         value_type_phrase(*items));
    }
    seq_iter_init(&iter, *items);
    while (ok && seq_iter_next(&iter, &vm->heap, &item)) {
        value_list_push(&list, item);
        vm->fuel = MAX(vm->fuel - 1, 0);
        if (list.count <= LIMIT_RUN_STEPS) continue;
        ok = error_set(&vm->native_error, E_LIMIT, "flow/each takes at most %d items",
                       LIMIT_RUN_STEPS);
    }
    ok = ok && heap_can(&vm->heap, list.count * sizeof(struct value), &vm->native_error);
    if (ok) *items = pvec_new(&vm->heap, list.items, (uint32_t)list.count);
    value_list_done(&list);
    return ok;
}

/* All branches have ended: the call answers. */
static void finish(struct vm *vm, struct fiber *parent)
{
    struct fork *fork = parent->fork;
    struct value keys = args_of(parent)[1];
    struct value result;

    if (fork->op == OP_FLOW_PASS) {
        result = fork->results[0];
    } else if (fork->op == OP_FLOW_PARALLEL && keys.type == VALUE_VECTOR) {
        struct value_list pairs = {0};

        for (uint32_t i = 0; i < fork->total; i++) {
            value_list_push(&pairs, pvec_nth(keys, i));
            value_list_push(&pairs, fork->results[i]);
        }
        result = pmap_new(&vm->heap, pairs.items, fork->total);
        value_list_done(&pairs);
    } else {
        result = pvec_new(&vm->heap, fork->results, fork->total);
    }
    free_fork(parent);
    parent->sp -= FORK_ARGS;
    parent->state = FIBER_READY;
    frame_push_value(parent, result);
}

enum flow_next fork_scope(struct vm *vm)
{
    frame_push_value(vm->fiber, value_int(++vm->fiber->fork_count));
    return NEXT_FRAME;
}

enum flow_next fork_start(struct vm *vm, enum opcode op)
{
    struct fiber *parent = vm->fiber;
    struct value *args = args_of(parent);
    struct fork fork = {.op = op, .total = 1};

    if (op == OP_FLOW_EACH && realize_pending(&vm->fuel, args[1], false)) {
        frame_top(parent)->pc--; // then this instruction again
        realize_push(vm, args[1], false);
        return NEXT_FRAME;
    }
    if (!read_options(vm, args[0], &fork)) return NEXT_THROW;
    if (op == OP_FLOW_EACH && !make_vector(vm, &args[1])) return NEXT_THROW;
    if (op == OP_FLOW_EACH) fork.total = pvec_count(args[1]);
    if (op == OP_FLOW_PARALLEL) fork.total = pvec_count(args[2]);
    fork.number = op == OP_FLOW_PASS ? (uint32_t)args[0].integer : ++parent->fork_count;
    uint32_t first = MIN(fork.total, fork.limit);

    if (vm->fiber_count + first > LIMIT_RUN_FIBERS) {
        error_set(&vm->native_error, E_LIMIT, "a run has at most %d branches at once",
                  LIMIT_RUN_FIBERS);
        return NEXT_THROW;
    }
    fork.results = memory_resize(NULL, MAX(fork.total, 1), sizeof(struct value));
    for (uint32_t i = 0; i < fork.total; i++) {
        fork.results[i] = value_nil();
    }
    parent->fork = MEMORY_NEW(struct fork);
    *parent->fork = fork;
    parent->state = FIBER_FORK;
    for (uint32_t i = 0; i < first; i++) {
        start_branch(vm, parent);
    }
    if (first == 0) finish(vm, parent);
    return fork_next(vm);
}

/* Ends */

static enum flow_next end_branch(struct vm *vm, struct value result)
{
    struct fiber *fiber = vm->fiber;
    struct fiber *parent = fiber->parent;
    struct fork *fork = parent->fork;

    fork->results[fiber->branch] = result;
    free_fiber(vm, fiber);
    vm->fiber = parent;
    fork->running--;
    if (fork->next < fork->total) {
        start_branch(vm, parent);
    } else if (fork->running == 0) {
        finish(vm, parent);
    }
    return fork_next(vm);
}

enum flow_next fork_end(struct vm *vm, struct value value)
{
    bool collect = vm->fiber->parent->fork->collect;

    return end_branch(vm, collect ? pmap_put_named(&vm->heap, pmap_empty(), "ok", value) : value);
}

/* What :collect answers of a branch that failed: the data of a failed step as it is. */
static struct value error_value(struct vm *vm, struct value exception)
{
    struct heap *heap = &vm->heap;
    struct value data = exception_data(exception);
    struct value message = exception_message(exception);
    struct error err = {0};

    if (data.type != VALUE_MAP || value_is_nil(pmap_get_named(data, "class")) ||
        value_is_nil(pmap_get_named(data, "code"))) {
        struct value own = data;

        exception_to_error(exception, &err);
        data = effect_error_data(heap, &err, TEXT_NONE);
        if (!value_is_nil(message)) data = pmap_put_named(heap, data, "message", message);
        if (!value_is_nil(own)) data = pmap_put_named(heap, data, "data", own);
    }
    return pmap_put_named(heap, pmap_empty(), "error", data);
}

/* A branch is thrown away: what its frames were realising is as it was. */
static void drop_frames(struct vm *vm, struct fiber *fiber)
{
    vm->fiber = fiber;
    while (fiber->frame_count > 0) {
        if (frame_top(fiber)->kind == FRAME_FORCE) realize_undo(vm, frame_top(fiber));
        frame_pop(fiber);
    }
}

/* Ends all branches of the fiber, and theirs. A fiber's number is above its parent's. */
static void cancel_branches(struct vm *vm, const struct fiber *parent)
{
    list_each (fiber, &vm->fibers, struct fiber, node) {
        fiber->is_cancelled =
            fiber->parent && (fiber->parent == parent || fiber->parent->is_cancelled);
    }
    list_each_safe (fiber, &vm->fibers, struct fiber, node) {
        if (!fiber->is_cancelled) continue;
        if (fiber->state == FIBER_EFFECT) vm->cancelled_effects++;
        drop_frames(vm, fiber);
    }
    list_each_safe (fiber, &vm->fibers, struct fiber, node) {
        if (fiber->is_cancelled) free_fiber(vm, fiber);
    }
}

enum flow_next fork_fail(struct vm *vm)
{
    struct fiber *parent = vm->fiber->parent;

    if (parent->fork->collect) {
        struct value result = error_value(vm, vm->thrown);

        vm->thrown = value_nil();
        return end_branch(vm, result);
    }
    cancel_branches(vm, parent);
    free_fork(parent);
    parent->sp -= FORK_ARGS;
    parent->state = FIBER_READY;
    vm->fiber = parent;
    return NEXT_THROW;
}
