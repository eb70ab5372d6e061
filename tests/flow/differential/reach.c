#include "tests/flow/differential/reach.h"

#include "base/map.h"
#include "base/memory.h"
#include "flow/compile.h"
#include "flow/form.h"
#include "flow/opcode.h"
#include "flow/reader.h"

#include <stdio.h>

enum { COUNTS_MAX = 24 };

/* How an entry can be called, from one vector of its arglists; max -1: with any number more. */
struct arity {
    int min, max;
};

/* An entry, or a macro or special form, and the numbers of arguments that it was called with. */
struct callee {
    const struct core_entry *entry; /* NULL for a macro or special form */
    struct text name;
    uint32_t counts; /* bit n: called with n arguments; the last bit: with that many or more */
    bool named;
};

struct reach {
    const struct core *core;
    struct callee *callees;
    size_t count;
    struct map by_name;
};

/* Filled by the opcode loop (VM_LOOP_COUNTS). */
uint64_t reach_opcodes[256];

/* What Clojure does not have, so that there is nothing to compare with. */
static bool is_our_own(struct text name)
{
    static const char *const prefixes[] = {"breyta.", "json/", "weir.", "flow/"};

    for (size_t i = 0; i < ARRAY_COUNT(prefixes); i++) {
        if (text_starts_with(name, text_from(prefixes[i]))) return true;
    }
    return false;
}

static void add_callee(struct reach *reach, struct text name, const struct core_entry *entry)
{
    struct callee *callee = &reach->callees[reach->count++];

    *callee = (struct callee){.entry = entry, .name = name};
    map_put(&reach->by_name, name, callee);
}

struct reach *reach_new(const struct core *core)
{
    struct reach *reach = MEMORY_NEW(struct reach);
    const struct core_entry *entry;
    const char *name;
    size_t count = 0;

    while (core_entry(core, count)) {
        count++;
    }
    for (size_t i = 0; compile_macro_name(i); i++) {
        count++;
    }
    for (size_t i = 0; compile_special_name(i); i++) {
        count++;
    }
    reach->core = core;
    reach->callees = memory_array(count, sizeof(*reach->callees));
    for (size_t i = 0; (entry = core_entry(core, i)) != NULL; i++) {
        if (!entry->internal && !is_our_own(entry->name)) add_callee(reach, entry->name, entry);
    }
    for (size_t i = 0; (name = compile_macro_name(i)) != NULL; i++) {
        add_callee(reach, text_from(name), NULL);
    }
    for (size_t i = 0; (name = compile_special_name(i)) != NULL; i++) {
        add_callee(reach, text_from(name), NULL);
    }
    return reach;
}

void reach_free(struct reach *reach)
{
    map_done(&reach->by_name);
    memory_free(reach->callees);
    memory_free(reach);
}

static struct callee *find_callee(struct reach *reach, const struct form *symbol)
{
    const struct core_entry *entry = core_find(reach->core, symbol->ns, symbol->name);

    return map_find(&reach->by_name, entry ? entry->name : symbol->name);
}

/* Forms are nested LIMIT_READER_DEPTH deep at most. */
static void walk(struct reach *reach, const struct form *form)
{
    struct callee *callee = form->kind == FORM_SYMBOL ? find_callee(reach, form) : NULL;

    if (callee) callee->named = true;
    if (form->kind < FORM_LIST || form->kind > FORM_MAP) return;
    for (uint32_t i = 0; i < form->count; i++) {
        walk(reach, form->items[i]);
    }
    if (form->kind != FORM_LIST || form->count == 0) return;
    if (form->items[0]->kind != FORM_SYMBOL) return;
    callee = find_callee(reach, form->items[0]);
    if (callee) callee->counts |= 1u << MIN(form->count - 1, (uint32_t)COUNTS_MAX);
}

void reach_add(struct reach *reach, struct text expression)
{
    struct arena arena CLEANUP(arena_done) = {0};
    struct reader reader;
    struct error unused;
    struct form *form;

    arena_init(&arena, 0);
    if (!reader_init(&reader, &arena, expression, &unused)) return;
    if (reader_next(&reader, &form, &unused) != READER_FORM) return;
    walk(reach, form);
}

/* The next vector of the arglists, "[x]" or "[x & more]": how many it takes. */
static bool next_arity(struct text *arglists, struct arity *out)
{
    struct text names, name;

    text_cut(arglists, '[');
    if (arglists->len == 0) return false;
    names = text_cut(arglists, ']');
    *out = (struct arity){0};
    while (names.len > 0) {
        name = text_cut(&names, ' ');
        if (text_equal(name, TEXT("&"))) {
            out->max = -1;
            return true;
        }
        out->max = ++out->min;
    }
    return true;
}

/* Calls with each number of arguments that the arity takes; where any number may follow, one with
 * more than the least. */
static bool is_reached(const struct callee *callee, struct arity arity)
{
    uint32_t most = arity.max < 0 ? COUNTS_MAX : (uint32_t)arity.max;

    for (uint32_t count = (uint32_t)arity.min; count <= most; count++) {
        bool called = (callee->counts & (1u << count)) != 0;

        if (arity.max >= 0 && !called) return false;
        if (arity.max < 0 && called && count > (uint32_t)arity.min) return true;
    }
    return arity.max >= 0;
}

static size_t report_arity(const struct callee *callee, struct arity arity)
{
    size_t missing = 0;

    if (arity.max < 0 && !(callee->counts & (1u << arity.min))) {
        printf("nothing calls " TEXT_FMT " with %d arguments\n", TEXT_ARG(callee->name), arity.min);
        missing++;
    }
    if (is_reached(callee, arity)) return missing;
    printf("nothing calls " TEXT_FMT " with %d to %d arguments\n", TEXT_ARG(callee->name),
           arity.min, arity.max < 0 ? COUNTS_MAX : arity.max);
    return missing + 1;
}

/* A native says itself how many it takes, each number of which counts. */
static size_t report_entry(const struct callee *callee)
{
    const struct core_entry *entry = callee->entry;
    struct text arglists = entry->arglists;
    struct arity arity;
    size_t missing = 0;

    if (entry->value.type == VALUE_NATIVE) {
        arity = (struct arity){entry->native->args_min, entry->native->args_max};
        return report_arity(callee, arity);
    }
    while (next_arity(&arglists, &arity)) {
        missing += report_arity(callee, arity);
    }
    return missing;
}

static size_t report_opcodes(void)
{
    size_t missing = 0;

    for (size_t i = 0; i < OPCODE_COUNT; i++) {
        // flow calls end an expression; other tests have flows
        bool flow = text_starts_with(text_from(opcode_table[i].name), TEXT("FLOW_"));

        if (flow || reach_opcodes[i] > 0) continue;
        printf("nothing runs the instruction %s\n", opcode_table[i].name);
        missing++;
    }
    return missing;
}

size_t reach_report(const struct reach *reach)
{
    size_t missing = report_opcodes();

    for (size_t i = 0; i < reach->count; i++) {
        const struct callee *callee = &reach->callees[i];
        bool called = callee->entry && (callee->entry->value.type == VALUE_NATIVE ||
                                        callee->entry->arglists.len > 0);

        if (called) {
            missing += report_entry(callee);
        } else if (!callee->named) {
            printf("nothing uses " TEXT_FMT "\n", TEXT_ARG(callee->name));
            missing++;
        }
    }
    return missing;
}
