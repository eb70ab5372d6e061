#include "base/assert.h"
#include "flow/compile.h"
#include "flow/keyword.h"
#include "flow/number.h"
#include "flow/quote.h"

/*
 * Symbols and calls. A core function is a constant; some have an instruction of their own, used
 * when the name is not shadowed and the number of arguments is that of the instruction.
 */
/* The value of a core name; false with an error when there is none. */
static bool find_core(struct compile *c, const struct form *symbol, struct value *out)
{
    bool native = c->mode == COMPILE_PRELUDE && text_equal(symbol->ns, TEXT("native"));
    struct text ns = symbol->ns;
    struct text name = symbol->name;

    if (native) { // native/clojure.string/join reads as ns "native", name "clojure.string/join"
        keyword_split(symbol->name, &ns, &name);
    }
    const struct core_entry *entry = core_find(c->core, ns, name);
    bool hidden = entry && entry->internal && c->mode != COMPILE_PRELUDE;

    if (!entry || hidden) return compile_unknown(c, symbol);
    ASSERT(!native || entry->native_value.type != VALUE_NIL);
    *out = native ? entry->native_value : entry->value;
    return true;
}

static bool no_value(struct compile *c, const struct form *symbol, const char *what)
{
    const char *slash = symbol->ns.len > 0 ? "/" : "";

    compile_error(c, symbol, "cannot take the value of the %s " TEXT_FMT "%s" TEXT_FMT, what,
                  TEXT_ARG(symbol->ns), slash, TEXT_ARG(symbol->name));
    error_hint(c->err, "Wrap it in a function: (fn [x] (" TEXT_FMT "%s" TEXT_FMT " x)).",
               TEXT_ARG(symbol->ns), slash, TEXT_ARG(symbol->name));
    return false;
}

bool compile_call_symbol(struct compile *c, const struct form *symbol)
{
    struct scope_place place = {SCOPE_NONE, 0};
    struct value value = value_nil();

    if (!symbol->ns.len) place = scope_find(c, symbol->name);
    switch (place.kind) {
    case SCOPE_LOCAL: compile_emit(c, OP_LOCAL, (int32_t)place.index); return true;
    case SCOPE_CAPTURE: compile_emit(c, OP_CAPTURE, (int32_t)place.index); return true;
    case SCOPE_SELF: compile_emit(c, OP_SELF, 0); return true;
    case SCOPE_NONE: break;
    }
    compile_special *special = compile_special_find(c, symbol);

    if (special && compile_special_is_refused(special)) {
        return compile_special_refuse(c, symbol, symbol->name);
    }
    if (special) return no_value(c, symbol, "special form");
    if (compile_macro_find(symbol)) return no_value(c, symbol, "macro");
    if (compile_flow_is(symbol)) return no_value(c, symbol, "flow call");
    if (!find_core(c, symbol, &value)) return false;
    compile_emit_constant(c, value);
    return true;
}

static enum opcode find_intrinsic(const struct form *symbol, uint32_t count)
{
    if (symbol->ns.len && !text_equal(symbol->ns, TEXT("clojure.core"))) return OPCODE_COUNT;
    for (int op = OPCODE_INTRINSIC_FIRST; op < OPCODE_COUNT; op++) {
        if ((uint32_t)opcode_table[op].pops != count) continue;
        if (text_equal(symbol->name, text_from(opcode_table[op].doc))) return (enum opcode)op;
    }
    return OPCODE_COUNT;
}

static bool compile_args(struct compile *c, const struct form *form)
{
    for (uint32_t i = 1; i < form->count; i++) {
        if (!compile_form(c, form->items[i], false)) return false;
    }
    return true;
}

static void emit_call_constant(struct compile *c, struct value callee, uint32_t count)
{
    compile_emit(c, OP_CALL_CONST, (int32_t)count);
    compile_emit_word(c, image_constant(c->image, callee));
}

