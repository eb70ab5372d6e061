#pragma once

#include "base/limits.h"
#include "flow/core.h"
#include "flow/form.h"
#include "flow/image.h"
#include "flow/opcode.h"

/*
 * Compile: forms to code. One pass, recursive over forms (the nesting of forms and of what macros
 * make of them is bounded by LIMIT_COMPILE_DEPTH). This header is for the compile_*.c files and the
 * tests; everybody else uses vm.h.
 *
 * The compiler knows at each instruction how many values the frame holds (`unit->depth`), so a
 * local variable is simply the stack slot that its value was pushed to; every form leaves exactly
 * one value.
 *
 * All functions that answer bool write c->err, with position, on failure.
 */
enum compile_mode {
    COMPILE_BODY,       /* a flow's body: flow calls allowed */
    COMPILE_FUNCTION,   /* a :function's code: pure */
    COMPILE_EXPRESSION, /* weir eval: pure */
    COMPILE_PRELUDE,
};

struct local {
    struct text name;
    uint32_t slot;
    bool is_double; /* compile_double.c */
};

/* Where recur goes. */
struct recur_target {
    uint32_t slot, count, pc;
};

/* One (fn …): what its arities share. */
struct compile_function {
    struct text self; /* its own name, or absent */
    struct capture *captures;
    size_t capture_count, capture_capacity;
    bool effectful;
};

/* One arity that is being compiled. */
struct unit {
    struct unit *parent;
    struct compile_function *function;
    struct local *locals;
    size_t local_count, local_capacity;
    uint32_t *words;
    size_t word_count, word_capacity;
    struct region *regions;
    size_t region_count, region_capacity;
    struct line_entry *lines;
    size_t line_count, line_capacity;
    uint32_t depth, max_depth;
    const struct recur_target *recur; /* NULL: there is none */
    bool recur_cut_by_try;            /* for the message */
};

/* What one error more is told to; false: the next one ends the compilation. */
typedef bool compile_on_error(const struct error *err, struct text meant, void *ctx);

struct compile {
    const struct core *core;
    struct image *image;
    struct arena *scratch; /* forms that macros make; gone after the compilation */
    struct error *err;
    enum compile_mode mode;
    struct unit *unit;
    uint32_t nesting;
    uint32_t gensym;
    /* When set, errors go there and the compilation goes on behind the form, with nil in its place:
     * all that is wrong is said at once, and the image is of no use. */
    compile_on_error *on_error;
    struct text meant; /* by the unknown symbol that is the error, if it is one; else absent */
    void *error_ctx;
    bool has_enough;   /* errors */
    bool in_branch;    /* inside of flow/parallel and its like */
    int finally_depth; /* of finally clauses inside of each other */
};

void compile_init(struct compile *c, const struct core *core, struct image *image,
                  struct arena *scratch, enum compile_mode mode, struct error *err);

/* True, or E_ARENA_BUDGET: what was compiled so far is of no use then. */
bool compile_has_room(struct compile *c) MUST_CHECK;

