#pragma once

#include "flow/definition.h"
#include "flow/heap.h"
#include "flow/value.h"

/*
 * VM: runs one flow body (or one function) and stops at effects.
 *
 *     vm_run() ── DONE: vm->result             the body's value, realised
 *              ── FAILED: vm->error, vm->failure  nothing caught it
 *              ── YIELD                        the fuel slice is used up: call vm_run() again
 *              ── EFFECT                       no fiber can go on: call vm_resume() or vm_throw()
 *                                              for one of the outstanding effects, then vm_run()
 *
 * A run has one outstanding effect a fiber: the body, and each branch of flow/parallel and its
 * like. Their answers may come in any order. What the VM does depends on that order only, so
 * whoever hands them out again in the same order, one between two vm_run(), sees the same calls at
 * the same addresses. A branch that fails cancels its siblings: their effects are gone, unanswered.
 *
 * The C stack is empty at every stop: frames live in the VM, values in its heap. The whole state
 * can be dropped at an effect and made again by replaying the journal from the start.
 *
 * An image is compiled once for a version, is immutable, reference-counted and shared by workers.
 */
struct image;

/* The core library: the native tables and the compiled prelude. Made once at start, immutable,
 * shared by all threads; outlives every image. */
struct core;
struct core *vm_core_new(void);
void vm_core_free(struct core *core);

/* Compiles the definition's body and functions. On failure err has the position. */
struct image *vm_compile(const struct core *core, const struct definition *definition,
                         struct error *err) MUST_CHECK;
/* Compiles one expression, for `weir eval`: no flow calls. */
struct image *vm_compile_expression(const struct core *core, const struct form *form,
                                    struct error *err) MUST_CHECK;
/* An expression that uses these names as locals. What is compiled is a function: start it by
 * vm_start_function() with an empty ref and the vector of the names' values. */
struct image *vm_compile_with(const struct core *core, const struct text *names, uint32_t count,
                              const struct form *form, struct error *err) MUST_CHECK;
/* Compiles for the errors alone, in the order of the source: a flow's body, and the code of a
 * function, a (fn …) form. meant: the one known name that an unknown symbol is near to, or absent;
 * the text goes after the call. False: enough; one more may come. leader: as in arena_follow(), or
 * NULL. */
typedef bool vm_on_error(const struct error *err, struct text meant, void *ctx);
void vm_check_body(const struct core *core, struct arena *leader, const struct form *body,
                   vm_on_error *on_error, void *ctx);
void vm_check_function(const struct core *core, struct arena *leader, const struct form *code,
                       vm_on_error *on_error, void *ctx);
struct image *vm_image_ref(struct image *image);
void vm_image_unref(struct image *image); /* accepts NULL */
size_t vm_image_bytes(const struct image *image);
const struct secret_names *vm_image_secrets(const struct image *image); /* that its source names */

enum vm_status { VM_DONE, VM_FAILED, VM_YIELD, VM_EFFECT };

enum vm_effect_kind {
    VM_EFFECT_STEP,     /* flow/step */
    VM_EFFECT_NOW,      /* flow/now-ms: a recorded value, no step */
    VM_EFFECT_CALLBACK, /* flow/callback: step_id names the wait */
    VM_EFFECT_UUID,     /* flow/uuid */
    VM_EFFECT_RANDOM,   /* flow/random */
    VM_EFFECT_SLOT,     /* flow/slot-bound?: a recorded value; step_id ends with the slot */
    VM_EFFECT_CALL,     /* flow/call-flow: a child run; config: its options and :input */
    VM_EFFECT_RESTART,  /* flow/restart: never answered; config: the successor's input */
};

/* What the body asks for. Texts and config are valid until it is answered, or gone; config moves in
 * vm_run(). */
struct vm_effect {
    int64_t id; /* grows in the order of the calls, from 1 */
    enum vm_effect_kind kind;
    struct text step_type; /* "http"; of a packaged step its :type */
    struct text step_id;   /* "fetch" */
    /* "fetch#1": fiber/step-id#n (DESIGN section 3). Recorded values: "flow/now-ms#1". A callback:
     * that of the next call with that id. A child: "call-flow/slug#1". In a branch:
     * "p#1/0/fetch#1", "p#1/key/fetch#1". */
    struct text address;
    struct text packaged; /* "ns/name" of a packaged step: config is its input; or absent */
    struct value config;  /* a map, deeply realised; or nil */
    uint32_t line, column;
};

struct vm; /* heap object, about 1 KB and its heap */

struct vm_limits {
    int64_t fuel;  /* instructions in all, replayed ones included */
    int64_t slice; /* instructions until VM_YIELD */
    size_t heap_bytes;
    uint32_t depth;
    /* Not 0: of the result only so many items of each lazy sequence are realised, and one more to
     * tell whether there are more; of all of them together so many. */
    uint32_t shown_items, shown_total;
};

/* A VM on the body of the image. input: the run's input, encoded (codec_decode_input), ctx values
 * are in it already. */
struct vm *vm_new(struct image *image, const struct vm_limits *limits);
void vm_free(struct vm *vm); /* accepts NULL */
struct heap *vm_heap(struct vm *vm);
/* Before the first vm_run(): what (flow/input) answers; made in vm_heap(vm). */
void vm_set_input(struct vm *vm, struct value input);
/* Instead of the body: calls the function `ref` of the definition, or the code of an inline
 * function (compiled as an image of its own by vm_compile_function), with one argument in
 * vm_heap(vm). */
bool vm_start_function(struct vm *vm, struct text ref, struct value argument, struct error *err)
    MUST_CHECK;
struct image *vm_compile_function(const struct core *core, struct text code, struct error *err)
    MUST_CHECK;

enum vm_status vm_run(struct vm *vm);

/* After EFFECT: the value (in vm_heap(vm)) is the result of the call with that id. One answer
 * between two vm_run(). */
void vm_resume(struct vm *vm, int64_t effect, struct value result);
/* After EFFECT: the call throws; data is its ex-data, a map of LANGUAGE section 11 whose :class,
 * :code and :step-id are keywords; nil: made from err. */
void vm_throw(struct vm *vm, int64_t effect, const struct error *err, struct value data);

/* The outstanding effect with the lowest id above that one; NULL: there is none. */
const struct vm_effect *vm_effect_after(const struct vm *vm, int64_t effect);
/* The outstanding effect with that id; NULL: answered, or gone with its branch. */
const struct vm_effect *vm_effect_find(const struct vm *vm, int64_t effect);
/* How many effects have gone unanswered so far. */
int64_t vm_cancelled_effects(const struct vm *vm);
struct value vm_result(const struct vm *vm);
/* After FAILED: the error, and the exception's ex-data (or nil). */
const struct error *vm_error(const struct vm *vm);
struct value vm_failure(const struct vm *vm);
int64_t vm_fuel_used(const struct vm *vm);
/* What it holds: values, garbage among them, and stacks. */
size_t vm_bytes(const struct vm *vm);
