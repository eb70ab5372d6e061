#include "flow/compile.h"

/*
 * Flow calls about runs and time: flow/call-flow and flow/restart, whose arguments are checked as
 * far as they are written out; flow/elapsed? and flow/backoff, which are core functions over values
 * that the journal records.
 */
static bool is_literal(const struct form *form)
{
    return form->kind != FORM_SYMBOL && form->kind != FORM_LIST;
}

static bool check_map(struct compile *c, const struct form *form, const char *what)
{
    if (!is_literal(form) || form->kind == FORM_MAP || form->kind == FORM_NIL) return true;
    compile_error(c, form, "the %s is a map", what);
    return error_hint(c->err, "Write a map, such as {:order-id 7}, or what makes one.");
}

/* An error at the call: what it takes, and how it is written. */
static bool misused(struct compile *c, const struct form *form, const char *what, const char *hint)
{
    compile_error(c, form, "%s", what);
    return error_hint(c->err, "Write %s.", hint);
}

bool compile_flow_run_call(struct compile *c, const struct form *form)
{
    if (form->count != 3 && form->count != 4) {
        return misused(c, form, "flow/call-flow takes a flow, its input and maybe options",
                       "(flow/call-flow :invoice {:order-id 7} {:timeout \"1h\"})");
    }
    const struct form *slug = form->items[1];

    if (is_literal(slug) && slug->kind != FORM_KEYWORD && slug->kind != FORM_STRING) {
        return misused(c, slug, "the flow to call is named by its slug",
                       "(flow/call-flow :invoice {:order-id 7})");
    }
    if (!check_map(c, form->items[2], "input of flow/call-flow")) return false;
    if (form->count == 4) {
        return check_map(c, form->items[3], "third argument of flow/call-flow") &&
               compile_flow_emit(c, form, OP_FLOW_CALL);
    }
    struct form *head = form->items[0], *whole[4] = {head, form->items[1], form->items[2], NULL};

    whole[3] = compile_build(c, form, "nil");
    return compile_flow_emit(c, compile_build_list(c, form, FORM_LIST, whole, 4), OP_FLOW_CALL);
}

bool compile_flow_run_restart(struct compile *c, const struct form *form)
{
    if (form->count != 2) {
        return misused(c, form, "flow/restart takes the input of the next run",
                       "(flow/restart (assoc (flow/input) :page 2))");
    }
    if (c->in_branch) {
        compile_error(c, form,
                      "flow/restart cannot be called in a branch of flow/parallel, flow/each or "
                      "flow/poll: it ends the whole run");
        error_hint(c->err, "Let the branch answer what is to come, and restart after the call.");
        return false;
    }
    return check_map(c, form->items[1], "input of flow/restart") &&
           compile_flow_emit(c, form, OP_FLOW_RESTART);
}

bool compile_flow_run_elapsed(struct compile *c, const struct form *form)
{
    if (form->count != 3) {
        return misused(c, form, "flow/elapsed? takes when it began, by flow/now-ms, and how long",
                       "(flow/elapsed? started \"10m\")");
    }
    struct form *call = compile_build(c, form, "(weir.core/elapsed? %f %f (flow/now-ms))",
                                      form->items[1], form->items[2]);

    return compile_form(c, call, false);
}

bool compile_flow_run_backoff(struct compile *c, const struct form *form)
{
    if (form->count != 2 && form->count != 3) {
        return misused(c, form, "flow/backoff takes the number of the attempt and maybe options",
                       "(flow/backoff attempt {:base \"1s\" :max \"5m\"})");
    }
    struct form *options = form->count == 3 ? form->items[2] : compile_build(c, form, "nil");
    struct form *plan = compile_build_gensym(c, form);
    struct form *call = compile_build(
        c, form,
        "(let* [%f (weir.core/backoff-plan %f %f)]"
        " (weir.core/backoff-ms %f (if (weir.core/backoff-jitters? %f) (flow/random) nil)))",
        plan, form->items[1], options, plan, plan);

    return compile_form(c, call, false);
}
