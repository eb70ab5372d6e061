/*
 * Body: walks code with its local names, so that a shadowed name is not taken for the core
 * function. Quoted data, (comment …) and case constants are not code. Recursion follows the forms,
 * whose depth the reader bounds.
 *
 * What macros bind where is known here as far as it matters: too large a scope only makes the lint
 * say less.
 */
#include "flow/lint_internal.h"

static void walk_form(struct lint *lint, const struct form *form, const struct lint_scope *locals);
static void walk_call(struct lint *lint, const struct form *form, const struct lint_scope *locals,
                      bool threaded);
static void check_call(struct lint *lint, const struct form *form, const struct lint_scope *locals);

/* Names */

static bool is_local(const struct lint_scope *locals, const struct form *symbol)
{
    if (symbol->ns.ptr) return false;
    for (; locals; locals = locals->outer) {
        if (text_equal(locals->name, symbol->name)) return true;
    }
    return false;
}

/* The name in clojure.core that the symbol means here, or absent. */
static struct text core_name(const struct form *form, const struct lint_scope *locals)
{
    if (form->kind != FORM_SYMBOL || is_local(locals, form)) return TEXT_NONE;
    if (form->ns.ptr && !text_equal(form->ns, TEXT("clojure.core"))) return TEXT_NONE;
    return form->name;
}

/* A name that is bound again is not added again, so that a scope is no longer than it has names;
 * but where one of the two is a known function. */
static const struct lint_scope *add_function(struct lint *lint, const struct lint_scope *locals,
                                             struct text name, const struct form *function)
{
    for (const struct lint_scope *known = locals; known; known = known->outer) {
        if (!text_equal(known->name, name)) continue;
        if (!function && !known->function) return locals;
        break;
    }
    struct lint_scope *added = ARENA_NEW(lint->arena, struct lint_scope);

    *added = (struct lint_scope){name, function, locals};
    return added;
}

static const struct lint_scope *add_local(struct lint *lint, const struct lint_scope *locals,
                                          struct text name)
{
    return add_function(lint, locals, name, NULL);
}

static bool is_one_of(struct text name, const char *const *names)
{
    for (size_t i = 0; name.ptr && names[i]; i++) {
        if (text_equal(name, text_from(names[i]))) return true;
    }
    return false;
}

/* Patterns */

static const struct lint_scope *bind(struct lint *lint, const struct form *pattern,
                                     const struct lint_scope *locals);

/* {:keys [a b] :as m :or {…}} and {pattern :key} */
static const struct lint_scope *bind_map(struct lint *lint, const struct form *pattern,
                                         const struct lint_scope *locals)
{
    static const char *const lists[] = {"keys", "syms", "strs", NULL};
    const struct form *defaults = NULL;

    for (uint32_t i = 0; i + 1 < pattern->count; i += 2) {
        const struct form *key = pattern->items[i], *value = pattern->items[i + 1];

        if (key->kind == FORM_KEYWORD && is_one_of(key->name, lists)) {
            for (uint32_t k = 0; k < value->count; k++) {
                locals = add_local(lint, locals, value->items[k]->name);
            }
        } else if (form_is_keyword(key, "as")) {
            locals = bind(lint, value, locals);
        } else if (form_is_keyword(key, "or")) {
            defaults = value;
        } else {
            locals = bind(lint, key, locals);
        }
    }
    for (uint32_t i = 1; defaults && i < defaults->count; i += 2) {
        walk_form(lint, defaults->items[i], locals);
    }
    return locals;
}

static const struct lint_scope *bind(struct lint *lint, const struct form *pattern,
                                     const struct lint_scope *locals)
{
    if (pattern->kind == FORM_SYMBOL) {
        return form_is_symbol(pattern, "&") ? locals : add_local(lint, locals, pattern->name);
    }
    if (pattern->kind == FORM_MAP) return bind_map(lint, pattern, locals);
    for (uint32_t i = 0; pattern->kind == FORM_VECTOR && i < pattern->count; i++) {
        locals = bind(lint, pattern->items[i], locals);
    }
    return locals;
}

static bool is_function(const struct form *value, const struct lint_scope *locals)
{
    if (value->kind != FORM_LIST || value->count == 0) return false;
    struct text name = core_name(value->items[0], locals);

    return name.ptr && (text_equal(name, TEXT("fn")) || text_equal(name, TEXT("fn*")));
}

/* [a 1 b 2], and in for and doseq :let [c 3] :when x. */
static const struct lint_scope *bind_pairs(struct lint *lint, const struct form *vector,
                                           const struct lint_scope *locals)
{
    for (uint32_t i = 0; i + 1 < vector->count; i += 2) {
        const struct form *pattern = vector->items[i], *value = vector->items[i + 1];

        if (form_is_keyword(pattern, "let") && value->kind == FORM_VECTOR) {
            locals = bind_pairs(lint, value, locals);
            continue;
        }
        walk_form(lint, value, locals);
        if (pattern->kind == FORM_SYMBOL && is_function(value, locals)) {
            locals = add_function(lint, locals, pattern->name, value);
        } else if (pattern->kind != FORM_KEYWORD) {
            locals = bind(lint, pattern, locals);
        }
    }
    return locals;
}

