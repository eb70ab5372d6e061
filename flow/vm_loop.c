#include "base/assert.h"
#include "flow/callable.h"
#include "flow/catch.h"
#include "flow/coll.h"
#include "flow/core_internal.h"
#include "flow/exception.h"
#include "flow/fiber.h"
#include "flow/lazy.h"
#include "flow/plist.h"
#include "flow/pmap.h"
#include "flow/pset.h"
#include "flow/pvec.h"
#include "flow/seq.h"
#include "flow/string.h"

/*
 * The opcode loop. Its registers (pc, sp, fuel, …) are C locals; save() writes them back to the
 * frame and the fiber before anything that looks at those, and load() reads them again.
 *
 * Each instruction costs one unit of fuel, checked before it runs: `stop` is where a slice ends (in
 * stress mode, after each instruction). An instruction that meets an unrealised sequence leaves its
 * operands where they are, steps back, and runs again when the sequence is realised.
 *
 * A collection can happen at calls and at recur: no code loops or grows without them. There the
 * stack holds all values.
 */
struct registers {
    struct fiber *fiber;
    struct frame *frame;
    const uint32_t *pc;
    const struct value *constants;
    struct value *base, *sp; /* sp: one past the top */
    int64_t fuel, stop;
};

static void load(struct vm *vm, struct registers *r)
{
    r->fiber = vm->fiber;
    r->frame = frame_top(r->fiber);
    r->pc = r->frame->pc;
    r->constants = r->frame->code->constants;
    r->base = r->fiber->stack + r->frame->base;
    r->sp = r->fiber->stack + r->fiber->sp;
    r->fuel = vm->fuel;
    r->stop = vm->stress && !vm->nested ? MAX(vm->stop, vm->fuel - 1) : vm->stop;
}

static void save(struct vm *vm, struct registers *r)
{
    r->frame->pc = r->pc;
    r->fiber->sp = (uint32_t)(r->sp - r->fiber->stack);
    vm->fuel = r->fuel;
}

enum { LOOP_LONG_STRING = 4096 };

static enum flow_next no_memory(struct vm *vm)
{
    error_set(&vm->native_error, E_MEMORY, "the run needs more than %zu bytes of memory",
              vm->limits.heap_bytes);
    return NEXT_THROW;
}

/* True while there is memory: a heap that is exhausted stays so. */
static bool collect(struct vm *vm)
{
    frame_collect(vm);
    if (!vm->heap.exhausted) return true;
    (void)no_memory(vm);
    return false;
}

/* Holds nothing that may wait to be realised: can be looked at as it is. */
static inline bool is_scalar(struct value value)
{
    return value.type < VALUE_LIST || (value.type > VALUE_SORTED_SET && value.type != VALUE_TAGGED);
}

/* Compared in no time with anything. */
static inline bool is_quick(struct value value)
{
    return is_scalar(value) &&
           (value.type != VALUE_STRING || string_length(value) <= LOOP_LONG_STRING);
}

/* But for a lazy sequence, which makes its first item to compare it. */
static inline bool is_quick_pair(const struct value *sp)
{
    return (is_quick(sp[-1]) && sp[-2].type != VALUE_LAZY) ||
           (is_quick(sp[-2]) && sp[-1].type != VALUE_LAZY);
}

static inline bool both_int(const struct value *sp)
{
    return sp[-1].type == VALUE_INT && sp[-2].type == VALUE_INT;
}

static inline bool both_double(const struct value *sp)
{
    return sp[-1].type == VALUE_DOUBLE && sp[-2].type == VALUE_DOUBLE;
}

/* Nothing looks at the slots below the top `keep` any more. */
static void clear_slots(const struct registers *r, uint32_t keep)
{
    for (struct value *slot = r->base; slot < r->sp - keep; slot++) {
        *slot = value_nil();
    }
}

