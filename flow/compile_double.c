#include "flow/compile.h"

/*
 * Compile double: which expressions are doubles for Clojure's compiler, as it knows the primitive
 * types of literals, of locals bound to primitives, of casts, and of arithmetic on them. It matters
 * for one thing: where a double takes part whose type is known, zero divides as IEEE says, else it
 * is an error, as with integers.
 */
enum rule {
    RULE_ALWAYS, /* a cast, or a method that returns double */
    RULE_ANY,    /* when one argument is a double */
    RULE_ALL,    /* when all arguments are */
    RULE_LAST,   /* as the last form is */
    RULE_BRANCH, /* when both branches are */
};

static const struct {
    const char *name;
    enum rule rule;
} rules[] = {
    {"double", RULE_ALWAYS},
    {"float", RULE_ALWAYS},
    {"+", RULE_ANY},
    {"-", RULE_ANY},
    {"*", RULE_ANY},
    {"/", RULE_ANY},
    {"quot", RULE_ANY},
    {"rem", RULE_ANY},
    {"inc", RULE_ANY},
    {"dec", RULE_ANY},
    {"unchecked-add", RULE_ANY},
    {"unchecked-subtract", RULE_ANY},
    {"unchecked-multiply", RULE_ANY},
    {"max", RULE_ALL},
    {"min", RULE_ALL},
    {"Math/abs", RULE_ALL},
    {"Math/max", RULE_ALL},
    {"Math/min", RULE_ALL},
    {"do", RULE_LAST},
    {"if", RULE_BRANCH},
};

static bool follows(const struct compile *c, const struct form *form, enum rule rule)
{
    uint32_t count = 0;

    switch (rule) {
    case RULE_ALWAYS: return true;
    case RULE_LAST: return form->count > 1 && compile_double_is(c, form->items[form->count - 1]);
    case RULE_BRANCH:
        return form->count == 4 && compile_double_is(c, form->items[2]) &&
               compile_double_is(c, form->items[3]);
    case RULE_ANY:
    case RULE_ALL: break;
    }
    for (uint32_t i = 1; i < form->count; i++) {
        count += compile_double_is(c, form->items[i]);
    }
    return count > 0 && (rule == RULE_ANY || count == form->count - 1);
}

/* The methods of Math but those that return what they are given, or an integer. */
static bool is_double_method(struct text name)
{
    static const char *const others[] = {"Math/round", "Math/floorDiv", "Math/floorMod"};

    if (!text_starts_with(name, TEXT("Math/"))) return false;
    for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
        if (text_equal(name, text_from(others[i]))) return false;
    }
    return true;
}

/* Recursive on forms, whose depth is bounded. */
bool compile_double_is(const struct compile *c, const struct form *form)
{
    if (form->kind == FORM_DOUBLE) return true;
    if (form->kind == FORM_SYMBOL && !form->ns.len) return scope_is_double(c, form->name);
    if (form->kind == FORM_SYMBOL) { // a static field, such as Math/PI
        const struct core_entry *field = core_find(c->core, form->ns, form->name);

        return field && field->value.type == VALUE_DOUBLE;
    }
    if (form->kind != FORM_LIST || form->count == 0) return false;
    const struct form *head = form->items[0];

    if (head->kind != FORM_SYMBOL || (!head->ns.len && scope_has(c, head->name))) return false;
    const struct core_entry *entry = core_find(c->core, head->ns, head->name);
    struct text name = entry ? entry->name : head->name;

    for (size_t i = 0; i < ARRAY_COUNT(rules); i++) {
        if (text_equal(name, text_from(rules[i].name))) return follows(c, form, rules[i].rule);
    }
    return is_double_method(name);
}

bool compile_double_divides(const struct compile *c, const struct form *form)
{
    const struct form *head = form->items[0];
    bool core = !head->ns.len || text_equal(head->ns, TEXT("clojure.core"));

    if (!core || !text_equal(head->name, TEXT("/")) || form->count < 3) return false;
    return follows(c, form, RULE_ANY);
}
