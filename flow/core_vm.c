#include "flow/core_vm.h"

#include "flow/box.h"
#include "flow/core.h"
#include "flow/core_args.h"
#include "flow/exception.h"
#include "flow/image.h"
#include "flow/lazy.h"
#include "flow/plist.h"
#include "flow/pmap.h"
#include "flow/seq.h"
#include "flow/string.h"
#include "flow/weight.h"

/*
 * Natives that lean on the VM: sequences and delays that may have to be realised first, exceptions,
 * apply, and what the expansions of macros call.
 */
static bool answer(struct native_call *call, enum seq_result result, struct value *out)
{
    return result == SEQ_PENDING ? native_pending(call, *out) : result == SEQ_OK;
}

static bool core_seq(struct native_call *call, struct value *out)
{
    return answer(call, seq_of(call->heap, call->args[0], out, call->err), out);
}

static bool core_first(struct native_call *call, struct value *out)
{
    return answer(call, seq_first(call->heap, call->args[0], out, call->err), out);
}

static bool core_next(struct native_call *call, struct value *out)
{
    return answer(call, seq_next(call->heap, call->args[0], out, call->err), out);
}

static bool core_rest(struct native_call *call, struct value *out)
{
    return answer(call, seq_rest(call->heap, call->args[0], out, call->err), out);
}

/* On nil, a list, a seq or a lazy sequence as it is, else on the seq of the collection. */
static bool core_cons(struct native_call *call, struct value *out)
{
    struct value rest = call->args[1];

    if (!value_is_nil(rest) && !seq_is(rest) &&
        seq_of(call->heap, rest, &rest, call->err) != SEQ_OK) {
        return false;
    }
    *out = plist_cons(call->heap, call->args[0], rest);
    return true;
}

static bool core_force(struct native_call *call, struct value *out)
{
    struct value value = call->args[0];

    *out = value;
    if (value.type != VALUE_DELAY) return true;
    if (lazy_state(value) != LAZY_REALISED) return native_pending(call, value);
    *out = lazy_value(value);
    return true;
}

static bool core_deref(struct native_call *call, struct value *out)
{
    struct value value = call->args[0];

    switch (value.type) {
    case VALUE_DELAY: return core_force(call, out);
    case VALUE_REDUCED:
    case VALUE_CELL: *out = box_get(value); return true;
    default: return native_wrong_type(call, 0, "delay or reduced value");
    }
}

static bool core_is_realized(struct native_call *call, struct value *out)
{
    struct value value = call->args[0];

    if (value.type != VALUE_DELAY && value.type != VALUE_LAZY) {
        return native_wrong_type(call, 0, "delay or lazy sequence");
    }
    *out = value_bool(lazy_state(value) == LAZY_REALISED);
    return true;
}

/* (ex-info message data) and with a cause. */
static bool core_ex_info(struct native_call *call, struct value *out)
{
    struct value data = call->args[1];
    struct value cause = call->count == 3 ? call->args[2] : value_nil();

    if (call->args[0].type != VALUE_STRING && !value_is_nil(call->args[0])) {
        return native_wrong_type(call, 0, "string");
    }
    if (value_is_nil(data)) {
        return error_set(call->err, E_ARGUMENT, "ex-info: additional data must be non-nil");
    }
    if (data.type != VALUE_MAP && data.type != VALUE_SORTED_MAP) {
        return native_wrong_type(call, 1, "map");
    }
    if (!value_is_nil(cause) && cause.type != VALUE_EXCEPTION) {
        return native_wrong_type(call, 2, "exception");
    }
    *out = exception_new(call->heap, E_EX_INFO, call->args[0], data, cause);
    return true;
}

static bool core_ex_data(struct native_call *call, struct value *out)
{
    bool exception = call->args[0].type == VALUE_EXCEPTION;

    *out = exception ? exception_data(call->args[0]) : value_nil();
    return true;
}

static bool core_ex_message(struct native_call *call, struct value *out)
{
    bool exception = call->args[0].type == VALUE_EXCEPTION;

    *out = exception ? exception_message(call->args[0]) : value_nil();
    return true;
}

