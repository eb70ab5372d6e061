#include "flow/compile.h"

/*
 * Macros of control flow: when and if in their shapes, condp, the threading forms, doto, assert.
 */

/* What follows the first `skip` items. */
#define REST(form, skip) (form)->items + (skip), (form)->count - (skip)

static struct form *expand_if_not(struct compile *c, const struct form *form)
{
    struct form *otherwise = form->count == 4 ? form->items[3] : compile_build(c, form, "nil");

    return compile_build(c, form, "(if %f %f %f)", form->items[1], otherwise, form->items[2]);
}

static struct form *expand_when(struct compile *c, const struct form *form)
{
    return compile_build(c, form, "(if %f (do %s) nil)", form->items[1], REST(form, 2));
}

static struct form *expand_when_not(struct compile *c, const struct form *form)
{
    return compile_build(c, form, "(if %f nil (do %s))", form->items[1], REST(form, 2));
}

/* The vector [pattern value] of if-let and its kind, or NULL with an error. */
static const struct form *binding(struct compile *c, const struct form *form)
{
    const struct form *vector = form->items[1];

    if (vector->kind == FORM_VECTOR && vector->count == 2) return vector;
    compile_error(c, vector, TEXT_FMT " needs a vector of one name and its value",
                  TEXT_ARG(form->items[0]->name));
    return NULL;
}

static struct form *expand_binding(struct compile *c, const struct form *form, const char *fmt,
                                   struct form *otherwise)
{
    const struct form *pair = binding(c, form);

    if (!pair) return NULL;
    struct form *g = compile_build_gensym(c, form);
    uint32_t body_count = otherwise ? 1 : form->count - 2;

    return compile_build(c, form, fmt, g, pair->items[1], g, pair->items[0], g, form->items + 2,
                         body_count, otherwise ? otherwise : compile_build(c, form, "nil"));
}

static struct form *else_of(struct compile *c, const struct form *form)
{
    return form->count == 4 ? form->items[3] : compile_build(c, form, "nil");
}

static struct form *expand_if_let(struct compile *c, const struct form *form)
{
    return expand_binding(c, form, "(let* [%f %f] (if %f (let* [%f %f] %s) %f))", else_of(c, form));
}

static struct form *expand_when_let(struct compile *c, const struct form *form)
{
    return expand_binding(c, form, "(let* [%f %f] (if %f (let* [%f %f] %s) %f))", NULL);
}

#define IF_SOME "(let* [%f %f] (if (clojure.core/some? %f) (let* [%f %f] %s) %f))"

static struct form *expand_if_some(struct compile *c, const struct form *form)
{
    return expand_binding(c, form, IF_SOME, else_of(c, form));
}

static struct form *expand_when_some(struct compile *c, const struct form *form)
{
    return expand_binding(c, form, IF_SOME, NULL);
}

static struct form *expand_when_first(struct compile *c, const struct form *form)
{
    const struct form *pair = binding(c, form);
    struct form *g = compile_build_gensym(c, form);

    if (!pair) return NULL;
    return compile_build(c, form,
                         "(let* [%f (clojure.core/seq %f)]"
                         " (if %f (let* [%f (clojure.core/first %f)] %s) nil))",
                         g, pair->items[1], g, pair->items[0], g, REST(form, 2));
}

/* From the last clause to the first; a clause is test result, or test :>> function. */
static struct form *expand_condp(struct compile *c, const struct form *form)
{
    struct form *pred = compile_build_gensym(c, form);
    struct form *value = compile_build_gensym(c, form);
    uint32_t *starts = ARENA_ARRAY(c->scratch, form->count, uint32_t);
    uint32_t clauses = 0;
    uint32_t i = 3;

    while (i + 1 < form->count) {
        starts[clauses++] = i;
        i += form_is_keyword(form->items[i + 1], ">>") ? 3 : 2;
    }
    if (i > form->count) {
        compile_error(c, form, "condp: a function must follow :>>");
        return NULL;
    }
    struct form *result = i < form->count
                              ? form->items[i]
                              : compile_build(c, form, "(weir.core/no-matching-clause %f)", value);

