#include "flow/compile.h"

#include "base/assert.h"
#include "flow/pmap.h"
#include "flow/pset.h"
#include "flow/quote.h"
#include "flow/regex.h"
#include "flow/string.h"

#include <stdarg.h>
#include <stdio.h>

/*
 * Compile: dispatch over the kinds of forms; literals and constants. What a list means is decided
 * here in this order: special form, local variable, macro, flow call, core function.
 */
void compile_init(struct compile *c, const struct core *core, struct image *image,
                  struct arena *scratch, enum compile_mode mode, struct error *err)
{
    *c = (struct compile){
        .core = core, .image = image, .scratch = scratch, .mode = mode, .err = err};
    scratch->budget_bytes = image->arena.budget_bytes = LIMIT_COMPILE_BYTES;
    arena_allow_overdraft(scratch);
    arena_allow_overdraft(&image->arena);
}

bool compile_has_room(struct compile *c)
{
    if (!c->scratch->is_over && !c->image->arena.is_over) return true;
    return error_set(c->err, E_ARENA_BUDGET, "what is compiled here needs more than %d MB",
                     LIMIT_COMPILE_BYTES >> 20);
}

bool compile_error(struct compile *c, const struct form *at, const char *fmt, ...)
{
    char message[sizeof(c->err->message)];
    va_list args;

    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    error_set(c->err, E_COMPILE, "%s", message);
    return error_at(c->err, (int)at->line, (int)at->column);
}

bool compile_check_args(struct compile *c, const struct form *call, int min, int max)
{
    int count = (int)call->count - 1;
    const struct text *name = &call->items[0]->name;

    if (count >= min && (max < 0 || count <= max)) return true;
    error_set(c->err, E_COMPILE, TEXT_FMT " takes %s%d argument%s, not %d", TEXT_ARG(*name),
              max < 0       ? "at least "
              : max == min  ? ""
              : count < min ? "at least "
                            : "at most ",
              count < min ? min : max, (count < min ? min : max) == 1 ? "" : "s", count);
    return error_at(c->err, (int)call->line, (int)call->column);
}

static bool is_quote(const struct form *form)
{
    return form_is_call(form, "quote") && form->count == 2;
}

static bool is_constant(const struct form *form);

/* A tag is a name here: there are no classes that it could be evaluated to. */
static bool is_tag(const struct form *meta, uint32_t index)
{
    return form_is_keyword(meta->items[index], "tag") &&
           meta->items[index + 1]->kind == FORM_SYMBOL;
}

static bool is_constant_meta(const struct form *meta)
{
    for (uint32_t i = 0; meta && i < meta->count; i += 2) {
        if (is_tag(meta, i)) continue;
        if (!is_constant(meta->items[i]) || !is_constant(meta->items[i + 1])) return false;
    }
    return true;
}

/* Literals of data, where nothing is left to evaluate; bounded by the reader's depth. */
static bool is_constant(const struct form *form)
{
    if (!is_quote(form) && !is_constant_meta(form->meta)) return false;
    switch (form->kind) {
    case FORM_SYMBOL: return false;
    case FORM_LIST: return form->count == 0 || is_quote(form);
    case FORM_VECTOR:
    case FORM_SET:
    case FORM_MAP:
        for (uint32_t i = 0; i < form->count; i++) {
            if (!is_constant(form->items[i])) return false;
        }
        return true;
    case FORM_TAGGED: return false;
    default: return true;
    }
}

/* Quotes inside a constant collection are taken off: ['a] holds the symbol. */
static struct form *without_quotes(struct compile *c, const struct form *form)
{
    if (is_quote(form)) return form->items[1];
    struct form *copy = arena_copy(c->scratch, form, sizeof(*form));

    if (form->kind != FORM_VECTOR && form->kind != FORM_SET && form->kind != FORM_MAP) return copy;
    copy->items = ARENA_ARRAY(c->scratch, form->count, struct form *);
    for (uint32_t i = 0; i < form->count; i++) {
        copy->items[i] = without_quotes(c, form->items[i]);
    }
    return copy;
}

bool compile_constant(struct compile *c, const struct form *form, struct value *out)
{
    if (!is_constant(form)) return false;
    *out = quote_form(&c->image->statics, without_quotes(c, form));
    return true;
}

/* Equal constant keys would make the count of a literal a surprise. */
static bool check_keys(struct compile *c, const struct form *form)
{
    uint32_t step = form->kind == FORM_MAP ? 2 : 1;
    uint32_t constants = 0;
    struct value set = pset_empty();

    ASSERT(form->count % step == 0); // the reader makes no other maps
    for (uint32_t i = 0; i < form->count; i += step) {
        struct value key;

        if (!compile_constant(c, form->items[i], &key)) continue;
        set = pset_conj(&c->image->statics, set, key);
        if (pset_count(set) == ++constants) continue;
        struct buf text = {.limit = 80};

        form_print(form->items[i], &text);
        error_set(c->err, E_ARGUMENT, "duplicate key: " TEXT_FMT, TEXT_ARG(buf_get(&text)));
        buf_done(&text);
        return error_at(c->err, (int)form->items[i]->line, (int)form->items[i]->column);
    }
    return true;
}

/* The value that was pushed last gets the metadata of its form, evaluated. */
static bool compile_meta(struct compile *c, const struct form *form)
{
    if (!form->meta) return true;
    struct form *meta = arena_copy(c->scratch, form->meta, sizeof(*form->meta));

    meta->items = arena_copy(c->scratch, meta->items, meta->count * sizeof(struct form *));
    for (uint32_t i = 0; i < meta->count; i += 2) {
        if (!is_tag(meta, i)) continue;
        meta->items[i + 1] = compile_build(c, form, "(quote %f)", meta->items[i + 1]);
    }
    if (!compile_form(c, meta, false)) return false;
    compile_emit_at(c, form);
    compile_call_core(c, "with-meta", 2);
    return true;
}