static bool core_ex_cause(struct native_call *call, struct value *out)
{
    bool exception = call->args[0].type == VALUE_EXCEPTION;

    *out = exception ? exception_cause(call->args[0]) : value_nil();
    return true;
}

/* The methods of an exception, which other values do not have. */
static bool core_get_message(struct native_call *call, struct value *out)
{
    if (call->args[0].type != VALUE_EXCEPTION) return core_args_wrong(call, 0, "an exception");
    return core_ex_message(call, out);
}

static bool core_get_cause(struct native_call *call, struct value *out)
{
    if (call->args[0].type != VALUE_EXCEPTION) return core_args_wrong(call, 0, "an exception");
    return core_ex_cause(call, out);
}

static bool core_get_data(struct native_call *call, struct value *out)
{
    if (call->args[0].type != VALUE_EXCEPTION) return core_args_wrong(call, 0, "an exception");
    return core_ex_data(call, out);
}

/* Of constructors with one argument most classes have several, of those with two they have one. */
static bool wrong_part(struct native_call *call, uint32_t index, const char *expected)
{
    core_args_wrong(call, index, expected);
    if (call->count == 2) call->err->code = E_CAST;
    return false;
}

/* (Exception. "message"), and of classes that take a cause (Exception. "message" cause) and
 * (Exception. cause). */
static bool make_exception(struct native_call *call, enum error_code code, struct value *out)
{
    struct value message = call->count > 0 ? call->args[0] : value_nil();
    struct value cause = call->count > 1 ? call->args[1] : value_nil();

    if (message.type == VALUE_EXCEPTION && call->count == 1 && call->entry->args_max == 2) {
        cause = message;
        message = value_nil();
    }
    if (message.type != VALUE_STRING && !value_is_nil(message)) {
        return wrong_part(call, 0, "a string");
    }
    if (cause.type != VALUE_EXCEPTION && !value_is_nil(cause)) {
        return wrong_part(call, 1, "an exception");
    }
    *out = exception_new(call->heap, code, message, value_nil(), cause);
    return true;
}

#define MAKER(name, code)                                         \
    static bool name(struct native_call *call, struct value *out) \
    {                                                             \
        return make_exception(call, code, out);                   \
    }

MAKER(core_exception, E_USER)
MAKER(core_runtime_exception, E_RUNTIME)
MAKER(core_throwable, E_THROWABLE)
MAKER(core_error, E_ERROR)
MAKER(core_state_exception, E_STATE)
MAKER(core_unsupported_exception, E_UNSUPPORTED)
MAKER(core_argument_exception, E_ARGUMENT)
MAKER(core_arithmetic_exception, E_ARITHMETIC)
MAKER(core_null_exception, E_NULL)
MAKER(core_cast_exception, E_CAST)
MAKER(core_number_exception, E_NUMBER_FORMAT)

/* (IndexOutOfBoundsException. "message") and (IndexOutOfBoundsException. index). */
static bool core_index_exception(struct native_call *call, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {0};

    if (call->count == 1 && call->args[0].type == VALUE_INT) {
        buf_printf(&text, "Index out of range: %lld", (long long)call->args[0].integer);
        call->args[0] = string_from_utf8(call->heap, buf_get(&text));
    }
    return make_exception(call, E_INDEX, out);
}

static bool core_assertion_error(struct native_call *call, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {.limit = 400};

    if (call->count != 1 || call->args[0].type == VALUE_STRING) {
        return make_exception(call, E_ASSERT, out);
    }
    if (!native_charge(call, weight_of(call->args[0], *call->fuel))) return false;
    value_display(call->args[0], &text); // Java's takes any object
    *out = exception_new(call->heap, E_ASSERT, string_from_utf8(call->heap, buf_get(&text)),
                         value_nil(), value_nil());
    return true;
}

static bool core_is_effectful(struct native_call *call, struct value *out)
{
    struct value function = call->args[0];

    *out =
        value_bool(function.type == VALUE_FUNCTION && function.object->kind == FUNCTION_EFFECTFUL);
    return true;
}

static bool core_deep(struct native_call *call, struct value *out)
{
    *out = call->args[0];
    return true;
}

