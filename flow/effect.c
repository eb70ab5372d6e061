#include "base/assert.h"
#include "flow/fiber.h"
#include "flow/keyword.h"
#include "flow/packaged.h"
#include "flow/pmap.h"
#include "flow/string.h"
#include "flow/symbol.h"

#include <string.h>

/*
 * Effects: where a flow call stops its fiber, and under which address. The arguments stay on the
 * stack until vm_resume() or vm_throw(), so they are roots meanwhile.
 *
 * An address is fiber/step-id#n, "step-id#n" in the body; n counts the calls with that step id in
 * that fiber. Recorded values and child runs have step ids of their own with a slash, which no step
 * can have: flow/now-ms#1, call-flow/invoice#1. A callback has the address that the next wait of
 * that id will get.
 */
enum { EFFECT_ID_MAX = 128 };

struct effect_count {
    uint32_t count;
};

struct value effect_error_data(struct heap *heap, const struct error *err, struct text step_id)
{
    const char *hint = err->hint[0] ? err->hint : error_default_hint(err->code);
    struct text class = text_from(error_class_name(error_class(err->code)));
    struct text code = text_from(error_wire(err->code));
    struct value data = pmap_empty();

    data = pmap_put_named(heap, data, "class", keyword_new(heap, TEXT_NONE, class));
    data = pmap_put_named(heap, data, "code", keyword_new(heap, TEXT_NONE, code));
    data = pmap_put_named(heap, data, "message", string_from_cstr(heap, err->message));
    data = pmap_put_named(heap, data, "hint", string_from_cstr(heap, hint));
    if (!step_id.ptr) return data;
    return pmap_put_named(heap, data, "step-id", keyword_new(heap, TEXT_NONE, step_id));
}

static enum flow_next fail(struct vm *vm, enum error_code code, const char *message)
{
    error_set(&vm->native_error, code, "%s", message);
    return NEXT_THROW;
}

/* The text of a keyword, string or symbol, appended to effect_text. */
static bool append_name(struct vm *vm, struct value value, const char *what)
{
    struct buf *out = &vm->fiber->effect_text;

    if (value.type == VALUE_STRING) {
        string_append_utf8(value, out);
        return true;
    }
    if (value.type != VALUE_KEYWORD && value.type != VALUE_SYMBOL) {
        return error_set(&vm->native_error, E_INPUT, "%s is %s; expected a keyword", what,
                         value_type_phrase(value));
    }
    bool keyword = value.type == VALUE_KEYWORD;
    struct text ns = keyword ? keyword_ns(value) : symbol_ns(value);

    if (ns.len) {
        buf_text(out, ns);
        buf_char(out, '/');
    }
    buf_text(out, keyword ? keyword_name(value) : symbol_name(value));
    return true;
}

static bool check_id(struct vm *vm, struct text id, const char *what)
{
    if (id.len == 0 || id.len > EFFECT_ID_MAX) {
        return error_set(&vm->native_error, E_INPUT, "%s has 1 to %d bytes, not %zu", what,
                         EFFECT_ID_MAX, id.len);
    }
    for (size_t i = 0; i < id.len; i++) {
        unsigned char ch = (unsigned char)id.ptr[i];

        if (ch > ' ' && ch != 0x7f && ch != '/' && ch != '#') continue;
        return error_set(&vm->native_error, E_INPUT,
                         "%s has no slash, #, space or control character", what);
    }
    return true;
}

/* The number of the next call of that id; it becomes the present one when `take`. */
static uint32_t next_number(struct vm *vm, struct text id, bool take)
{
    struct fiber *fiber = vm->fiber;
    struct effect_count *count = map_find(&fiber->step_counts, id);

    if (!count) {
        if (!take) return 1;
        count = ARENA_NEW(&fiber->arena, struct effect_count);
        map_put(&fiber->step_counts, arena_text(&fiber->arena, id), count);
    }
    uint32_t number = count->count + 1;

    if (take) count->count = number;
    return number;
}

/* "#12"; each call of a flow comes by here, and printf takes its time. */
static void append_number(struct buf *out, uint32_t number)
{
    char digits[12];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    digits[--at] = '#';
    buf_append(out, digits + at, sizeof(digits) - at);
}

/* effect_text holds the step type (type_len bytes) and the step id. */
static enum flow_next stop(struct vm *vm, enum vm_effect_kind kind, size_t type_len,
                           struct text packaged, struct value config)
{
    struct buf *out = &vm->fiber->effect_text;
    struct text id = text_slice(buf_get(out), type_len, out->len);
    size_t id_len = id.len;
    uint32_t number = next_number(vm, id, kind != VM_EFFECT_CALLBACK);
    struct line_entry at = frame_line(vm->fiber);