/* Sequences of forms */

static void check_unreachable(struct lint *lint, const struct form *form, uint32_t from,
                              const struct lint_scope *locals)
{
    for (uint32_t i = from; i + 1 < form->count; i++) {
        const struct form *item = form->items[i];

        if (item->kind != FORM_LIST || item->count == 0) continue;
        const struct form *head = item->items[0];
        bool ends = text_equal(core_name(head, locals), TEXT("throw")) ||
                    (head->kind == FORM_SYMBOL && text_equal(head->ns, TEXT("flow")) &&
                     text_equal(head->name, TEXT("restart")));

        if (!ends) continue;
        lint_warn(lint, "unreachable_code", form->items[i + 1], ":flow",
                  "Remove it, or put the form before it under a condition.",
                  "nothing reaches this form: the one before it never returns");
        return;
    }
}

static void walk_items(struct lint *lint, const struct form *form, uint32_t from,
                       const struct lint_scope *locals)
{
    for (uint32_t i = from; i < form->count; i++) {
        walk_form(lint, form->items[i], locals);
    }
}

static void walk_body(struct lint *lint, const struct form *form, uint32_t from,
                      const struct lint_scope *locals)
{
    check_unreachable(lint, form, from, locals);
    walk_items(lint, form, from, locals);
}

/* Binding forms */

static void walk_do(struct lint *lint, const struct form *form, const struct lint_scope *locals)
{
    walk_body(lint, form, 1, locals);
}

static void walk_when(struct lint *lint, const struct form *form, const struct lint_scope *locals)
{
    if (form->count > 1) walk_form(lint, form->items[1], locals);
    walk_body(lint, form, 2, locals);
}

static void walk_let(struct lint *lint, const struct form *form, const struct lint_scope *locals)
{
    if (form->count < 2 || form->items[1]->kind != FORM_VECTOR) {
        walk_items(lint, form, 1, locals);
        return;
    }
    walk_body(lint, form, 2, bind_pairs(lint, form->items[1], locals));
}

/* ([a b] …) or, in a list, one of several arities. */
static void walk_arity(struct lint *lint, const struct form *form, uint32_t at,
                       const struct lint_scope *locals)
{
    if (at >= form->count || form->items[at]->kind != FORM_VECTOR) {
        walk_items(lint, form, at, locals);
        return;
    }
    walk_body(lint, form, at + 1, bind(lint, form->items[at], locals));
}

static void walk_fn(struct lint *lint, const struct form *form, const struct lint_scope *locals)
{
    uint32_t at = 1;

    if (form->count > 1 && form->items[1]->kind == FORM_SYMBOL) {
        locals = add_local(lint, locals, form->items[1]->name);
        at = 2;
    }
    if (at < form->count && form->items[at]->kind == FORM_VECTOR) {
        walk_arity(lint, form, at, locals);
        return;
    }
    for (uint32_t i = at; i < form->count; i++) {
        if (form->items[i]->kind == FORM_LIST) walk_arity(lint, form->items[i], 0, locals);
    }
}

static void walk_letfn(struct lint *lint, const struct form *form, const struct lint_scope *locals)
{
    const struct form *vector = form->count > 1 ? form->items[1] : NULL;

    if (!vector || vector->kind != FORM_VECTOR) {
        walk_items(lint, form, 1, locals);
        return;
    }
    for (uint32_t i = 0; i < vector->count; i++) {
        const struct form *fn = vector->items[i];

        if (fn->kind == FORM_LIST && fn->count > 0) {
            locals = add_function(lint, locals, fn->items[0]->name, fn);
        }
    }
    for (uint32_t i = 0; i < vector->count; i++) {
        if (vector->items[i]->kind == FORM_LIST) walk_arity(lint, vector->items[i], 1, locals);
    }
    walk_body(lint, form, 2, locals);
}

static void walk_catch(struct lint *lint, const struct form *form, const struct lint_scope *locals)
{
    if (form->count < 3) return;
    walk_body(lint, form, 3, bind(lint, form->items[2], locals)); // the class is no code
}

static void walk_as(struct lint *lint, const struct form *form, const struct lint_scope *locals)
{
    if (form->count > 1) walk_form(lint, form->items[1], locals);
    if (form->count > 2) locals = bind(lint, form->items[2], locals);
    walk_items(lint, form, 3, locals);
}