#define TOP      (r.sp[-1])
#define PUSH(v)  (*r.sp++ = (v))
#define DISPATCH goto next_instruction
#define THROW    goto throw_error
#define A        opcode_a(word)
#ifdef VM_LOOP_COUNTS /* a test builds this file once more, to see what it reaches */
extern uint64_t VM_LOOP_COUNTS[];
#define SEEN(word) (VM_LOOP_COUNTS[opcode_of(word)]++)
#else
#define SEEN(word) ((void)(word))
#endif
#define COMPARE(op)                                                      \
    do {                                                                 \
        if (both_int(r.sp)) {                                            \
            r.sp[-2] = value_bool(r.sp[-2].integer op r.sp[-1].integer); \
        } else if (both_double(r.sp)) {                                  \
            r.sp[-2] = value_bool(r.sp[-2].real op r.sp[-1].real);       \
        } else {                                                         \
            goto intrinsic;                                              \
        }                                                                \
        r.sp--;                                                          \
        DISPATCH;                                                        \
    } while (0)
#define ARITHMETIC(op, overflow)                                                         \
    do {                                                                                 \
        int64_t integer;                                                                 \
        if (both_int(r.sp) && !overflow(r.sp[-2].integer, r.sp[-1].integer, &integer)) { \
            r.sp[-2] = value_int(integer);                                               \
        } else if (both_double(r.sp)) {                                                  \
            r.sp[-2] = value_double(r.sp[-2].real op r.sp[-1].real);                     \
        } else {                                                                         \
            goto intrinsic;                                                              \
        }                                                                                \
        r.sp--;                                                                          \
        DISPATCH;                                                                        \
    } while (0)
#define SIGN(op)                                   \
    do {                                           \
        if (TOP.type != VALUE_INT) goto intrinsic; \
        TOP = value_bool(TOP.integer op 0);        \
        DISPATCH;                                  \
    } while (0)
/* first, rest, next, seq: an unrealised sequence in the way is realised, then this runs again. */
#define SEQUENCE(function)                                                            \
    do {                                                                              \
        enum seq_result result = function(&vm->heap, TOP, &value, &vm->native_error); \
        if (result == SEQ_FAILED) THROW;                                              \
        if (result == SEQ_PENDING) goto force_value;                                  \
        TOP = value;                                                                  \
        DISPATCH;                                                                     \
    } while (0)

/* Runs the CODE frame on top, and those it enters, until another kind of frame is on top. */
static enum flow_next run_code(struct vm *vm)
{
    static const void *const labels[OPCODE_COUNT] = {
#define X(name, operands, pops, pushes, doc) &&do_##name,
#include "flow/opcode.def"
#undef X
    };
    struct registers r;
    struct value value;
    uint32_t word, count;
    enum flow_next next;

