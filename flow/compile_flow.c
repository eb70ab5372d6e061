#include "flow/compile.h"
#include "flow/near.h"

/*
 * Flow calls: each is an instruction at which the VM stops or answers. A function that contains one
 * is effectful. They are no values: where a flow call stands is part of the flow's address space.
 */
static bool compile_args(struct compile *c, const struct form *form)
{
    for (uint32_t i = 1; i < form->count; i++) {
        if (!compile_form(c, form->items[i], false)) return false;
    }
    return true;
}

bool compile_flow_emit(struct compile *c, const struct form *form, enum opcode op)
{
    if (!compile_args(c, form)) return false;
    c->unit->function->effectful = true;
    compile_emit_at(c, form);
    compile_emit(c, op, 0);
    return true;
}

static bool is_packaged(const struct form *form)
{
    return form->count > 2 && form->items[1]->kind == FORM_KEYWORD && form->items[1]->ns.len > 0;
}

/* (flow/step :ns/name {…}) as (flow/step :ns/name :name {…}); arguments behind the input are
 * dropped, as the lint says. */
static const struct form *full_call(struct compile *c, const struct form *form)
{
    const struct form *type = form->items[1];
    struct form *id = arena_copy(c->scratch, type, sizeof(*type));
    bool has_id = form->count > 3;

    id->ns = TEXT_NONE;
    id->hash = 0;
    return compile_build_list(c, form, FORM_LIST,
                              (struct form *const[]){form->items[0], form->items[1],
                                                     has_id ? form->items[2] : id,
                                                     form->items[has_id ? 3 : 2]},
                              4);
}

static bool check_step(struct compile *c, const struct form *form)
{
    if (form->count != 4) {
        return compile_error(c, form,
                             "flow/step takes a type, a step id and a config map: "
                             "(flow/step :http :fetch {…})");
    }
    const struct form *id = form->items[2];
    bool literal = id->kind != FORM_SYMBOL && id->kind != FORM_LIST;

    if (literal && id->kind != FORM_KEYWORD && id->kind != FORM_STRING) {
        return compile_error(c, id, "a step id is a keyword");
    }
    return true;
}

typedef bool compiler(struct compile *c, const struct form *form);

static const struct {
    const char *name;
    enum opcode op; /* OPCODE_COUNT: see compile */
    int args;
    compiler *compile;
} calls[] = {
    {"step", OP_FLOW_STEP, 3, NULL},
    {"input", OP_FLOW_INPUT, 0, NULL},
    {"callback", OP_FLOW_CALLBACK, 1, NULL},
    {"now-ms", OP_FLOW_NOW, 0, NULL},
    {"uuid", OP_FLOW_UUID, 0, NULL},
    {"random", OP_FLOW_RANDOM, 0, NULL},
    {"parallel", OPCODE_COUNT, 0, compile_fork_parallel},
    {"each", OPCODE_COUNT, 0, compile_fork_each},
    {"poll", OPCODE_COUNT, 0, compile_fork_poll},
    {"call-flow", OPCODE_COUNT, 0, compile_flow_run_call},
    {"restart", OPCODE_COUNT, 0, compile_flow_run_restart},
    {"elapsed?", OPCODE_COUNT, 0, compile_flow_run_elapsed},
    {"backoff", OPCODE_COUNT, 0, compile_flow_run_backoff},
    {"slot-bound?", OP_FLOW_SLOT, 1, NULL},
    // what expansions are made of: no program can write these names
    {COMPILE_FORK_SCOPE, OP_FLOW_SCOPE, 0, NULL},
    {COMPILE_FORK_PASS, OP_FLOW_PASS, 3, NULL},
};

const char *compile_flow_name(size_t index)
{
    for (size_t i = 0; i < ARRAY_COUNT(calls); i++) {
        if (calls[i].name[0] != ' ' && index-- == 0) return calls[i].name;
    }
    return NULL;
}

bool compile_flow_is(const struct form *symbol)
{
    return text_equal(symbol->ns, TEXT("flow"));
}

/* What others have as calls of their own. */
static bool is_step_type(struct text name)
{
    static const char *const types[] = {"http", "function", "kv", "sleep", "wait", "approval"};

    for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
        if (text_equal(name, text_from(types[i]))) return true;
    }
    return false;
}

static bool unknown(struct compile *c, const struct form *head)
{
    const char *best = NULL;
    size_t best_distance = head->name.len < 5 ? 2 : 3; // farther is another word
    struct near near;

    near_init(&near, head->name);
    for (size_t i = 0; i < ARRAY_COUNT(calls); i++) {
        size_t distance = text_distance(head->name, text_from(calls[i].name), best_distance + 1);

        if (calls[i].name[0] == ' ') continue;
        near_consider(&near, text_from(calls[i].name));
        if (distance >= best_distance + 1) continue;
        best = calls[i].name;
        best_distance = distance;
    }
    c->meant = near_get(&near);
    if (c->meant.ptr) c->meant = arena_printf(c->scratch, "flow/" TEXT_FMT, TEXT_ARG(c->meant));
    error_set(c->err, E_UNKNOWN_SYMBOL, "unknown symbol flow/" TEXT_FMT, TEXT_ARG(head->name));
    if (is_step_type(head->name)) {
        error_hint(c->err, "That is a step: (flow/step :" TEXT_FMT " :step-id {…}).",
                   TEXT_ARG(head->name));
    } else if (best) {
        error_hint(c->err, "Did you mean `flow/%s`?", best);
    } else {
        error_hint(c->err, "There are flow/step, flow/input, flow/callback, flow/parallel, "
                           "flow/each, flow/poll, flow/call-flow, flow/restart, flow/now-ms, "
                           "flow/elapsed?, flow/backoff, flow/slot-bound?, flow/uuid and "
                           "flow/random.");
    }
    return error_at(c->err, (int)head->line, (int)head->column);
}

bool compile_flow(struct compile *c, const struct form *form)
{
    const struct form *head = form->items[0];
    size_t i = 0;

    while (i < ARRAY_COUNT(calls) && !text_equal(head->name, text_from(calls[i].name))) {
        i++;
    }
    if (i == ARRAY_COUNT(calls)) return unknown(c, head);
    if (c->mode != COMPILE_BODY) {
        compile_error(c, form,
                      "flow/%s cannot be called here: only the body of a flow makes flow "
                      "calls",
                      calls[i].name);
        error_hint(
            c->err, "%s",
            c->mode == COMPILE_EXPRESSION
                ? "Flow calls need a run: put them into a flow file, push it and run it on a "
                  "server (weir flows push FILE --release, weir flows run SLUG)."
                : "Functions are pure; pass what they need as input.");
        return false;
    }
    if (calls[i].compile) return calls[i].compile(c, form);
    if (calls[i].op == OP_FLOW_STEP && is_packaged(form)) form = full_call(c, form);
    if (calls[i].op == OP_FLOW_STEP && !check_step(c, form)) return false;
    if ((int)form->count - 1 != calls[i].args) {
        return compile_error(c, form, "flow/%s takes %d argument%s, not %u", calls[i].name,
                             calls[i].args, calls[i].args == 1 ? "" : "s", form->count - 1);
    }
    return compile_flow_emit(c, form, calls[i].op);
}
