#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/list.h"
#include "base/map.h"
#include "flow/image.h"
#include "flow/native.h"
#include "flow/opcode.h"
#include "flow/vm.h"

/*
 * The inside of the VM, for vm*.c, frame.c, realize.c, effect.c and their tests.
 *
 * A fiber is one line of execution: a stack of values and a stack of frames, both in C memory. The
 * body's has number 0 and an empty address; each branch of flow/parallel, flow/each and each pass
 * of flow/poll has one of its own (fork.c), so nothing outside of struct fiber belongs to a single
 * line of execution. The ready fiber with the lowest number runs, until it ends or makes a call.
 *
 * Frames, and what the top one does when it is its turn:
 *     CODE     runs instructions
 *     NATIVE   calls its native: the arguments were realised meanwhile
 *     FORCE    waits for a thunk: a returned value realises the lazy sequence or delay it holds
 *     REALIZE  looks for the next unrealised sequence in its values, forces it; then it is done
 *     STOP     ends a nested run: a comparator of a sorted collection; the value is realised here
 * A value is delivered to CODE, FORCE and STOP; NATIVE and REALIZE are only resumed.
 */
enum frame_kind { FRAME_CODE, FRAME_NATIVE, FRAME_FORCE, FRAME_REALIZE, FRAME_STOP };

struct frame {
    enum frame_kind kind;
    uint32_t base;   /* the frame's first slot */
    uint32_t result; /* the stack is cut to this many values when it ends */
    uint32_t count;  /* NATIVE: arguments, from base on. REALIZE: enum realize_reach */
    const struct code *code;

    union {
        const uint32_t *pc; /* CODE: the next instruction */
        uint32_t waits;     /* NATIVE: how often it waited for a lazy sequence that it found */
        uint32_t left;      /* REALIZE, but DEEP: how many items yet */
    };
    struct value value; /* CODE: the function. NATIVE: the native. FORCE: the lazy sequence */
};

enum fiber_state {
    FIBER_READY,
    FIBER_EFFECT, /* its effect is to be answered */
    FIBER_FORK    /* its branches run */
};

struct fiber {
    enum fiber_state state;
    uint32_t number;         /* by the order of starting, never used again */
    struct list node;        /* vm->fibers, by number */
    struct fiber *parent;    /* whose fork it is a branch of; NULL: none */
    uint32_t branch;         /* index in the fork */
    struct fork *fork;       /* in FIBER_FORK */
    bool is_cancelled;       /* on its way out */
    uint32_t fork_count;     /* forks so far: parts of addresses */
    struct vm_effect effect; /* in FIBER_EFFECT */
    struct buf effect_text;  /* what effect refers to */
    struct arena arena;      /* address, counts of step ids */
    struct value *stack;
    uint32_t stack_capacity;
    uint32_t sp; /* count of values */
    struct frame *frames;
    uint32_t frame_count, frame_capacity;
    uint32_t depth;         /* CODE frames: what the depth limit counts */
    uint32_t lazies;        /* FORCE frames of lazy sequences: no effects inside */
    struct text address;    /* of the fiber; empty: the body */
    struct map step_counts; /* step id → struct effect_count */
};

struct vm {
    struct image *image;
    const struct core *core;
    struct heap heap;
    struct vm_limits limits;
    struct fiber *fiber; /* which runs; inside of a comparator the inner one */
    struct fiber body, inner;
    struct list fibers; /* all but inner */
    uint32_t fiber_count, next_fiber;
    int64_t next_effect, cancelled_effects;
    int64_t fuel; /* left */
    int64_t stop; /* yields when fuel would fall below it */
    struct value input;
    struct value thrown;        /* on its way to a handler; nil: native_error is */
    struct value failed_native; /* the exception made of native_error */
    struct error native_error;  /* what natives and instructions write */
    struct error error;         /* what ended the run */
    struct sorted_order order;
    enum vm_status status;
    bool nested; /* inside of a comparator: no collection, no yield, no effects */
    bool started;
    bool stress; /* tests: collect before each instruction */
};

/* How a call, a return or a throw goes on. */
enum flow_next {
    NEXT_FRAME, /* the top frame's turn */
    NEXT_THROW, /* vm->thrown, or vm->native_error when that is nil */
    NEXT_STOP,  /* the run, or the nested run, ends with vm->status */
};

/* frame.c: the stacks. */
/* Its arena, for the address and the counts of step ids: over the budget the next call fails. */
void frame_fiber_init(struct fiber *fiber, size_t budget_bytes);
void frame_fiber_done(struct fiber *fiber);
/* Makes room for count more values; may move the stack. */
void frame_reserve(struct fiber *fiber, uint32_t count);
struct frame *frame_push(struct fiber *fiber, enum frame_kind kind, struct value value);

static inline struct frame *frame_top(struct fiber *fiber)
{
    return &fiber->frames[fiber->frame_count - 1];
}

void frame_pop(struct fiber *fiber);
/* Enters a function whose `count` arguments are on top of the stack; the stack is cut to `result`
 * when it returns. False: vm->native_error says why (arity, depth). */
bool frame_enter(struct vm *vm, struct value function, uint32_t count, uint32_t result) MUST_CHECK;
/* The same with its arity that has a rest parameter: its parameters and the rest, a seq, are on
 * top. */
bool frame_enter_rest(struct vm *vm, struct value function, uint32_t result) MUST_CHECK;

