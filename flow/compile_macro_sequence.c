#include "flow/compile.h"

/*
 * Macros over sequences: for, doseq, dotimes, lazy-cat. doseq is a loop, so flow calls in it just
 * work. for becomes calls of prelude functions, one a binding, that are lazy unless the function
 * they get is effectful; :when and :while answer the keywords skip and stop.
 */
struct groups {
    struct compile *c;
    const struct form *form;
    const struct form *bindings;
    bool lazy; /* for; else doseq */
};

static struct form *expand_group(const struct groups *g, uint32_t i);

static bool check(struct compile *c, const struct form *form)
{
    const struct form *bindings = form->items[1];
    const struct text *name = &form->items[0]->name;

    if (bindings->kind != FORM_VECTOR || bindings->count % 2 || bindings->count == 0 ||
        bindings->items[0]->kind == FORM_KEYWORD) {
        return compile_error(c, form, TEXT_FMT " needs a vector of names and collections",
                             TEXT_ARG(*name));
    }
    for (uint32_t i = 0; i < bindings->count; i += 2) {
        const struct form *left = bindings->items[i];

        if (left->kind == FORM_KEYWORD && !form_is_keyword(left, "let") &&
            !form_is_keyword(left, "when") && !form_is_keyword(left, "while")) {
            return compile_error(c, left, "invalid %.*s keyword :" TEXT_FMT, TEXT_ARG(*name),
                                 TEXT_ARG(left->name));
        }
    }
    return true;
}

static bool is_last(const struct groups *g, uint32_t i)
{
    for (; i < g->bindings->count; i += 2) {
        if (g->bindings->items[i]->kind != FORM_KEYWORD) return false;
    }
    return true;
}

/* What stands inside the binding before i: modifiers, the next binding, or the body. */
static struct form *expand_inside(const struct groups *g, uint32_t i)
{
    struct compile *c = g->c;
    const struct form *form = g->form;
    struct form *const *body = form->items + 2;
    uint32_t count = form->count - 2;

    if (i == g->bindings->count) {
        return g->lazy ? compile_build(c, form, "(do %s)", body, count)
                       : compile_build(c, form, "(do %s true)", body, count);
    }
    const struct form *left = g->bindings->items[i];
    struct form *right = g->bindings->items[i + 1];

    if (left->kind != FORM_KEYWORD) {
        struct form *group = expand_group(g, i);

        return g->lazy ? group : compile_build(c, form, "(do %f true)", group);
    }
    struct form *inside = expand_inside(g, i + 2);

    if (form_is_keyword(left, "let")) {
        return compile_build(c, left, "(let* %f %f)", right, inside);
    }
    if (form_is_keyword(left, "when")) {
        return compile_build(c, left, g->lazy ? "(if %f %f :weir.core/skip)" : "(if %f %f true)",
                             right, inside);
    }
    return compile_build(c, left, g->lazy ? "(if %f %f :weir.core/stop)" : "(if %f %f false)",
                         right, inside);
}

/* Recursive over the bindings of one form. */
static struct form *expand_group(const struct groups *g, uint32_t i)
{
    struct form *pattern = g->bindings->items[i];
    struct form *coll = g->bindings->items[i + 1];
    struct form *inside = expand_inside(g, i + 2);

    if (g->lazy) {
        return compile_build(g->c, g->form,
                             is_last(g, i + 2) ? "(weir.core/for-map (fn* [%f] %f) %f)"
                                               : "(weir.core/for-cat (fn* [%f] %f) %f)",
                             pattern, inside, coll);
    }
    struct form *s = compile_build_gensym(g->c, g->form);

    return compile_build(g->c, g->form,
                         "(loop* [%f (clojure.core/seq %f)]"
                         " (if %f (if (let* [%f (clojure.core/first %f)] %f)"
                         " (recur (clojure.core/next %f)) nil) nil))",
                         s, coll, s, pattern, s, inside, s);
}

static struct form *expand_groups(struct compile *c, const struct form *form, bool lazy)
{
    struct groups groups = {c, form, form->items[1], lazy};

    if (!check(c, form)) return NULL;
    if (groups.bindings->count / 2 > LIMIT_READER_DEPTH) {
        compile_error(c, form, "more than %d bindings", LIMIT_READER_DEPTH);
        return NULL;
    }
    return expand_group(&groups, 0);
}

static struct form *expand_for(struct compile *c, const struct form *form)
{
    return expand_groups(c, form, true);
}

static struct form *expand_doseq(struct compile *c, const struct form *form)
{
    const struct form *bindings = form->items[1];
    bool none = bindings->kind == FORM_VECTOR && bindings->count == 0;

    if (none) return compile_build(c, form, "(do %s)", form->items + 2, form->count - 2);
    return expand_groups(c, form, false);
}

static struct form *expand_dotimes(struct compile *c, const struct form *form)
{
    const struct form *pair = form->items[1];
    struct form *n = compile_build_gensym(c, form);

    if (pair->kind != FORM_VECTOR || pair->count != 2 || pair->items[0]->kind != FORM_SYMBOL) {
        compile_error(c, pair, "dotimes needs a vector of one name and a number");
        return NULL;
    }
    struct form *i = pair->items[0];

    return compile_build(c, form,
                         "(let* [%f (clojure.core/long %f)] (loop* [%f 0]"
                         " (if (clojure.core/< %f %f) (do %s (recur (clojure.core/inc %f))) nil)))",
                         n, pair->items[1], i, i, n, form->items + 2, form->count - 2, i);
}

static struct form *expand_lazy_cat(struct compile *c, const struct form *form)
{
    struct form **parts = ARENA_ARRAY(c->scratch, form->count, struct form *);

    for (uint32_t i = 1; i < form->count; i++) {
        parts[i - 1] = compile_build(c, form, "(clojure.core/lazy-seq %f)", form->items[i]);
    }
    return compile_build(c, form, "(clojure.core/concat %s)", parts, form->count - 1);
}

const struct compile_macro_entry compile_macro_sequence[] = {
    {"for", 2, 2, expand_for},
    {"doseq", 1, -1, expand_doseq},
    {"dotimes", 1, -1, expand_dotimes},
    {"lazy-cat", 0, -1, expand_lazy_cat},
    {0},
};