    if (vm->fiber->arena.is_over) {
        return fail(vm, E_MEMORY, "the run has more step ids than it may keep");
    }
    if (vm->fiber->address.len) {
        buf_text(out, vm->fiber->address);
        buf_char(out, '/');
    }
    buf_reserve(out, id_len + 16);
    buf_append(out, out->ptr + type_len, id_len);
    append_number(out, number);
    struct text whole = buf_get(out);

    vm->fiber->effect = (struct vm_effect){
        .id = vm->next_effect++,
        .kind = kind,
        .step_type = text_slice(whole, 0, type_len),
        .step_id = text_slice(whole, type_len, type_len + id_len),
        .address = text_slice(whole, type_len + id_len, whole.len),
        .packaged = packaged,
        .config = config,
        .line = at.line,
        .column = at.column,
    };
    vm->fiber->state = FIBER_EFFECT;
    return fork_next(vm);
}

/* effect_text holds a step type. Of a packaged step it gets the type that this one is of; answers
 * its id, which is the image's. */
static struct text take_packaged(struct vm *vm)
{
    struct buf *out = &vm->fiber->effect_text;
    const struct packaged *packaged = image_packaged(vm->image, buf_get(out));

    if (!packaged) return TEXT_NONE;
    buf_reset(out);
    buf_text(out, packaged->type);
    return packaged->id;
}

static enum flow_next start_step(struct vm *vm)
{
    struct fiber *fiber = vm->fiber;
    const struct value *args = fiber->stack + fiber->sp - 3;
    struct value config = args[2];

    if (config.type != VALUE_MAP && config.type != VALUE_NIL && config.type != VALUE_SORTED_MAP) {
        error_set(&vm->native_error, E_INPUT, "the config of a step is %s; expected a map",
                  value_type_phrase(config));
        return NEXT_THROW;
    }
    if (realize_pending(&vm->fuel, config, true)) { // then this instruction again
        frame_top(fiber)->pc--;
        realize_push(vm, config, true);
        return NEXT_FRAME;
    }
    buf_reset(&vm->fiber->effect_text);
    if (!append_name(vm, args[0], "a step type")) return NEXT_THROW;
    struct text packaged = take_packaged(vm);
    size_t type_len = vm->fiber->effect_text.len;

    if (!append_name(vm, args[1], "a step id")) return NEXT_THROW;
    if (!check_id(
            vm, text_slice(buf_get(&vm->fiber->effect_text), type_len, vm->fiber->effect_text.len),
            "a step id")) {
        return NEXT_THROW;
    }
    return stop(vm, VM_EFFECT_STEP, type_len, packaged, config);
}

static enum flow_next start_callback(struct vm *vm)
{
    buf_reset(&vm->fiber->effect_text);
    if (!append_name(vm, vm->fiber->stack[vm->fiber->sp - 1], "a step id")) return NEXT_THROW;
    if (!check_id(vm, buf_get(&vm->fiber->effect_text), "a step id")) return NEXT_THROW;
    return stop(vm, VM_EFFECT_CALLBACK, 0, TEXT_NONE, value_nil());
}

static enum flow_next start_recorded(struct vm *vm, enum vm_effect_kind kind, const char *name)
{
    buf_reset(&vm->fiber->effect_text);
    buf_cstr(&vm->fiber->effect_text, name);
    return stop(vm, kind, 0, TEXT_NONE, value_nil());
}

static bool is_map_or_nil(struct value value)
{
    return value.type == VALUE_MAP || value.type == VALUE_SORTED_MAP || value_is_nil(value);
}

/* The `count` topmost values are realised at all levels; false: a frame that does so is on top, and
 * this instruction comes again behind it. */
static bool are_realised(struct vm *vm, uint32_t count)
{
    struct fiber *fiber = vm->fiber;

    for (uint32_t i = 1; i <= count; i++) {
        struct value value = fiber->stack[fiber->sp - i];

        if (!realize_pending(&vm->fuel, value, true)) continue;
        frame_top(fiber)->pc--;
        realize_push(vm, value, true);
        return false;
    }
    return true;
}

/* The options with :input in them are what the call is about; they take the options' place on the
 * stack, so that they are a root. */