    while (clauses > 0) {
        struct form **clause = form->items + starts[--clauses];

        if (form_is_keyword(clause[1], ">>")) {
            struct form *found = compile_build_gensym(c, form);

            result = compile_build(c, form, "(let* [%f (%f %f %f)] (if %f (%f %f) %f))", found,
                                   pred, clause[0], value, found, clause[2], found, result);
        } else {
            result = compile_build(c, form, "(if (%f %f %f) %f %f)", pred, clause[0], value,
                                   clause[1], result);
        }
    }
    return compile_build(c, form, "(let* [%f %f %f %f] %f)", pred, form->items[1], value,
                         form->items[2], result);
}

/* x put into step: as the first argument, or as the last. */
static struct form *thread(struct compile *c, const struct form *step, struct form *x, bool last)
{
    struct form *head = (struct form *)step;

    if (step->kind != FORM_LIST || step->count == 0) {
        return compile_build(c, step, "(%f %f)", head, x);
    }
    if (last) return compile_build(c, step, "(%s %f)", REST(step, 0), x);
    return compile_build(c, step, "(%f %f %s)", step->items[0], x, REST(step, 1));
}

static struct form *expand_thread(struct compile *c, const struct form *form, bool last)
{
    struct form *x = form->items[1];

    for (uint32_t i = 2; i < form->count; i++) {
        x = thread(c, form->items[i], x, last);
    }
    return x;
}

static struct form *expand_thread_first(struct compile *c, const struct form *form)
{
    return expand_thread(c, form, false);
}

static struct form *expand_thread_last(struct compile *c, const struct form *form)
{
    return expand_thread(c, form, true);
}

static struct form *expand_as(struct compile *c, const struct form *form)
{
    struct form *name = form->items[2]; // or what takes the value apart
    uint32_t steps = form->count - 3, bound = MAX(steps, 1U);
    struct form **bindings = ARENA_ARRAY(c->scratch, 2 * (size_t)bound, struct form *);

    for (uint32_t i = 0; i < bound; i++) {
        bindings[2 * (size_t)i] = name;
        bindings[2 * (size_t)i + 1] = i == 0 ? form->items[1] : form->items[2 + i];
    }
    return compile_build(c, form, "(let* [%s] %f)", bindings, 2 * bound,
                         form->items[form->count - 1]); // the name when there is no step
}

static struct form *expand_some(struct compile *c, const struct form *form, bool last)
{
    struct form *g = compile_build_gensym(c, form);
    uint32_t steps = form->count - 2;
    struct form **bindings = ARENA_ARRAY(c->scratch, 2 * ((size_t)steps + 1), struct form *);

    bindings[0] = g;
    bindings[1] = form->items[1];
    for (uint32_t i = 0; i < steps; i++) {
        const struct form *step = form->items[2 + i];

        bindings[2 * (size_t)i + 2] = g;
        bindings[2 * (size_t)i + 3] = compile_build(c, step, "(if (clojure.core/nil? %f) nil %f)",
                                                    g, thread(c, step, g, last));
    }
    return compile_build(c, form, "(let* [%s] %f)", bindings, 2 * (steps + 1), g);
}

static struct form *expand_some_first(struct compile *c, const struct form *form)
{
    return expand_some(c, form, false);
}

static struct form *expand_some_last(struct compile *c, const struct form *form)
{
    return expand_some(c, form, true);
}

static struct form *expand_cond_thread(struct compile *c, const struct form *form, bool last)
{
    struct form *g = compile_build_gensym(c, form);
    uint32_t steps = (form->count - 2) / 2;
    struct form **bindings = ARENA_ARRAY(c->scratch, 2 * ((size_t)steps + 1), struct form *);

    if (form->count % 2) {
        compile_error(c, form, TEXT_FMT " needs pairs of a test and a step",
                      TEXT_ARG(form->items[0]->name));
        return NULL;
    }
    bindings[0] = g;
    bindings[1] = form->items[1];
    for (uint32_t i = 0; i < steps; i++) {
        struct form *test = form->items[2 + 2 * i];
        const struct form *step = form->items[3 + 2 * i];

        bindings[2 * (size_t)i + 2] = g;
        bindings[2 * (size_t)i + 3] =
            compile_build(c, step, "(if %f %f %f)", test, thread(c, step, g, last), g);
    }
    return compile_build(c, form, "(let* [%s] %f)", bindings, 2 * (steps + 1), g);
}