/* (case x constant result … default) */
static void walk_case(struct lint *lint, const struct form *form, const struct lint_scope *locals)
{
    if (form->count > 1) walk_form(lint, form->items[1], locals);
    for (uint32_t i = 3; i < form->count; i += 2) {
        walk_form(lint, form->items[i], locals);
    }
    if (form->count > 2 && form->count % 2 == 1) {
        walk_form(lint, form->items[form->count - 1], locals);
    }
}

/* Where a threading form puts what came before. In as->, cond-> and cond->> not every form gets it.
 */
enum threads { THREADS_NONE, THREADS_FIRST, THREADS_LAST };

static enum threads threads_of(const struct form *head)
{
    static const char *const first[] = {"->", "some->", "doto", NULL};
    static const char *const last[] = {"->>", "some->>", NULL};

    if (is_one_of(head->name, first)) return THREADS_FIRST;
    return is_one_of(head->name, last) ? THREADS_LAST : THREADS_NONE;
}

/* The call that a threading form makes of item: with one more argument. */
static const struct form *thread(struct lint *lint, const struct form *item,
                                 const struct form *before, enum threads threads)
{
    struct form *call = arena_copy(lint->arena, item, sizeof(*item));
    bool is_call = item->kind == FORM_LIST;
    uint32_t count = is_call ? item->count : 1;
    uint32_t at = threads == THREADS_FIRST ? 1 : count;

    call->kind = FORM_LIST;
    call->count = count + 1;
    call->items = ARENA_ARRAY(lint->arena, count + 1, struct form *);
    for (uint32_t i = 0; i < count; i++) {
        call->items[i < at ? i : i + 1] = is_call ? item->items[i] : (struct form *)item;
    }
    call->items[at] = (struct form *)before;
    return call;
}

/* (-> x (f a) g): the forms behind the first get another argument. */
static void walk_threading(struct lint *lint, const struct form *form,
                           const struct lint_scope *locals)
{
    enum threads threads = threads_of(form->items[0]);
    const struct form *before = form->count > 1 ? form->items[1] : NULL;

    for (uint32_t i = 1; i < form->count; i++) {
        const struct form *item = form->items[i];
        bool is_call = item->kind == FORM_LIST && item->count > 0;

        if (i > 1 && is_call) {
            walk_call(lint, item, locals, true);
        } else {
            walk_form(lint, item, locals);
        }
        if (i == 1 || threads == THREADS_NONE || (!is_call && item->kind != FORM_SYMBOL)) continue;
        const struct form *call = thread(lint, item, before, threads);

        check_call(lint, call, locals);
        before = text_equal(form->items[0]->name, TEXT("doto")) ? before : call;
    }
}

static void walk_nothing(struct lint *lint, const struct form *form,
                         const struct lint_scope *locals)
{
    (void)lint;
    (void)form;
    (void)locals;
}

static const struct {
    const char *name;
    void (*walk)(struct lint *lint, const struct form *form, const struct lint_scope *locals);
} special[] = {
    {"quote", walk_nothing},    {"comment", walk_nothing},   {"do", walk_do},
    {"when", walk_when},        {"when-not", walk_when},     {"let", walk_let},
    {"let*", walk_let},         {"loop", walk_let},          {"loop*", walk_let},
    {"for", walk_let},          {"doseq", walk_let},         {"dotimes", walk_let},
    {"if-let", walk_let},       {"if-some", walk_let},       {"when-let", walk_let},
    {"when-some", walk_let},    {"when-first", walk_let},    {"fn", walk_fn},
    {"fn*", walk_fn},           {"letfn", walk_letfn},       {"catch", walk_catch},
    {"as->", walk_as},          {"case", walk_case},         {"->", walk_threading},
    {"->>", walk_threading},    {"some->", walk_threading},  {"some->>", walk_threading},
    {"cond->", walk_threading}, {"cond->>", walk_threading}, {"doto", walk_threading},
};

/* Style and other checks of one place */

static void check_transform(struct lint *lint, const struct form *symbol,
                            const struct lint_scope *locals)
{
    static const char *const names[] = {"map",    "mapv",   "mapcat", "filter",       "filterv",
                                        "remove", "reduce", "keep",   "keep-indexed", NULL};
    struct text name = core_name(symbol, locals);

    if (!lint->in_body || !is_one_of(name, names)) return;
    diagnostic_add(lint->diagnostics, lint->options.strict ? DIAGNOSTIC_ERROR : DIAGNOSTIC_WARNING,
                   "prohibited_orchestration_transform", symbol, ":flow",
                   "Move the transform into a :function step; use for to run steps over items.",
                   TEXT_FMT " transforms data in the orchestration", TEXT_ARG(name));
}