static bool compile_collection(struct compile *c, const struct form *form)
{
    enum opcode op = form->kind == FORM_VECTOR ? OP_VECTOR
                     : form->kind == FORM_MAP  ? OP_MAP
                                               : OP_SET;
    struct value constant;

    if (op != OP_VECTOR && !check_keys(c, form)) return false;
    if (compile_constant(c, form, &constant)) {
        compile_emit_constant(c, constant);
        return true;
    }
    for (uint32_t i = 0; i < form->count; i++) {
        if (!compile_form(c, form->items[i], false)) return false;
    }
    compile_emit_at(c, form);
    compile_emit(c, op, (int32_t)form->count);
    return compile_meta(c, form);
}

bool compile_do(struct compile *c, struct form *const *items, uint32_t count, bool tail)
{
    if (count == 0) compile_emit(c, OP_NIL, 0);
    for (uint32_t i = 0; i < count; i++) {
        if (!compile_form(c, items[i], tail && i + 1 == count)) return false;
        if (i + 1 < count) compile_emit(c, OP_POP, 0);
    }
    return true;
}

static bool compile_list(struct compile *c, const struct form *form, bool tail)
{
    if (form->count == 0) {
        compile_emit_constant(c, quote_form(&c->image->statics, form));
        return is_constant_meta(form->meta) || compile_meta(c, form);
    }
    const struct form *head = form->items[0];

    if (head->kind == FORM_SYMBOL) {
        compile_special *special = compile_special_find(c, head);

        if (special && !special(c, form, tail)) return false;
        if (special) return special != compile_function_fn || compile_meta(c, form);
        if (head->ns.len == 0 && scope_has(c, head->name)) return compile_call(c, form);
        const struct compile_macro_entry *macro = compile_macro_find(head);

        if (macro) {
            if (!compile_check_args(c, form, macro->args_min, macro->args_max)) return false;
            struct form *expansion = macro->expand(c, form);

            return expansion && compile_form(c, expansion, tail);
        }
        if (compile_flow_is(head)) return compile_flow(c, form);
    }
    return compile_call(c, form);
}

/* A pattern that cannot be compiled is an error where it stands, not where it is used. */
static bool check_regex(struct compile *c, const struct form *form)
{
    struct value pattern = string_from_utf8(&c->image->statics, form->text);
    uint32_t length = string_length(pattern);
    uint16_t *units = ARENA_ARRAY(c->scratch, (size_t)length + 1, uint16_t);

    for (uint32_t i = 0; i < length; i++) {
        units[i] = string_unit(pattern, i);
    }
    struct regex *regex = regex_new(units, length, false, c->err);

    regex_free(regex);
    if (regex) return true;
    if (c->err->code == E_ARGUMENT) {
        error_hint(c->err, "Correct the pattern; a bracket that stands for itself is \\( or [(].");
    }
    return error_at(c->err, (int)form->line, (int)form->column);
}

static bool compile_any(struct compile *c, const struct form *form, bool tail)
{
    if (form->kind == FORM_REGEX && !check_regex(c, form)) return false;
    switch (form->kind) {
    case FORM_SYMBOL: return compile_call_symbol(c, form);
    case FORM_LIST: return compile_list(c, form, tail);
    case FORM_VECTOR:
    case FORM_SET:
    case FORM_MAP: return compile_collection(c, form);
    case FORM_TAGGED:
        error_set(c->err, E_READER, "no reader for the tag #" TEXT_FMT "%s" TEXT_FMT,
                  TEXT_ARG(form->ns), form->ns.len ? "/" : "", TEXT_ARG(form->name));
        error_hint(c->err, "Quote it to keep it as data, or use #inst, #uuid or #weir/bytes.");
        return error_at(c->err, (int)form->line, (int)form->column);
    default: compile_emit_constant(c, quote_form(&c->image->statics, form)); return true;
    }
}

bool compile_recover(struct compile *c)
{
    if (!c->on_error || c->has_enough || c->err->code == E_ARENA_BUDGET) return false;
    c->has_enough = !c->on_error(c->err, c->meant, c->error_ctx);
    c->meant = TEXT_NONE;
    return true;
}

/* Puts nil where the form would have left its value: what was emitted and bound since the mark is
 * taken back. */
static bool recover(struct compile *c, const struct unit *mark)
{
    struct unit *unit = c->unit;

    if (!compile_recover(c)) return false;
    unit->local_count = mark->local_count;
    unit->word_count = mark->word_count;
    unit->region_count = mark->region_count;
    unit->line_count = mark->line_count;
    unit->depth = mark->depth;
    unit->recur = mark->recur;
    unit->recur_cut_by_try = mark->recur_cut_by_try;
    compile_emit(c, OP_NIL, 0);
    return true;
}

bool compile_form(struct compile *c, const struct form *form, bool tail)
{
    if (c->nesting >= LIMIT_COMPILE_DEPTH) {
        return compile_error(c, form, "forms are nested more than %d deep", LIMIT_COMPILE_DEPTH);
    }
    if (!compile_has_room(c)) return error_at(c->err, (int)form->line, (int)form->column);
    const struct unit mark = *c->unit;

    c->nesting++;
    bool ok = compile_any(c, form, tail);

    c->nesting--;
    return ok || recover(c, &mark);
}