static struct form *expand_cond_first(struct compile *c, const struct form *form)
{
    return expand_cond_thread(c, form, false);
}

static struct form *expand_cond_last(struct compile *c, const struct form *form)
{
    return expand_cond_thread(c, form, true);
}

static struct form *expand_doto(struct compile *c, const struct form *form)
{
    struct form *g = compile_build_gensym(c, form);
    struct form **steps = ARENA_ARRAY(c->scratch, form->count, struct form *);

    for (uint32_t i = 2; i < form->count; i++) {
        steps[i - 2] = thread(c, form->items[i], g, false);
    }
    return compile_build(c, form, "(let* [%f %f] %s %f)", g, form->items[1], steps, form->count - 2,
                         g);
}

/* (.. x (f a) g) is (-> x (.f a) .g). */
static struct form *expand_dot_dot(struct compile *c, const struct form *form)
{
    struct form *x = form->items[1];

    for (uint32_t i = 2; i < form->count; i++) {
        const struct form *step = form->items[i];
        bool list = step->kind == FORM_LIST && step->count > 0;
        struct form *name = arena_copy(c->scratch, list ? step->items[0] : step, sizeof(*name));

        name->name = arena_printf(c->scratch, "." TEXT_FMT, TEXT_ARG(name->name));
        x = compile_build(c, step, "(%f %f %s)", name, x, list ? step->items + 1 : NULL,
                          list ? step->count - 1 : 0);
    }
    return x;
}

static struct form *expand_comment(struct compile *c, const struct form *form)
{
    return compile_build(c, form, "nil");
}

static struct form *string_form(struct compile *c, const struct form *form)
{
    struct buf text = {.limit = 400};
    struct form *string = arena_copy(c->scratch, form, sizeof(*string));

    form_print(form, &text);
    string->kind = FORM_STRING;
    string->meta = NULL;
    string->text = arena_text(c->scratch, buf_get(&text));
    buf_done(&text);
    return string;
}

static struct form *expand_assert(struct compile *c, const struct form *form)
{
    struct form *source = string_form(c, form->items[1]);
    struct form *prefix = string_form(c, source);
    struct form *newline = string_form(c, source);

    prefix->text = TEXT("Assert failed: ");
    newline->text = TEXT("\n");
    struct form *message = form->count == 3
                               ? compile_build(c, form, "(clojure.core/str %f %f %f %f)", prefix,
                                               form->items[2], newline, source)
                               : compile_build(c, form, "(clojure.core/str %f %f)", prefix, source);
    struct form *family = string_form(c, source);

    family->text = TEXT("assert");
    return compile_build(c, form, "(if %f nil (weir.core/throw %f %f nil))", form->items[1], family,
                         message);
}

/* Nothing changes in a body, so its loop would never end. */
static struct form *expand_while(struct compile *c, const struct form *form)
{
    if (c->mode == COMPILE_BODY) {
        compile_error(c, form, "while is not allowed in the body of a flow");
        error_hint(c->err, "Use loop and recur.");
        return NULL;
    }
    return compile_build(c, form, "(loop* [] (if %f (do %s (recur)) nil))", form->items[1],
                         REST(form, 2));
}

const struct compile_macro_entry compile_macro_flow[] = {
    {"if-not", 2, 3, expand_if_not},        {"when", 1, -1, expand_when},
    {"when-not", 1, -1, expand_when_not},   {"if-let", 2, 3, expand_if_let},
    {"when-let", 1, -1, expand_when_let},   {"if-some", 2, 3, expand_if_some},
    {"when-some", 1, -1, expand_when_some}, {"when-first", 1, -1, expand_when_first},
    {"condp", 2, -1, expand_condp},         {"->", 1, -1, expand_thread_first},
    {"->>", 1, -1, expand_thread_last},     {"as->", 2, -1, expand_as},
    {"some->", 1, -1, expand_some_first},   {"some->>", 1, -1, expand_some_last},
    {"cond->", 1, -1, expand_cond_first},   {"cond->>", 1, -1, expand_cond_last},
    {"doto", 1, -1, expand_doto},           {"..", 2, -1, expand_dot_dot},
    {"comment", 0, -1, expand_comment},     {"assert", 1, 2, expand_assert},
    {"while", 1, -1, expand_while},         {0},
};
