/*
 * :function (and :code): {:ref :id | :code "(fn [input] …)" :input x} → what the function returns.
 * Pure: a virtual machine of its own on the worker's thread, in slices between which others have
 * their turn. Fuel and memory are bounded, so it ends.
 *
 *     start ──▶ slice ⇄ (others) ──▶ on_done
 */
#include "base/assert.h"
#include "base/clock.h"
#include "base/limits.h"
#include "executor/secret_refs.h"
#include "executor/step.h"
#include "executor/step_config.h"
#include "executor/worker_private.h"
#include "flow/vm.h"

struct function_step {
    struct step *step;
    struct vm *vm;
    struct memory_share memory;
    struct slice slice;
    int64_t deadline_ms; /* monotonic; 0: none */
    bool cancelled;
};

static void on_turn(struct slice *slice);

/* The code as text: of a string, or of a quoted form. */
static void code_text(struct value code, struct buf *out)
{
    if (code.type == VALUE_STRING) {
        value_display(code, out);
    } else {
        value_print(code, out);
    }
}

static struct image *image_of(struct step *step, struct text *out_ref, struct error *err)
{
    struct value code = step_config_get(step->config, "code");
    struct buf text = {.limit = LIMIT_FLOW_PART};

    *out_ref = TEXT_NONE;
    if (!step_config_text(&step->arena, step->config, "ref", out_ref, err)) return NULL;
    if (out_ref->ptr && !value_is_nil(code)) {
        error_set(err, E_INPUT, "a function step takes :ref or :code, not both");
        return NULL;
    }
    if (out_ref->ptr) return step->run->image;
    if (value_is_nil(code)) {
        error_set(err, E_INPUT, "a function step has neither :ref nor :code");
        return NULL;
    }
    code_text(code, &text);
    struct image *image =
        source_cache_function(&step->run->worker->versions.sources, buf_get(&text), err);

    buf_done(&text);
    return image;
}

/* With an inline image the function is its body: its name there is empty. */
static bool start(struct step *step, struct error *err)
{
    static const struct vm_limits limits = {
        .fuel = LIMIT_FUNCTION_FUEL,
        .slice = LIMIT_FUEL_SLICE,
        .heap_bytes = LIMIT_RUN_HEAP,
        .depth = LIMIT_RUN_DEPTH,
    };
    struct text ref;
    struct image *image = image_of(step, &ref, err);

    if (!image) return false;
    struct secret_refs none;

    secret_refs_init(&none, NULL, &step->arena);
    if (!secret_refs_collect(&none, step_config_get(step->config, "input"), "input", false, err)) {
        return false;
    }
    struct vm *vm = vm_new(image, &limits);
    struct value input = value_copy(vm_heap(vm), step_config_get(step->config, "input"));

    if (!vm_start_function(vm, ref.ptr ? ref : TEXT(""), input, err)) {
        vm_free(vm);
        return false;
    }
    struct function_step *op = ARENA_NEW(&step->arena, struct function_step);

    *op = (struct function_step){
        .step = step, .vm = vm, .slice = {.on_turn = on_turn, .is_light = step->run->is_light}};
    if (step->options.timeout_ms > 0) {
        op->deadline_ms = clock_monotonic_ms() + step->options.timeout_ms;
    }
    step->state = op;
    worker_ready(step->run->worker, &op->slice);
    return true;
}

static void cancel(struct step *step)
{
    struct function_step *op = step->state;

    op->cancelled = true; // seen at its next turn
}

static bool finish(struct function_step *op, enum vm_status status, struct error *err)
{
    struct step *step = op->step;
    struct error ignored;

    if (status == VM_DONE) return step_result(step, vm_result(op->vm), err);
    if (status == VM_EFFECT) return error_set(err, E_ARGUMENT, "a function makes no flow calls");
    struct value failure = vm_failure(op->vm);

    *err = *vm_error(op->vm);
    if (!value_is_nil(failure) && !step_encode(step, failure, &step->failure_data, &ignored)) {
        step->failure_data = TEXT_NONE; // it holds a function or the like
    }
    return false;
}

static void on_turn(struct slice *slice)
{
    struct function_step *op = CONTAINER_OF(slice, struct function_step, slice);
    struct step *step = op->step;
    struct error err = {0};
    bool ok = false;

    if (op->cancelled) {
        error_set(&err, E_CANCELLED, "the function was cancelled");
    } else {
        enum vm_status status = vm_run(op->vm);

        memory_share_set(step->run->worker, &op->memory, vm_bytes(op->vm));
        if (status == VM_YIELD) {
            if (op->deadline_ms == 0 || clock_monotonic_ms() < op->deadline_ms) {
                worker_ready(step->run->worker, slice);
                return;
            }
            error_set(&err, E_TIMEOUT, "the function did not end in time");
        } else {
            ok = finish(op, status, &err);
        }
    }
    vm_free(op->vm);
    memory_share_set(step->run->worker, &op->memory, 0);
    step->on_done(step, ok ? NULL : &err);
}

const struct step_type step_function_type = {
    .name = "function", .is_pure = true, .start = start, .cancel = cancel};
const struct step_type step_code_type = {
    .name = "code", .is_pure = true, .start = start, .cancel = cancel};