/* (weir.core/throw "family" "message" "hint"). */
static bool core_throw(struct native_call *call, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {0};
    struct buf hint CLEANUP(buf_done) = {0};

    (void)out;
    for (uint32_t i = 0; i < call->count; i++) {
        bool last = i == 2;

        if (call->args[i].type == VALUE_STRING) {
            if (!core_args_utf8(call, call->args[i], last ? &hint : &text)) return false;
        } else if (!last) {
            return native_wrong_type(call, i, "string");
        }
        if (i == 0) buf_char(&text, '\0');
    }
    struct text whole = buf_get(&text);
    struct text family = text_cut(&whole, '\0');
    enum error_code code = error_find(family);

    error_set(call->err, code == E_NONE ? E_RUNTIME : code, TEXT_FMT, TEXT_ARG(whole));
    if (hint.len) error_hint(call->err, TEXT_FMT, TEXT_ARG(buf_get(&hint)));
    return false;
}

static bool core_no_matching_clause(struct native_call *call, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {.limit = 200};

    (void)out;
    value_display(call->args[0], &text);
    return error_set(call->err, E_ARGUMENT, "No matching clause: " TEXT_FMT,
                     TEXT_ARG(buf_get(&text)));
}

#define EXCEPTION(class, function)                   \
    {                                                \
        class ".", 0, 2, NATIVE_OVERLOADED, function \
    }
#define EXCEPTION_WITHOUT_CAUSE(class, flags, function) \
    {                                                   \
        class ".", 0, 1, flags, function                \
    }

const struct native_entry core_vm[] = {
    [CORE_VM_APPLY] = {"apply", 2, -1, NATIVE_VM | NATIVE_REALIZE_LAST, NULL},
    {"seq", 1, 1, 0, core_seq},
    {"first", 1, 1, 0, core_first},
    {"next", 1, 1, 0, core_next},
    {"rest", 1, 1, 0, core_rest},
    {"cons", 2, 2, 0, core_cons},
    {"force", 1, 1, 0, core_force},
    {"deref", 1, 1, 0, core_deref},
    {"realized?", 1, 1, 0, core_is_realized},
    {"ex-info", 2, 3, 0, core_ex_info},
    {"ex-data", 1, 1, 0, core_ex_data},
    {"ex-message", 1, 1, 0, core_ex_message},
    {"ex-cause", 1, 1, 0, core_ex_cause},
    {".getMessage", 1, 1, NATIVE_PLAIN, core_get_message},
    {".getCause", 1, 1, NATIVE_PLAIN, core_get_cause},
    {".getData", 1, 1, NATIVE_PLAIN, core_get_data},
    EXCEPTION("Exception", core_exception),
    EXCEPTION("RuntimeException", core_runtime_exception),
    EXCEPTION("Throwable", core_throwable),
    EXCEPTION("Error", core_error),
    EXCEPTION("IllegalStateException", core_state_exception),
    EXCEPTION("UnsupportedOperationException", core_unsupported_exception),
    EXCEPTION("IllegalArgumentException", core_argument_exception),
    EXCEPTION_WITHOUT_CAUSE("ArithmeticException", NATIVE_PLAIN, core_arithmetic_exception),
    EXCEPTION_WITHOUT_CAUSE("IndexOutOfBoundsException", NATIVE_OVERLOADED, core_index_exception),
    EXCEPTION_WITHOUT_CAUSE("NullPointerException", NATIVE_PLAIN, core_null_exception),
    EXCEPTION_WITHOUT_CAUSE("ClassCastException", NATIVE_PLAIN, core_cast_exception),
    EXCEPTION_WITHOUT_CAUSE("NumberFormatException", NATIVE_PLAIN, core_number_exception),
    EXCEPTION("AssertionError", core_assertion_error),
    {"weir.core/effectful?", 1, 1, 0, core_is_effectful},
    {"weir.core/deep", 1, 1, NATIVE_DEEP, core_deep},
    {"weir.core/throw", 2, 3, 0, core_throw},
    {"weir.core/no-matching-clause", 1, 1, NATIVE_DEEP, core_no_matching_clause},
    {0},
};