static void check_threading(struct lint *lint, const struct form *head, struct text name)
{
    static const char *const names[] = {"->>",    "as->",    "some->", "some->>",
                                        "cond->", "cond->>", NULL};

    if (!lint->in_body || !is_one_of(name, names)) return;
    diagnostic_add(lint->diagnostics, lint->options.strict ? DIAGNOSTIC_ERROR : DIAGNOSTIC_WARNING,
                   "unsupported_visual_flow_form", head, ":flow",
                   "Write it with ->, let or an explicit if.",
                   "a picture of the flow cannot show " TEXT_FMT, TEXT_ARG(name));
}

static void check_range(struct lint *lint, const struct form *form, struct text name)
{
    if (form->count != 1 || !name.ptr || !text_equal(name, TEXT("range"))) return;
    lint_warn(lint, "sandbox_unbounded_range", form, lint->in_body ? ":flow" : ":functions",
              "Give it an end: (range n).", "(range) has no end");
}

/* Flow calls */

static void check_callback(struct lint *lint, const struct form *form)
{
    if (form->count != 2) return; // the compiler says what it takes
    struct text name = form_name(form->items[1]);

    if (form->items[1]->kind != FORM_SYMBOL && name.ptr) {
        lint_note(lint, &lint->callbacks, name, form->items[1]);
    }
}

static void check_flow_call(struct lint *lint, const struct form *form)
{
    const struct form *head = form->items[0];

    if (head->kind != FORM_SYMBOL || !lint->in_body || !text_equal(head->ns, TEXT("flow"))) return;
    if (text_equal(head->name, TEXT("step"))) lint_step(lint, form);
    if (text_equal(head->name, TEXT("callback"))) check_callback(lint, form);
    lint_call(lint, form);
}

/* (flow/each {:concurrency n} [x xs] body) binds as for does; the options may be left out. */
static bool walk_each(struct lint *lint, const struct form *form, const struct lint_scope *locals)
{
    const struct form *head = form->items[0];

    if (!text_equal(head->ns, TEXT("flow")) || !text_equal(head->name, TEXT("each")) ||
        form->count < 2) {
        return false;
    }
    uint32_t at = form->items[1]->kind == FORM_VECTOR ? 1 : 2;

    if (form->count <= at || form->items[at]->kind != FORM_VECTOR) return false;
    if (at == 2) walk_form(lint, form->items[1], locals);
    walk_body(lint, form, at + 1, bind_pairs(lint, form->items[at], locals));
    return true;
}

static bool is_special(struct text name)
{
    for (size_t i = 0; name.ptr && i < ARRAY_COUNT(special); i++) {
        if (text_equal(name, text_from(special[i].name))) return true;
    }
    return false;
}

/* What can be said of a call that a threading form makes, whose parts are walked where they stand.
 */
static void check_call(struct lint *lint, const struct form *form, const struct lint_scope *locals)
{
    check_flow_call(lint, form);
    if (!is_special(core_name(form->items[0], locals))) lint_arity(lint, form, locals);
}

static void walk_call(struct lint *lint, const struct form *form, const struct lint_scope *locals,
                      bool threaded)
{
    const struct form *head = form->items[0];
    struct text name = core_name(head, locals);

    if (!threaded) check_flow_call(lint, form);
    check_threading(lint, head, name);
    for (size_t i = 0; name.ptr && i < ARRAY_COUNT(special); i++) {
        if (!text_equal(name, text_from(special[i].name))) continue;
        special[i].walk(lint, form, locals);
        return;
    }
    if (!threaded) {
        check_range(lint, form, name);
        lint_arity(lint, form, locals);
    }
    if (head->kind == FORM_SYMBOL && walk_each(lint, form, locals)) return;
    walk_items(lint, form, 0, locals);
}

static void walk_form(struct lint *lint, const struct form *form, const struct lint_scope *locals)
{
    switch (form->kind) {
    case FORM_SYMBOL: check_transform(lint, form, locals); break;
    case FORM_VECTOR:
    case FORM_MAP:
    case FORM_SET: walk_items(lint, form, 0, locals); break;
    case FORM_LIST:
        if (form->count > 0) walk_call(lint, form, locals, false);
        break;
    default: break;
    }
}

void lint_body_function(struct lint *lint, const struct form *code)
{
    bool in_body = lint->in_body;

    lint->in_body = false;
    walk_form(lint, code, NULL);
    lint->in_body = in_body;
}

void lint_body(struct lint *lint)
{
    const struct definition *definition = lint->definition;

    lint->in_body = true;
    walk_form(lint, definition->body, NULL);
    for (uint32_t i = 0; i < definition->function_count; i++) {
        const struct definition_function *function = &definition->functions[i];

        if (!function->code) continue;
        lint_arity_input(
            lint, function->code,
            arena_printf(lint->arena, ":functions :" TEXT_FMT " :code", TEXT_ARG(function->id))
                .ptr);
        lint_body_function(lint, function->code);
    }
}
