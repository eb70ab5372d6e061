#include "flow/callable.h"
#include "flow/compile.h"

/*
 * Functions: fn in all its shapes, letfn, thunks. Each arity is a unit of its own; the arities
 * share what they capture. A frame starts with the arguments in slots 0 …, the rest parameter after
 * them.
 */
struct arity_list {
    struct code **items;
    size_t count, capacity;
};

static void *to_image(struct compile *c, const void *items, size_t count, size_t size_bytes)
{
    return count ? arena_copy(&c->image->arena, items, count * size_bytes) : NULL;
}

static struct code *finish_unit(struct compile *c, uint32_t params, bool variadic)
{
    struct unit *unit = c->unit;
    struct code *code = ARENA_NEW(&c->image->arena, struct code);

    compile_peephole(unit);
    compile_liveness(c, params + (variadic ? 1 : 0));
    code->words = to_image(c, unit->words, unit->word_count, sizeof(uint32_t));
    code->word_count = (uint32_t)unit->word_count;
    code->params = params;
    code->variadic = variadic;
    code->max_stack = unit->max_depth;
    code->regions = to_image(c, unit->regions, unit->region_count, sizeof(struct region));
    code->region_count = (uint32_t)unit->region_count;
    code->lines = to_image(c, unit->lines, unit->line_count, sizeof(struct line_entry));
    code->line_count = (uint32_t)unit->line_count;
    image_add_code(c->image, code);
    return code;
}

/* {:pre […] :post […]} before a body: assertions around it. */
static struct form *with_conditions(struct compile *c, const struct form *conditions,
                                    struct form *const *body, uint32_t count)
{
    const struct form *pre = form_get(conditions, "pre");
    const struct form *post = form_get(conditions, "post");
    struct form *result = compile_build_symbol(c, conditions, "%");
    struct form **checks;
    uint32_t n = 0;

    checks =
        ARENA_ARRAY(c->scratch, (pre ? pre->count : 0) + (post ? post->count : 0), struct form *);
    for (uint32_t i = 0; pre && i < pre->count; i++) {
        checks[n++] = compile_build(c, pre->items[i], "(clojure.core/assert %f)", pre->items[i]);
    }
    if (!post) return compile_build(c, conditions, "(do %s %s)", checks, n, body, count);
    uint32_t pre_count = n;

    for (uint32_t i = 0; i < post->count; i++) {
        checks[n++] = compile_build(c, post->items[i], "(clojure.core/assert %f)", post->items[i]);
    }
    return compile_build(c, conditions, "(do %s (let* [%f (do %s)] %s %f))", checks, pre_count,
                         result, body, count, checks + pre_count, n - pre_count, result);
}

static bool compile_body(struct compile *c, struct form *const *body, uint32_t count)
{
    if (count > 1 && body[0]->kind == FORM_MAP &&
        (form_get(body[0], "pre") || form_get(body[0], "post"))) {
        return compile_form(c, with_conditions(c, body[0], body + 1, count - 1), true);
    }
    return compile_do(c, body, count, true);
}

/* Checks [a b & c]; *out_count without the rest parameter. */
static bool check_params(struct compile *c, const struct form *params, uint32_t *out_count,
                         bool *out_variadic)
{
    *out_count = params->count;
    *out_variadic = false;
    for (uint32_t i = 0; i < params->count; i++) {
        if (!form_is_symbol(params->items[i], "&")) continue;
        if (i + 2 != params->count) {
            return compile_error(c, params, "one parameter must follow &");
        }
        *out_count = i;
        *out_variadic = true;
        break;
    }
    return true;
}

/* Where the value of a body comes from, as far as it is one place: what stands last in let, do and
 * when. */
static const struct form *last_form(const struct form *form)
{
    static const char *const wrappers[] = {"let", "let*", "do", "when", "when-let", "when-some"};
    bool inside = true;

    while (inside && form->kind == FORM_LIST && form->count > 1) {
        inside = false;
        for (size_t i = 0; i < ARRAY_COUNT(wrappers) && !inside; i++) {
            inside = form_is_call(form, wrappers[i]);
        }
        if (inside) form = form->items[form->count - 1];
    }
    return form;
}