/* What ends where a value that may be lazy is delivered to: errors of realising it stand there. */
static inline void frame_keep_place(struct frame *stop, const struct frame *ended,
                                    const uint32_t *pc)
{
    if (stop->kind != FRAME_STOP) return;
    stop->code = ended->code;
    stop->pc = pc;
}

void frame_push_value(struct fiber *fiber, struct value value);
/* Cuts the stack to `result` and gives the value to the top frame. */
enum flow_next frame_deliver(struct vm *vm, uint32_t result, struct value value) MUST_CHECK;
/* Finds the handler of vm->thrown (made from native_error first when nil) and goes there;
 * NEXT_STOP: there is none. */
enum flow_next frame_throw(struct vm *vm) MUST_CHECK;
void frame_collect(struct vm *vm);
/* The position of the innermost frame of the flow's own code. */
struct line_entry frame_line(const struct fiber *fiber);

/* vm_call.c: calls of anything. */
/* Calls the callee with the count arguments on top of the stack; the stack is cut to `result`. */
enum flow_next vm_call(struct vm *vm, struct value callee, uint32_t count, uint32_t result)
    MUST_CHECK;
/* Calls a native whose arguments need nothing more, but for what it finds itself: for that it has
 * waited so often. */
enum flow_next vm_call_native(struct vm *vm, struct value native, uint32_t base, uint32_t count,
                              uint32_t result, uint32_t waits) MUST_CHECK;
/* The comparator of sorted collections (struct sorted_order). */
bool vm_call_compare(void *ctx, struct value comparator, struct value a, struct value b, int *out,
                     struct error *err);

/* vm_make.c: what instructions make. */
/* A closure over what the running function, whose slots are at base, sees. */
struct value vm_make_closure(struct vm *vm, struct value template, const struct value *base,
                             struct value function);
/* The functions of a letfn, made one after the other into the slots, capture each other. */
void vm_make_knot(struct value *base, uint32_t slot, uint32_t count);
/* (f :a 1 :b 2) or (f :a 1 {:b 2}) bound to {:keys [a b]}: a sequence becomes a map. */
bool vm_make_kwargs(struct vm *vm, struct value seq, struct value *out) MUST_CHECK;
/* A key that must be realised before it is hashed, among items 0, step, 2 step … */
bool vm_make_find_pending(int64_t *fuel, const struct value *items, uint32_t count, uint32_t step,
                          struct value *out) MUST_CHECK;
/* A literal with as many entries as were written, or E_ARGUMENT. */
bool vm_make_check_distinct(struct vm *vm, struct value coll, uint32_t count) MUST_CHECK;

/* vm_loop.c: goes on as `next` says until something stops it. */
enum vm_status vm_loop(struct vm *vm, enum flow_next next);

/* realize.c */
enum realize_reach { REALIZE_ALONG, REALIZE_DEEP, REALIZE_SHOWN };

/* Realises the lazy sequence or delay; then the frame that is on top now is resumed. */
enum flow_next realize_force(struct vm *vm, struct value lazy) MUST_CHECK;
/* The thunk of the FORCE frame on top has returned. */
enum flow_next realize_deliver(struct vm *vm, struct value value) MUST_CHECK;
/* Whether something unrealised is in the value: along the sequence, or at all levels. Looking costs
 * fuel, which then pays for natives that walk the whole too. True also when the fuel does not last:
 * the REALIZE frame then fails. */
bool realize_pending(int64_t *fuel, struct value value, bool deep) MUST_CHECK;
/* What is hashed, compared or printed costs fuel by its weight, each time; at 0 the next
 * instruction fails. Nothing in it is pending. */
void realize_charge(int64_t *fuel, struct value value);
/* Pushes a REALIZE frame for the value; then the frame that is on top now is resumed. */
void realize_push(struct vm *vm, struct value value, bool deep);
/* The same along the sequence, for so many items. */
void realize_push_ahead(struct vm *vm, struct value value, uint32_t count);
/* The same for the result, as far as vm->limits say that it is shown. */
void realize_push_shown(struct vm *vm, struct value value);
/* The FORCE frame is thrown away: what it was realising is as it was. */
void realize_undo(struct vm *vm, const struct frame *frame);
/* A turn of the REALIZE frame on top. */
enum flow_next realize_resume(struct vm *vm) MUST_CHECK;

/* fork.c: flow/parallel, flow/each, the passes of flow/poll. */
/* Starts the branches; the arguments stay on the stack until all have ended. */
enum flow_next fork_start(struct vm *vm, enum opcode op) MUST_CHECK;
/* Pushes the number of a further fork, for fork_start(OP_FLOW_PASS). */
enum flow_next fork_scope(struct vm *vm) MUST_CHECK;
/* The fiber that runs, a branch, has ended with the value, or by vm->thrown. */
enum flow_next fork_end(struct vm *vm, struct value value) MUST_CHECK;
enum flow_next fork_fail(struct vm *vm) MUST_CHECK;
/* The ready fiber with the lowest number runs; NEXT_STOP with VM_EFFECT when there is none. */
enum flow_next fork_next(struct vm *vm) MUST_CHECK;
void fork_move_roots(struct heap *heap, struct fiber *fiber);
/* Frees the fibers of all branches. */
void fork_done(struct vm *vm);

/* effect.c */
/* What a body catches of an error: a map of LANGUAGE section 11. step_id absent: of no step. */
struct value effect_error_data(struct heap *heap, const struct error *err, struct text step_id);
/* The flow call of that opcode, its arguments on top of the stack. NEXT_STOP: the VM stops for it.
 */
enum flow_next effect_start(struct vm *vm, enum opcode op) MUST_CHECK;