    load(vm, &r);

next_instruction:
    if (--r.fuel < r.stop) goto interrupt;
    word = *r.pc++;
    SEEN(word);
    goto *labels[word & 0xff];

do_NIL:
    PUSH(value_nil());
    DISPATCH;
do_TRUE:
    PUSH(value_bool(true));
    DISPATCH;
do_FALSE:
    PUSH(value_bool(false));
    DISPATCH;
do_INT:
    PUSH(value_int(opcode_jump(word)));
    DISPATCH;
do_CONST:
    PUSH(r.constants[A]);
    DISPATCH;
do_LOCAL:
    PUSH(r.base[A]);
    DISPATCH;
do_LOCAL_LAST:
    PUSH(r.base[A]);
    r.base[A] = value_nil();
    DISPATCH;
do_CAPTURE:
    PUSH(callable_captured(r.frame->value)[A]);
    DISPATCH;
do_SELF:
    PUSH(r.frame->value);
    DISPATCH;
do_POP:
    r.sp--;
    DISPATCH;
do_DUP:
    r.sp[0] = r.sp[-1];
    r.sp++;
    DISPATCH;
do_SLIDE:
    value = TOP;
    r.sp -= A;
    TOP = value;
    DISPATCH;
do_STORE:
    r.base[A] = *--r.sp;
    DISPATCH;

do_JUMP:
    r.pc += opcode_jump(word);
    DISPATCH;
do_JUMP_FALSE:
    if (!value_truthy(*--r.sp)) r.pc += opcode_jump(word);
    DISPATCH;
do_JUMP_FALSE_KEEP:
    if (value_truthy(TOP)) {
        r.sp--;
    } else {
        r.pc += opcode_jump(word);
    }
    DISPATCH;
do_JUMP_TRUE_KEEP:
    if (value_truthy(TOP)) {
        r.pc += opcode_jump(word);
    } else {
        r.sp--;
    }
    DISPATCH;
do_CASE:
    value = pmap_get(r.constants[A], *--r.sp, value_nil());
    count = r.pc[0];
    r.pc += r.pc[1 + (value.type == VALUE_INT ? (uint32_t)value.integer : count)] + count + 2;
    DISPATCH;
do_RECUR:
    count = A;
    word = *r.pc++;
    for (uint32_t i = 0; i < count; i++) {
        r.base[word + i] = r.sp[(int64_t)i - count];
    }
    r.sp = r.base + word + count;
    if (heap_wants_collection(&vm->heap) || vm->heap.exhausted) {
        save(vm, &r);
        if (!collect(vm)) return NEXT_THROW;
    }
    DISPATCH;
do_CALL_LAST:
    clear_slots(&r, A + 1);
do_CALL:
    count = A;
    value = r.sp[-(int64_t)count - 1];
    save(vm, &r);
    if (heap_wants_collection(&vm->heap) || vm->heap.exhausted) {
        if (!collect(vm)) return NEXT_THROW;
        value = r.sp[-(int64_t)count - 1];
    }
    next = vm_call(vm, value, count, r.fiber->sp - count - 1);
    goto called;
do_CALL_CONST_LAST:
    clear_slots(&r, A);
do_CALL_CONST:
    count = A;
    value = r.constants[*r.pc++];
    goto call_value;
do_RETURN:
    value = TOP;
    count = r.frame->result;
    vm->fuel = r.fuel;
    frame_pop(r.fiber);
    r.frame = frame_top(r.fiber);
    if (r.frame->kind != FRAME_CODE) {
        frame_keep_place(r.frame, &r.frame[1], r.pc);
        next = frame_deliver(vm, count, value);
        goto called;
    }
    r.fiber->stack[count] = value;
    r.fiber->sp = count + 1;
    load(vm, &r);
    DISPATCH;
do_THROW:
    value = *--r.sp;
    save(vm, &r);
    if (value.type != VALUE_EXCEPTION) {
        error_set(&vm->native_error, value_is_nil(value) ? E_NULL : E_CAST,
                  "%s cannot be thrown; use ex-info", value_type_phrase(value));
        return NEXT_THROW;
    }
    vm->thrown = value;
    return NEXT_THROW;
do_RETHROW:
    value = *--r.sp;
    save(vm, &r);
    vm->thrown = value;
    return NEXT_THROW;
do_CATCH:
    value = value_bool(catch_family(TOP) & (uint32_t)r.constants[A].integer);
    PUSH(value);
    DISPATCH;

do_CLOSURE:
    value = vm_make_closure(vm, r.constants[A], r.base, r.frame->value);
    PUSH(value);
    DISPATCH;
do_LETFN:
    count = A;
    vm_make_knot(r.base, *r.pc++, count);
    DISPATCH;
do_LAZY:
    TOP = lazy_new(&vm->heap, TOP);
    DISPATCH;
do_DELAY:
    TOP = lazy_delay(&vm->heap, TOP);
    DISPATCH;
do_VECTOR:
    count = A;
    value = pvec_new(&vm->heap, r.sp - count, count);
    r.sp -= count;
    PUSH(value);
    DISPATCH;
do_MAP:
    count = A;
    if (vm_make_find_pending(&r.fuel, r.sp - count, count, 2, &value)) goto realize_value;
    value = pmap_new(&vm->heap, r.sp - count, count / 2);
    if (!vm_make_check_distinct(vm, value, count / 2)) THROW;
    r.sp -= count;
    PUSH(value);
    DISPATCH;
do_SET:
    count = A;
    if (vm_make_find_pending(&r.fuel, r.sp - count, count, 1, &value)) goto realize_value;
    value = pset_new(&vm->heap, r.sp - count, count);
    if (!vm_make_check_distinct(vm, value, count)) THROW;
    r.sp -= count;
    PUSH(value);
    DISPATCH;
do_KWARGS:
    if (!seq_is(TOP)) DISPATCH;
    value = TOP;
    if (realize_pending(&r.fuel, value, false)) goto realize_value;
    if (!vm_make_kwargs(vm, TOP, &value)) THROW;
    TOP = value;
    DISPATCH;
do_NTH_OR_NIL:
    if (TOP.type == VALUE_VECTOR) {
        TOP = A < pvec_count(TOP) ? pvec_nth(TOP, A) : value_nil();
        DISPATCH;
    } else {
        struct value item;
        bool found = false;
        enum seq_result result =
            seq_nth(&vm->heap, TOP, (int64_t)A, &found, &item, &vm->native_error);

        if (result == SEQ_FAILED) THROW;
        value = item;
        if (result == SEQ_PENDING) goto force_value;
        TOP = found ? item : value_nil();
        DISPATCH;
    }
do_GET_CONST:
    if (TOP.type == VALUE_MAP) {
        TOP = pmap_get(TOP, r.constants[A], value_nil());
        DISPATCH;
    }
    if (!coll_get(TOP, r.constants[A], value_nil(), &vm->order, &value, &vm->native_error)) THROW;
    TOP = value;
    DISPATCH;
do_DEEP:
    value = TOP;
    if (realize_pending(&r.fuel, value, true)) goto realize_value;
    realize_charge(&r.fuel, value);
    DISPATCH;

do_FLOW_STEP:
do_FLOW_INPUT:
do_FLOW_CALLBACK:
do_FLOW_NOW:
do_FLOW_UUID:
do_FLOW_RANDOM:
do_FLOW_SLOT:
do_FLOW_CALL:
do_FLOW_RESTART:
do_FLOW_PARALLEL:
do_FLOW_EACH:
do_FLOW_SCOPE:
do_FLOW_PASS:
    save(vm, &r);
    next = effect_start(vm, opcode_of(word));
    goto called;

do_ADD:
    ARITHMETIC(+, __builtin_add_overflow);
do_SUBTRACT:
    ARITHMETIC(-, __builtin_sub_overflow);
do_MULTIPLY:
    ARITHMETIC(*, __builtin_mul_overflow);
do_INC:
    if (TOP.type != VALUE_INT || TOP.integer == INT64_MAX) goto intrinsic;
    TOP.integer++;
    DISPATCH;
do_DEC:
    if (TOP.type != VALUE_INT || TOP.integer == INT64_MIN) goto intrinsic;
    TOP.integer--;
    DISPATCH;
do_LESS:
    COMPARE(<);
do_LESS_EQUAL:
    COMPARE(<=);
do_GREATER:
    COMPARE(>);
do_GREATER_EQUAL:
    COMPARE(>=);
do_EQUAL:
    if (both_int(r.sp)) {
        value = value_bool(r.sp[-1].integer == r.sp[-2].integer);
    } else if (is_quick_pair(r.sp)) {
        value = value_bool(value_equal(r.sp[-2], r.sp[-1]));
    } else {
        goto intrinsic;
    }
    r.sp--;
    TOP = value;
    DISPATCH;
do_NOT_EQUAL:
    if (!is_quick_pair(r.sp)) goto intrinsic;
    value = value_bool(!value_equal(r.sp[-2], r.sp[-1]));
    r.sp--;
    TOP = value;
    DISPATCH;
do_IDENTICAL:
    value = value_bool(value_identical(r.sp[-2], r.sp[-1]));
    r.sp--;
    TOP = value;
    DISPATCH;
do_NOT:
    TOP = value_bool(!value_truthy(TOP));
    DISPATCH;
do_IS_NIL:
    TOP = value_bool(value_is_nil(TOP));
    DISPATCH;
do_IS_SOME:
    TOP = value_bool(!value_is_nil(TOP));
    DISPATCH;
do_IS_ZERO:
    SIGN(==);
do_IS_POS:
    SIGN(>);
do_IS_NEG:
    SIGN(<);
do_IS_REDUCED:
    TOP = value_bool(TOP.type == VALUE_REDUCED);
    DISPATCH;
do_SEQ:
    SEQUENCE(seq_of);
do_FIRST:
    SEQUENCE(seq_first);
do_REST:
    SEQUENCE(seq_rest);
do_NEXT:
    SEQUENCE(seq_next);
do_CONS:
    if (!value_is_nil(TOP) && !seq_is(TOP)) goto intrinsic;
    value = plist_cons(&vm->heap, r.sp[-2], TOP);
    r.sp--;
    TOP = value;
    DISPATCH;
do_CONJ:
    if (r.sp[-2].type != VALUE_VECTOR) goto intrinsic;
    value = pvec_conj(&vm->heap, r.sp[-2], TOP);
    r.sp--;
    TOP = value;
    DISPATCH;
do_GET:
    if (!is_scalar(TOP)) goto intrinsic;
    if (!coll_get(r.sp[-2], TOP, value_nil(), &vm->order, &value, &vm->native_error)) THROW;
    r.sp--;
    TOP = value;
    DISPATCH;
do_NTH:
    if (r.sp[-2].type != VALUE_VECTOR || TOP.type != VALUE_INT || TOP.integer < 0 ||
        TOP.integer >= (int64_t)pvec_count(r.sp[-2])) {
        goto intrinsic;
    }
    value = pvec_nth(r.sp[-2], (uint32_t)TOP.integer);
    r.sp--;
    TOP = value;
    DISPATCH;
do_ASSOC:
    if (r.sp[-3].type != VALUE_MAP || !is_scalar(r.sp[-2])) goto intrinsic;
    value = pmap_assoc(&vm->heap, r.sp[-3], r.sp[-2], r.sp[-1]);
    r.sp -= 2;
    TOP = value;
    DISPATCH;
do_COUNT:
    switch (TOP.type) {
    case VALUE_NIL: TOP = value_int(0); DISPATCH;
    case VALUE_VECTOR: TOP = value_int(pvec_count(TOP)); DISPATCH;
    case VALUE_LIST: TOP = value_int(plist_count(TOP)); DISPATCH;
    case VALUE_MAP: TOP = value_int(pmap_count(TOP)); DISPATCH;
    case VALUE_SET: TOP = value_int(pset_count(TOP)); DISPATCH;
    case VALUE_STRING: TOP = value_int(string_length(TOP)); DISPATCH;
    default: goto intrinsic;
    }

intrinsic: // the core function itself, with the operands as arguments
    count = (uint32_t)opcode_table[opcode_of(word)].pops;
    value = core_intrinsic(vm->core, opcode_of(word));
call_value: // value with count arguments on the stack
    save(vm, &r);
    if ((heap_wants_collection(&vm->heap) || vm->heap.exhausted) && !collect(vm)) return NEXT_THROW;
    next = vm_call(vm, value, count, r.fiber->sp - count);
called:
    if (next != NEXT_FRAME) return next;
    if (frame_top(vm->fiber)->kind != FRAME_CODE) return NEXT_FRAME;
    load(vm, &r);
    DISPATCH;

force_value: // then this instruction again
    r.pc--;
    save(vm, &r);
    next = realize_force(vm, value);
    goto called;
realize_value:
    r.pc--;
    save(vm, &r);
    realize_push(vm, value, true);
    return NEXT_FRAME;

throw_error:
    save(vm, &r);
    return NEXT_THROW;

interrupt:
    r.fuel++; // the instruction did not run
    save(vm, &r);
    if (r.fuel <= 0) {
        error_set(&vm->native_error, E_FUEL, "the run has used all of its %lld instructions",
                  (long long)vm->limits.fuel);
        return NEXT_THROW;
    }
    if (r.fuel <= vm->stop) {
        vm->status = VM_YIELD;
        return NEXT_STOP;
    }
    if (!collect(vm)) return NEXT_THROW;
    load(vm, &r);
    DISPATCH;
}

/* The top frame's turn. */
static enum flow_next take_turn(struct vm *vm)
{
    struct frame frame = *frame_top(vm->fiber);

    if (frame.kind == FRAME_CODE) return run_code(vm);
    if (frame.kind == FRAME_REALIZE) return realize_resume(vm);
    if (frame.kind == FRAME_NATIVE) {
        frame_pop(vm->fiber);
        return vm_call_native(vm, frame.value, frame.base, frame.count, frame.result, frame.waits);
    }
    ASSERT(frame.kind == FRAME_STOP); // a FORCE frame waits for its thunk's frame
    if (!vm->nested && vm->heap.exhausted) return no_memory(vm);
    if (vm->fiber->parent) return fork_end(vm, frame_top(vm->fiber)->value);
    vm->status = VM_DONE;
    return NEXT_STOP;
}

enum vm_status vm_loop(struct vm *vm, enum flow_next next)
{
    while (next != NEXT_STOP) {
        next = next == NEXT_THROW ? frame_throw(vm) : take_turn(vm);
    }
    return vm->status;
}