static bool compile_arity_code(struct compile *c, const struct form *params,
                               struct form *const *body, uint32_t count, struct code **out)
{
    uint32_t fixed;
    bool variadic;

    if (!check_params(c, params, &fixed, &variadic)) return false;
    uint32_t slots = fixed + (variadic ? 1 : 0);
    struct recur_target target = {0, slots, 0};

    compile_emit_depth(c, slots);
    c->unit->recur = &target;
    for (uint32_t i = 0; i < slots; i++) {
        const struct form *param = params->items[i < fixed ? i : fixed + 1];

        if (param->kind == FORM_SYMBOL) {
            if (param->ns.len) return compile_error(c, param, "a parameter has no namespace");
            scope_bind_slot(c, param->name, i);
        }
    }
    for (uint32_t i = 0; i < slots; i++) {
        const struct form *param = params->items[i < fixed ? i : fixed + 1];

        if (param->kind == FORM_SYMBOL) continue;
        compile_emit_at(c, param);
        compile_emit(c, OP_LOCAL, (int32_t)i);
        if (!compile_destructure(c, param)) return false;
    }
    if (!compile_body(c, body, count)) return false;
    if (count > 0) compile_emit_at(c, last_form(body[count - 1])); // of a lazy value that fails
    compile_emit(c, OP_RETURN, 0);
    *out = finish_unit(c, fixed, variadic);
    return true;
}

static bool compile_arity(struct compile *c, struct compile_function *function,
                          const struct form *params, struct form *const *body, uint32_t count,
                          struct arity_list *arities)
{
    struct unit unit = {.parent = c->unit, .function = function};
    struct code *code = NULL;

    c->unit = &unit;
    bool ok = compile_arity_code(c, params, body, count, &code);

    c->unit = unit.parent;
    if (!ok) return false;
    arities->items = arena_grow(c->scratch, arities->items, arities->count, &arities->capacity,
                                sizeof(struct code *));
    arities->items[arities->count++] = code;
    return true;
}

static bool link_arities(struct compile *c, const struct form *at, const struct arity_list *arities,
                         struct prototype *prototype)
{
    for (size_t i = 0; i < arities->count; i++) {
        if (!arities->items[i]->variadic) {
            prototype->count_max = MAX(prototype->count_max, arities->items[i]->params);
        }
    }
    prototype->by_count =
        ARENA_ARRAY(&c->image->arena, (size_t)prototype->count_max + 1, const struct code *);
    for (size_t i = 0; i < arities->count; i++) {
        struct code *code = arities->items[i];
        bool taken = code->variadic ? prototype->variadic != NULL
                                    : prototype->by_count[code->params] != NULL;

        if (taken) return compile_error(c, at, "two arities of a function take the same arguments");
        code->prototype = prototype;
        if (code->variadic) {
            prototype->variadic = code;
        } else {
            prototype->by_count[code->params] = code;
        }
    }
    if (prototype->variadic && prototype->count_max > prototype->variadic->params) {
        return compile_error(c, at, "a fixed arity has more parameters than the variadic one");
    }
    return true;
}

static bool compile_arities(struct compile *c, const struct form *form, uint32_t first,
                            struct compile_function *function, struct arity_list *arities)
{
    const struct form *next = first < form->count ? form->items[first] : NULL;

    if (next && next->kind == FORM_VECTOR) {
        return compile_arity(c, function, next, form->items + first + 1, form->count - first - 1,
                             arities);
    }
    if (!next) return compile_error(c, form, "fn needs a vector of parameters");
    for (uint32_t i = first; i < form->count; i++) {
        const struct form *arity = form->items[i];

        if (arity->kind != FORM_LIST || !arity->count || arity->items[0]->kind != FORM_VECTOR) {
            return compile_error(c, arity, "an arity of fn is a list ([parameters] body)");
        }
        if (!compile_arity(c, function, arity->items[0], arity->items + 1, arity->count - 1,
                           arities)) {
            return false;
        }
    }
    return true;
}

/* items[first …] are the parameters and body, or the arities. */
static bool fill_prototype(struct compile *c, const struct form *form, uint32_t first,
                           struct text self, struct prototype *out)
{
    struct compile_function function = {.self = self};
    struct arity_list arities = {0};