static enum flow_next start_call(struct vm *vm)
{
    struct fiber *fiber = vm->fiber;
    struct value *args = fiber->stack + fiber->sp - 3;

    for (int i = 1; i < 3; i++) {
        if (is_map_or_nil(args[i])) continue;
        error_set(&vm->native_error, E_INPUT, "the %s of flow/call-flow is %s; expected a map",
                  i == 1 ? "input" : "third argument", value_type_phrase(args[i]));
        return NEXT_THROW;
    }
    if (!are_realised(vm, 2)) return NEXT_FRAME;
    buf_reset(&fiber->effect_text);
    buf_cstr(&fiber->effect_text, "call-flowcall-flow/");
    size_t before = fiber->effect_text.len;

    if (!append_name(vm, args[0], "the slug of a flow") ||
        !check_id(vm, text_slice(buf_get(&fiber->effect_text), before, fiber->effect_text.len),
                  "the slug of a flow")) {
        return NEXT_THROW;
    }
    if (value_is_nil(args[2])) args[2] = pmap_empty();
    if (args[2].type == VALUE_SORTED_MAP) {
        return fail(vm, E_INPUT, "the options of flow/call-flow are a plain map");
    }
    args[2] =
        pmap_put_named(&vm->heap, args[2], "input", value_is_nil(args[1]) ? pmap_empty() : args[1]);
    return stop(vm, VM_EFFECT_CALL, strlen("call-flow"), TEXT_NONE, args[2]);
}

static enum flow_next start_restart(struct vm *vm)
{
    struct fiber *fiber = vm->fiber;
    struct value input = fiber->stack[fiber->sp - 1];

    if (fiber->parent) {
        fail(vm, E_ARGUMENT,
             "flow/restart cannot be called in a branch of flow/parallel, flow/each or flow/poll: "
             "it ends the whole run");
        error_hint(&vm->native_error,
                   "Let the branch answer what is to come, and restart after the call.");
        return NEXT_THROW;
    }
    if (!is_map_or_nil(input)) {
        error_set(&vm->native_error, E_INPUT, "the input of flow/restart is %s; expected a map",
                  value_type_phrase(input));
        return NEXT_THROW;
    }
    if (!are_realised(vm, 1)) return NEXT_FRAME;
    buf_reset(&fiber->effect_text);
    buf_cstr(&fiber->effect_text, "flow/restart");
    return stop(vm, VM_EFFECT_RESTART, 0, TEXT_NONE, input);
}

static enum flow_next start_slot(struct vm *vm)
{
    buf_reset(&vm->fiber->effect_text);
    buf_cstr(&vm->fiber->effect_text, "flow/slot-bound?/");
    size_t before = vm->fiber->effect_text.len;

    if (!append_name(vm, vm->fiber->stack[vm->fiber->sp - 1], "a slot") ||
        !check_id(vm,
                  text_slice(buf_get(&vm->fiber->effect_text), before, vm->fiber->effect_text.len),
                  "a slot")) {
        return NEXT_THROW;
    }
    return stop(vm, VM_EFFECT_SLOT, 0, TEXT_NONE, value_nil());
}

enum flow_next effect_start(struct vm *vm, enum opcode op)
{
    if (op == OP_FLOW_INPUT) {
        frame_push_value(vm->fiber, vm->input);
        return NEXT_FRAME;
    }
    if (vm->nested) return fail(vm, E_ARGUMENT, "a comparator cannot make flow calls");
    if (vm->fiber->lazies > 0) {
        return fail(vm, E_EFFECT_IN_LAZY_SEQ,
                    "a flow call was reached while a lazy sequence was being made");
    }
    switch (op) {
    case OP_FLOW_PARALLEL:
    case OP_FLOW_EACH:
    case OP_FLOW_PASS: return fork_start(vm, op);
    case OP_FLOW_SCOPE: return fork_scope(vm);
    case OP_FLOW_STEP: return start_step(vm);
    case OP_FLOW_CALLBACK: return start_callback(vm);
    case OP_FLOW_NOW: return start_recorded(vm, VM_EFFECT_NOW, "flow/now-ms");
    case OP_FLOW_UUID: return start_recorded(vm, VM_EFFECT_UUID, "flow/uuid");
    case OP_FLOW_SLOT: return start_slot(vm);
    case OP_FLOW_CALL: return start_call(vm);
    case OP_FLOW_RESTART: return start_restart(vm);
    default:
        ASSERT(op == OP_FLOW_RANDOM);
        return start_recorded(vm, VM_EFFECT_RANDOM, "flow/random");
    }
}
