#include "base/assert.h"
#include "base/limits.h"
#include "flow/compile.h"
#include "flow/pvec.h"

/*
 * Branches: (flow/parallel …), (flow/each …), (flow/poll …). Each branch becomes a function, which
 * the VM runs in a fiber of its own (fork.c).
 *
 *     parallel, each: options, keys or items, functions, then one instruction
 *     poll: a loop over passes; each is a branch, so that its calls have addresses of their own
 */
static bool is_key(const struct form *form, const char *name)
{
    return form->kind == FORM_KEYWORD && !form->ns.len && text_equal(form->name, text_from(name));
}

bool compile_fork_is_options(const struct form *form)
{
    if (form->kind != FORM_MAP || form->count == 0) return false;
    for (uint32_t i = 0; i < form->count; i += 2) {
        if (!is_key(form->items[i], "on-error") && !is_key(form->items[i], "concurrency")) {
            return false;
        }
    }
    return true;
}

/* What stands in a branch: it may not restart the run. */
static bool compile_branches(struct compile *c, struct form *const *forms, uint32_t count,
                             uint32_t step, bool thunks)
{
    bool outer = c->in_branch;
    bool ok = true;

    c->in_branch = true;
    for (uint32_t i = 0; ok && i < count; i += step) {
        ok = thunks ? compile_function_thunk(c, forms[i], &forms[i], 1)
                    : compile_form(c, forms[i], false);
    }
    c->in_branch = outer;
    return ok;
}

/* What is written out is checked here, so that the lint says it; fork.c checks what is computed. */
static bool check_option(struct compile *c, const struct form *key, const struct form *value)
{
    if (is_key(key, "concurrency")) {
        bool fits = value->kind != FORM_INT ||
                    (value->integer >= 1 && value->integer <= LIMIT_FORK_RUNNING);

        if (fits) return true;
        return compile_error(c, value, ":concurrency is a number from 1 to %d", LIMIT_FORK_RUNNING);
    }
    if (is_key(key, "on-error")) {
        bool fits =
            value->kind != FORM_KEYWORD || is_key(value, "fail") || is_key(value, "collect");

        if (fits) return true;
        return compile_error(c, value, ":on-error of branches is :fail or :collect");
    }
    return compile_error(c, key, "branches have the options :concurrency and :on-error");
}

static bool compile_options(struct compile *c, const struct form *options)
{
    for (uint32_t i = 0; options && options->kind == FORM_MAP && i + 1 < options->count; i += 2) {
        if (!check_option(c, options->items[i], options->items[i + 1])) return false;
    }
    if (options) return compile_form(c, options, false);
    compile_emit(c, OP_NIL, 0);
    return true;
}

static void emit_fork(struct compile *c, const struct form *form, enum opcode op)
{
    c->unit->function->effectful = true;
    compile_emit_at(c, form);
    compile_emit(c, op, 0);
}

/* The keys of the branches: parts of addresses, as step ids are. That each stands once the reader
 * has seen to. */
static bool compile_keys(struct compile *c, const struct form *branches)
{
    struct form **keys = ARENA_ARRAY(c->scratch, branches->count, struct form *);

    ASSERT(branches->count % 2 == 0); // the reader makes no other maps
    for (uint32_t i = 0; i < branches->count; i += 2) {
        const struct form *key = branches->items[i];

        if (key->kind != FORM_KEYWORD || key->ns.len || text_index_of_char(key->name, '#') >= 0 ||
            key->name.len > 128) {
            return compile_error(c, key,
                                 "the keys of flow/parallel are keywords: "
                                 "{:user (flow/step …) :orders (flow/step …)}");
        }
        keys[i / 2] = branches->items[i];
    }
    const struct form *vector =
        compile_build_list(c, branches, FORM_VECTOR, keys, branches->count / 2);
    struct value constant;
    bool ok = compile_constant(c, vector, &constant);

    ASSERT(ok); // of keywords
    compile_emit_constant(c, constant);
    return true;
}