    out->name = arena_text(&c->image->arena, self.ptr ? self : TEXT("fn"));
    if (!compile_arities(c, form, first, &function, &arities)) return false;
    if (!link_arities(c, form, &arities, out)) return false;
    out->captures = to_image(c, function.captures, function.capture_count, sizeof(struct capture));
    out->capture_count = (uint32_t)function.capture_count;
    out->effectful = function.effectful;
    out->prelude = c->mode == COMPILE_PRELUDE;
    if (function.effectful && c->unit) c->unit->function->effectful = true;
    return true;
}

struct value compile_function_value(struct image *image, const struct prototype *prototype)
{
    struct value function = callable_function(&image->statics, prototype, NULL, 0);

    function.object->kind = prototype->effectful ? FUNCTION_EFFECTFUL : FUNCTION_PURE;
    return function;
}

static void emit_function(struct compile *c, const struct prototype *prototype)
{
    struct value function = compile_function_value(c->image, prototype);
    uint32_t constant = image_constant(c->image, function);

    compile_emit(c, prototype->capture_count ? OP_CLOSURE : OP_CONST, (int32_t)constant);
}

/* (fn name? …), (name [params] …) of letfn: name_index says where the name stands, -1: nowhere. */
static uint32_t fn_first(const struct form *form, struct text *out_self)
{
    bool named = form->count > 1 && form->items[1]->kind == FORM_SYMBOL;

    *out_self = named ? form->items[1]->name : TEXT_NONE;
    return named ? 2 : 1;
}

bool compile_function_fn(struct compile *c, const struct form *form, bool tail)
{
    struct prototype *prototype = ARENA_NEW(&c->image->arena, struct prototype);
    struct text self;
    uint32_t first = fn_first(form, &self);

    (void)tail;
    if (!fill_prototype(c, form, first, self, prototype)) return false;
    emit_function(c, prototype);
    return true;
}

bool compile_function_top(struct compile *c, const struct form *form, struct prototype *out)
{
    struct text self;
    uint32_t first = fn_first(form, &self);

    return fill_prototype(c, form, first, self, out);
}

bool compile_function_body(struct compile *c, const struct form *body, struct prototype *out)
{
    const struct form *fn = compile_build(c, body, "(fn* [] %f)", body);

    return fill_prototype(c, fn, 1, TEXT_NONE, out);
}

bool compile_function_thunk(struct compile *c, const struct form *form, struct form *const *body,
                            uint32_t count)
{
    return compile_function_fn(c, compile_build(c, form, "(fn* [] %s)", body, count), false);
}

bool compile_function_letfn(struct compile *c, const struct form *form, bool tail)
{
    if (form->count < 2 || form->items[1]->kind != FORM_VECTOR) {
        return compile_error(c, form, "letfn needs a vector of functions");
    }
    const struct form *functions = form->items[1];
    struct scope_block block = scope_enter(c);

    for (uint32_t i = 0; i < functions->count; i++) {
        const struct form *function = functions->items[i];

        if (function->kind != FORM_LIST || function->count < 2 ||
            function->items[0]->kind != FORM_SYMBOL) {
            return compile_error(c, function, "a function of letfn is (name [parameters] body)");
        }
        compile_emit(c, OP_NIL, 0);
        scope_bind(c, function->items[0]->name);
    }
    for (uint32_t i = 0; i < functions->count; i++) {
        struct prototype *prototype = ARENA_NEW(&c->image->arena, struct prototype);

        if (!fill_prototype(c, functions->items[i], 1, TEXT_NONE, prototype)) return false;
        prototype->name = arena_text(&c->image->arena, functions->items[i]->items[0]->name);
        emit_function(c, prototype);
        compile_emit(c, OP_STORE, (int32_t)(block.depth + i));
    }
    if (functions->count) {
        compile_emit(c, OP_LETFN, (int32_t)functions->count);
        compile_emit_word(c, block.depth);
    }
    if (!compile_do(c, form->items + 2, form->count - 2, tail)) return false;
    scope_leave(c, block);
    return true;
}