/* (+ a b c …), (* a b c …), (- a b c …): two at a time, from the left. */
static bool compile_fold(struct compile *c, const struct form *form, enum opcode op)
{
    if (!compile_form(c, form->items[1], false)) return false;
    for (uint32_t i = 2; i < form->count; i++) {
        if (!compile_form(c, form->items[i], false)) return false;
        compile_emit_at(c, form);
        compile_emit(c, op, 0);
    }
    return true;
}

/* (/ a b c …) where a double is known: two at a time, from the left, the first of them first. */
static bool compile_division(struct compile *c, const struct form *form)
{
    if (form->count > 3) {
        struct form *first =
            compile_build(c, form, "(%f %f %f)", form->items[0], form->items[1], form->items[2]);

        return compile_form(c,
                            compile_build(c, form, "(%f %f %s)", form->items[0], first,
                                          form->items + 3, form->count - 3),
                            false);
    }
    if (!compile_args(c, form)) return false;
    compile_emit_at(c, form);
    compile_call_core(c, "-divide", 2);
    return true;
}

/* What a static field of Java holds. */
static bool is_field(struct value value)
{
    return number_is(value) || value.type == VALUE_JAVA;
}

static bool call_core(struct compile *c, const struct form *form)
{
    const struct form *head = form->items[0];
    uint32_t count = form->count - 1;
    enum opcode op = find_intrinsic(head, count);
    enum opcode fold = count > 2 ? find_intrinsic(head, 2) : OPCODE_COUNT;
    struct value callee = value_nil();

    if (compile_double_divides(c, form)) return compile_division(c, form);
    if (fold == OP_ADD || fold == OP_SUBTRACT || fold == OP_MULTIPLY) {
        return compile_fold(c, form, fold);
    }
    if (op == OPCODE_COUNT) {
        if (!find_core(c, head, &callee) && !compile_recover(c)) return false;
        if (count == 0 && head->ns.len && is_field(callee)) { // (Math/PI) is Math/PI
            compile_emit_constant(c, callee);
            return true;
        }
    }
    if (!compile_args(c, form)) return false;
    compile_emit_at(c, form);
    if (op != OPCODE_COUNT) {
        compile_emit(c, op, 0);
    } else {
        emit_call_constant(c, callee, count);
    }
    return true;
}

void compile_call_core(struct compile *c, const char *name, uint32_t count)
{
    struct text ns, bare;

    keyword_split(text_from(name), &ns, &bare);
    const struct core_entry *entry = core_find(c->core, ns, bare);

    ASSERT(entry != NULL);
    emit_call_constant(c, entry->value, count);
}

/* (:k m) and (:k m otherwise). */
static bool call_keyword(struct compile *c, const struct form *form)
{
    struct value key = quote_form(&c->image->statics, form->items[0]);

    if (!compile_form(c, form->items[1], false)) return false;
    if (form->count == 2) {
        compile_emit_at(c, form);
        compile_emit(c, OP_GET_CONST, (int32_t)image_constant(c->image, key));
        return true;
    }
    compile_emit_constant(c, key);
    if (!compile_form(c, form->items[2], false)) return false;
    compile_emit_at(c, form);
    compile_call_core(c, "get", 3);
    return true;
}

bool compile_call(struct compile *c, const struct form *form)
{
    const struct form *head = form->items[0];
    bool symbol = head->kind == FORM_SYMBOL;
    bool local = symbol && !head->ns.len && scope_has(c, head->name);

    if (symbol && !local) return call_core(c, form);
    if (head->kind == FORM_KEYWORD && (form->count == 2 || form->count == 3)) {
        return call_keyword(c, form);
    }
    if (head->kind == FORM_NIL) {
        error_set(c->err, E_ARGUMENT, "nil cannot be called");
        return error_at(c->err, (int)form->line, (int)form->column);
    }
    if (!compile_form(c, head, false)) return false;
    if (!compile_args(c, form)) return false;
    compile_emit_at(c, form);
    compile_emit(c, OP_CALL, (int32_t)form->count - 1);
    return true;
}