/* Code that leaves the form's value. tail: recur may stand here. */
bool compile_form(struct compile *c, const struct form *form, bool tail) MUST_CHECK;
/* (do …) of the items; nil when there are none. */
bool compile_do(struct compile *c, struct form *const *items, uint32_t count, bool tail) MUST_CHECK;
/* An E_COMPILE error at the form. */
bool compile_error(struct compile *c, const struct form *at, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* True, or an error: the call has between min and max arguments (max -1: no bound). */
bool compile_check_args(struct compile *c, const struct form *call, int min, int max) MUST_CHECK;
/* After an error: true when it was handed over, so that the caller can go on as if there was none.
 */
bool compile_recover(struct compile *c) MUST_CHECK;
/* True when the form is a constant; then *out is its value, made in the image's static heap. */
bool compile_constant(struct compile *c, const struct form *form, struct value *out);

/* compile_special.c: special forms. NULL when the symbol is none where it stands: those that are
 * macros in Clojure can be shadowed by locals. */
typedef bool compile_special(struct compile *c, const struct form *form, bool tail);
compile_special *compile_special_find(const struct compile *c, const struct form *symbol);
/* Those that a flow may not have: whether it is one; says so, and answers false. */
bool compile_special_is_refused(compile_special *special);
bool compile_special_refuse(struct compile *c, const struct form *at, struct text name);
const char *compile_special_name(size_t index); /* for core_nearest(); NULL at the end */
const char *compile_special_refused(
    size_t index); /* "def": known to be an error; NULL at the end */

/* compile_function.c: prototypes. */
bool compile_function_fn(struct compile *c, const struct form *form, bool tail) MUST_CHECK;
bool compile_function_letfn(struct compile *c, const struct form *form, bool tail) MUST_CHECK;
/* A closure of no arguments over the body: lazy-seq, delay. */
bool compile_function_thunk(struct compile *c, const struct form *form, struct form *const *body,
                            uint32_t count) MUST_CHECK;
/* Fills the prototype of a (fn …) form that stands alone: function code, prelude definitions. */
bool compile_function_top(struct compile *c, const struct form *form, struct prototype *out)
    MUST_CHECK;
/* The prototype of no arguments of a body. */
bool compile_function_body(struct compile *c, const struct form *body, struct prototype *out)
    MUST_CHECK;
/* The constant that stands for a prototype: a function without captured values. */
struct value compile_function_value(struct image *image, const struct prototype *prototype);

/* compile_destructure.c: binds the pattern to the value that was pushed last. */
bool compile_destructure(struct compile *c, const struct form *pattern) MUST_CHECK;

/* compile_branch.c: if, cond, and, or, case. */
compile_special compile_branch_if, compile_branch_cond, compile_branch_and, compile_branch_or,
    compile_branch_case;

/* compile_try.c */
bool compile_try(struct compile *c, const struct form *form, bool tail) MUST_CHECK;

/* compile_flow.c: (flow/… …). */
bool compile_flow_is(const struct form *symbol);
bool compile_flow(struct compile *c, const struct form *form) MUST_CHECK;
const char *compile_flow_name(size_t index); /* "step": those there are; NULL at the end */
/* The arguments, then the instruction at which the VM stops. */
bool compile_flow_emit(struct compile *c, const struct form *form, enum opcode op) MUST_CHECK;

/* compile_flow_run.c: flow/call-flow, flow/restart; flow/elapsed? and flow/backoff. */
bool compile_flow_run_call(struct compile *c, const struct form *form) MUST_CHECK;
bool compile_flow_run_restart(struct compile *c, const struct form *form) MUST_CHECK;
bool compile_flow_run_elapsed(struct compile *c, const struct form *form) MUST_CHECK;
bool compile_flow_run_backoff(struct compile *c, const struct form *form) MUST_CHECK;

/* compile_fork.c: flow/parallel, flow/each, flow/poll. Names of the calls that only they make. */
#define COMPILE_FORK_SCOPE " scope"
#define COMPILE_FORK_PASS  " pass"
bool compile_fork_parallel(struct compile *c, const struct form *form) MUST_CHECK;
bool compile_fork_each(struct compile *c, const struct form *form) MUST_CHECK;
bool compile_fork_poll(struct compile *c, const struct form *form) MUST_CHECK;
/* Whether the form is the map of options of flow/parallel: it has no other keys. */
bool compile_fork_is_options(const struct form *form);

/* compile_near.c: the one known name that the symbol is near to, or absent. */
struct text compile_near(const struct compile *c, const struct form *symbol);
/* Whether a namespace may be meant for json. */
bool compile_near_is_json(struct text ns);

/* compile_call.c: symbols and calls. */
bool compile_call(struct compile *c, const struct form *form) MUST_CHECK;
bool compile_call_symbol(struct compile *c, const struct form *symbol) MUST_CHECK;
/* A call of a core function with `count` arguments that were pushed already. */
void compile_call_core(struct compile *c, const char *name, uint32_t count);

/* compile_unknown.c: the error for a name that means nothing; with what may be meant. False. */
bool compile_unknown(struct compile *c, const struct form *symbol);

/* compile_double.c: doubles that are known to be some; (/ a b …) with one of them. */
bool compile_double_is(const struct compile *c, const struct form *form);
bool compile_double_divides(const struct compile *c, const struct form *form);

/* compile_macro*.c: rewriters. Writes the expansion; *out NULL when the symbol names no macro. */
typedef struct form *compile_macro(struct compile *c, const struct form *form);

struct compile_macro_entry {
    const char *name;
    int8_t args_min, args_max;
    compile_macro *expand; /* NULL after it has set c->err */
};

extern const struct compile_macro_entry compile_macro_flow[];     /* compile_macro_flow.c */
extern const struct compile_macro_entry compile_macro_sequence[]; /* compile_macro_sequence.c */
const struct compile_macro_entry *compile_macro_find(const struct form *symbol);
const char *compile_macro_name(size_t index); /* for core_nearest(); NULL at the end */

/* compile_build.c: forms from a template: (build "(let* [%f %f] %s)", a, b, items, count).
 * %f a form; %s items and their uint32_t count, spliced in. Symbols, keywords, small integers, nil,
 * true, false stand as they are. The new forms have at's position. */
struct form *compile_build(struct compile *c, const struct form *at, const char *fmt, ...);
struct form *compile_build_list(struct compile *c, const struct form *at, enum form_kind kind,
                                struct form *const *items, uint32_t count);
struct form *compile_build_symbol(struct compile *c, const struct form *at, const char *name);
/* A symbol that no program can contain. */
struct form *compile_build_gensym(struct compile *c, const struct form *at);

/* compile_emit.c: instructions. */
uint32_t compile_emit(struct compile *c, enum opcode op, int32_t a); /* the word's index */
void compile_emit_word(struct compile *c, uint32_t word);
void compile_emit_at(struct compile *c, const struct form *form); /* position of what follows */
void compile_emit_constant(struct compile *c, struct value value);
/* A jump to a place that compile_emit_label() names later. */
uint32_t compile_emit_jump(struct compile *c, enum opcode op);
void compile_emit_label(struct compile *c, uint32_t jump);
void compile_emit_jump_back(struct compile *c, uint32_t pc);
uint32_t compile_emit_pc(const struct compile *c);
void compile_emit_depth(struct compile *c, uint32_t depth); /* at the join of branches */
void compile_emit_region(struct compile *c, struct region region);

/* compile_liveness.c: the last use of each local takes it out of its slot. start_depth: the slots
 * that are filled where the code begins. */
void compile_liveness(struct compile *c, uint32_t start_depth);

/* compile_peephole.c: shortens the jumps of a finished unit and finds its last calls. */
void compile_peephole(struct unit *unit);

/* scope.c: names. */
enum scope_kind { SCOPE_NONE, SCOPE_LOCAL, SCOPE_CAPTURE, SCOPE_SELF };

struct scope_place {
    enum scope_kind kind;
    uint32_t index;
};

/* Finds an unqualified name; captures it into the functions between. */
struct scope_place scope_find(struct compile *c, struct text name);
/* As scope_find(), without capturing. */
bool scope_has(const struct compile *c, struct text name);
/* Whether the name is bound to what compile_double_is() was true of. */
bool scope_is_double(const struct compile *c, struct text name);
void scope_mark_double(struct compile *c); /* the local that was bound last is */
/* The value pushed last is called `name` from now on. */
void scope_bind(struct compile *c, struct text name);
void scope_bind_slot(struct compile *c, struct text name, uint32_t slot);

/* A block: what is bound and pushed in it goes with scope_leave(), which keeps the value on top. */
struct scope_block {
    size_t local_count;
    uint32_t depth;
};

struct scope_block scope_enter(const struct compile *c);
void scope_leave(struct compile *c, struct scope_block block);
