/*
 * Arity: calls with a number of arguments that the function never takes, and of what is none. Core
 * functions are asked, those that the code binds by name are counted.
 */
#include "flow/callable.h"
#include "flow/image.h"
#include "flow/lint_internal.h"

static const char *path_of(const struct lint *lint)
{
    return lint->in_body ? ":flow" : ":functions";
}

static void mismatch(struct lint *lint, const struct form *call, const char *hint)
{
    struct buf name CLEANUP(buf_done) = {.limit = 80};
    uint32_t count = call->count - 1;

    form_print(call->items[0], &name);
    lint_warn(lint, "arity_mismatch", call, path_of(lint), hint,
              TEXT_FMT " is called with %u argument%s, which it does not take",
              TEXT_ARG(buf_get(&name)), count, count == 1 ? "" : "s");
}

/* Core functions */

static bool core_takes(const struct core_entry *entry, uint32_t count)
{
    if (entry->value.type == VALUE_FUNCTION) {
        return image_code(callable_prototype(entry->value), count) != NULL;
    }
    if (entry->value.type != VALUE_NATIVE || !entry->native) return true;
    int8_t min = entry->native->args_min, max = entry->native->args_max;

    return (int)count >= min && (max < 0 || (int)count <= max);
}

static void check_core(struct lint *lint, const struct form *call)
{
    const struct form *head = call->items[0];
    const struct core_entry *entry = core_find(lint->core, head->ns, head->name);

    if (!entry || entry->internal || core_takes(entry, call->count - 1)) return;
    const char *usage = lint_usage(lint, entry->name);

    mismatch(lint, call,
             usage ? arena_printf(lint->arena, "It is called %s.", usage).ptr
                   : "See its arguments: `weir doc` shows them.");
}

/* Functions of the code itself */

/* [a b & c] */
static bool parameters_take(const struct form *parameters, uint32_t count)
{
    uint32_t fixed = parameters->count;
    bool rest = false;

    for (uint32_t i = 0; i < parameters->count && !rest; i++) {
        rest = form_is_symbol(parameters->items[i], "&");
        if (rest) fixed = i;
    }
    return rest ? count >= fixed : count == fixed;
}

/* (fn name? [a] …), (fn ([a] …) ([a b] …)), and of letfn (name [a] …). What is malformed takes all;
 * the compiler says so. */
static bool function_takes(const struct form *function, uint32_t count)
{
    uint32_t at = 1;

    if (function->count > 1 && function->items[1]->kind == FORM_SYMBOL) at = 2;
    if (at >= function->count) return true;
    if (function->items[at]->kind == FORM_VECTOR) {
        return parameters_take(function->items[at], count);
    }
    for (; at < function->count; at++) {
        const struct form *arity = function->items[at];

        if (arity->kind != FORM_LIST || arity->count == 0) return true;
        if (arity->items[0]->kind != FORM_VECTOR) return true;
        if (parameters_take(arity->items[0], count)) return true;
    }
    return false;
}

static const char *local_hint(struct lint *lint, const struct form *function)
{
    for (uint32_t i = 1; i < function->count && i < 3; i++) {
        struct buf text CLEANUP(buf_done) = {.limit = 120};

        if (function->items[i]->kind != FORM_VECTOR) continue;
        form_print(function->items[i], &text);
        return arena_printf(lint->arena, "Its parameters are " TEXT_FMT ".",
                            TEXT_ARG(buf_get(&text)))
            .ptr;
    }
    return "Call it with the arguments of one of its arities.";
}

void lint_arity_input(struct lint *lint, const struct form *code, const char *path)
{
    if (function_takes(code, 1)) return;
    lint_warn(lint, "arity_mismatch", code, path, "Write (fn [input] …).",
              "a step calls its function with one argument, the input, which this one does not "
              "take");
}

/* What cannot be called */

static bool is_operator(const struct form *form)
{
    static const char *const operators[] = {"+", "-", "*", "/", "=", "<", ">", "<=", ">="};

    for (size_t i = 0; i < ARRAY_COUNT(operators); i++) {
        if (form_is_symbol(form, operators[i])) return true;
    }
    return false;
}

static void check_literal(struct lint *lint, const struct form *call)
{
    const struct form *head = call->items[0];
    struct buf text CLEANUP(buf_done) = {.limit = 60};
    const char *hint = "The first form in parentheses is the function; data stands in [ ], or "
                       "quoted in '( ).";

    form_print(head, &text);
    if (call->count > 1 && is_operator(call->items[1])) {
        hint = arena_printf(lint->arena, "The function comes first: (" TEXT_FMT " " TEXT_FMT " …).",
                            TEXT_ARG(call->items[1]->name), TEXT_ARG(buf_get(&text)))
                   .ptr;
    }
    lint_warn(lint, "not_a_function", call, path_of(lint), hint,
              TEXT_FMT " is called as a function, which it is not", TEXT_ARG(buf_get(&text)));
}

/* (:key m), (:key m otherwise), ([1 2] 0): data that looks something up. */
static void check_lookup(struct lint *lint, const struct form *call, uint32_t max)
{
    if (call->count >= 2 && call->count - 1 <= max) return;
    mismatch(lint, call,
             max == 2 ? "A keyword or a map looks up one thing: (:key m), or (:key m otherwise)."
                      : "A vector is called with an index, a set with an item: ([:a :b] 0).");
}

void lint_arity(struct lint *lint, const struct form *call, const struct lint_scope *locals)
{
    const struct form *head = call->items[0];

    switch (head->kind) {
    case FORM_SYMBOL: break;
    case FORM_KEYWORD:
    case FORM_MAP: check_lookup(lint, call, 2); return;
    case FORM_SET:
    case FORM_VECTOR: check_lookup(lint, call, 1); return;
    case FORM_INT:
    case FORM_DOUBLE:
    case FORM_BIGINT:
    case FORM_DECIMAL:
    case FORM_RATIO:
    case FORM_STRING:
    case FORM_BOOL:
    case FORM_CHAR:
    case FORM_REGEX: check_literal(lint, call); return;
    default: return;
    }
    for (; locals && !head->ns.ptr; locals = locals->outer) {
        if (!text_equal(locals->name, head->name)) continue;
        if (locals->function && !function_takes(locals->function, call->count - 1)) {
            mismatch(lint, call, local_hint(lint, locals->function));
        }
        return;
    }
    if (lint->core) check_core(lint, call);
}