bool compile_fork_parallel(struct compile *c, const struct form *form)
{
    const struct form *branches = form->count > 1 ? form->items[1] : NULL;
    const struct form *options = form->count > 2 ? form->items[2] : NULL;

    if (form->count == 3 && compile_fork_is_options(branches)) { // they may come first, too
        options = branches;
        branches = form->items[2];
    }
    if (!branches || form->count > 3 ||
        (branches->kind != FORM_VECTOR && branches->kind != FORM_MAP)) {
        return compile_error(c, form,
                             "flow/parallel takes a vector or a map of branches, then options: "
                             "(flow/parallel [a b] {:on-error :collect})");
    }
    bool keyed = branches->kind == FORM_MAP;
    uint32_t count = keyed ? branches->count / 2 : branches->count;

    if (!compile_options(c, options)) return false;
    if (!keyed) {
        compile_emit(c, OP_NIL, 0);
    } else if (!compile_keys(c, branches)) {
        return false;
    }
    if (!compile_branches(c, branches->items + keyed, branches->count - (keyed && count > 0),
                          keyed ? 2 : 1, true)) {
        return false;
    }
    compile_emit(c, OP_VECTOR, (int32_t)count);
    emit_fork(c, form, OP_FLOW_PARALLEL);
    return true;
}

bool compile_fork_each(struct compile *c, const struct form *form)
{
    uint32_t at = form->count > 1 && form->items[1]->kind == FORM_VECTOR ? 1 : 2;
    const struct form *binding = form->count > at ? form->items[at] : NULL;

    if (!binding || binding->kind != FORM_VECTOR || binding->count != 2) {
        return compile_error(c, form,
                             "flow/each takes options, one binding and a body: "
                             "(flow/each {:concurrency 5} [x xs] (flow/step …))");
    }
    struct form *function = compile_build(c, form, "(fn* [%f] %s)", binding->items[0],
                                          form->items + at + 1, form->count - at - 1);

    if (!compile_options(c, at == 2 ? form->items[1] : NULL)) return false;
    if (!compile_form(c, binding->items[1], false)) return false;
    if (!compile_branches(c, &function, 1, 1, false)) return false;
    emit_fork(c, form, OP_FLOW_EACH);
    return true;
}

/* A pass answers [value] when the poll is over, else [value start]: start is when it began. */
bool compile_fork_poll(struct compile *c, const struct form *form)
{
    if (form->count != 3) {
        return compile_error(c, form,
                             "flow/poll takes options and a step: "
                             "(flow/poll {:interval \"5s\" :return-on f} (flow/step …))");
    }
    struct form *scope = compile_build_symbol(c, form, "flow/" COMPILE_FORK_SCOPE);
    struct form *pass = compile_build_symbol(c, form, "flow/" COMPILE_FORK_PASS);
    struct form *plan = compile_build_gensym(c, form), *k = compile_build_gensym(c, form);
    struct form *i = compile_build_gensym(c, form), *start = compile_build_gensym(c, form);
    struct form *began = compile_build_gensym(c, form), *value = compile_build_gensym(c, form);
    struct form *result = compile_build_gensym(c, form);
    struct form *function = compile_build(
        c, form,
        "(fn* [] (let* [%f (if (weir.core/poll-starts? %f %f) (flow/now-ms) %f) %f %f]"
        " (if (weir.core/poll-ends? %f %f %f) [%f]"
        "  (do (flow/step :wait :poll-wait (clojure.core/hash-map :millis"
        "       (weir.core/poll-delay %f %f (if %f (clojure.core/- (flow/now-ms) %f) nil))))"
        "      [%f %f]))))",
        began, plan, i, start, value, form->items[2], plan, i, value, value, plan, i, began, began,
        value, began);
    struct form *loop =
        compile_build(c, form,
                      "(let* [%f (weir.core/poll-plan %f) %f (%f)]"
                      " (loop* [%f 1 %f nil]"
                      "  (let* [%f (%f %f %f %f)]"
                      "   (if (clojure.core/= (clojure.core/count %f) 1) (clojure.core/nth %f 0)"
                      "    (recur (clojure.core/inc %f) (clojure.core/nth %f 1))))))",
                      plan, form->items[1], k, scope, i, start, result, pass, k, i, function,
                      result, result, i, result);

    return compile_branches(c, &loop, 1, 1, false);
}
