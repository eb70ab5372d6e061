/* Style: the table of names, and what brackets mean by where they stand. */
#include "flow/syntax_style.h"

#define NO_PAIRS SYNTAX_NO_PAIRS

/* The kinds of names: arguments, bindings, pairs. */
#define BODY(special)                                                                       \
    {                                                                                       \
        SYNTAX_INDENT_BODY, (special), SYNTAX_BREAK_EACH, (special) + 1, NO_PAIRS, 0, false \
    }
#define BINDS                                                           \
    {                                                                   \
        SYNTAX_INDENT_BODY, 1, SYNTAX_BREAK_EACH, 2, NO_PAIRS, 1, false \
    }
#define PAIRS(special)                                                                            \
    {                                                                                             \
        SYNTAX_INDENT_BODY, (special), SYNTAX_BREAK_PAIRS, (special) + 1, (special) + 1, 0, false \
    }
#define INNER                                                            \
    {                                                                    \
        SYNTAX_INDENT_INNER, 0, SYNTAX_BREAK_EACH, 2, NO_PAIRS, 0, false \
    }
#define CHAIN                                                           \
    {                                                                   \
        SYNTAX_INDENT_CALL, 0, SYNTAX_BREAK_EACH, 2, NO_PAIRS, 0, false \
    }

static const struct {
    const char *name;
    struct syntax_style style;
} table[] = {
    {"do", BODY(0)},
    {"try", BODY(0)},
    {"finally", BODY(0)},
    {"comment", BODY(0)},
    {"delay", BODY(0)},
    {"lazy-seq", BODY(0)},
    {"flow/parallel", BODY(0)},
    {"if", BODY(1)},
    {"if-not", BODY(1)},
    {"when", BODY(1)},
    {"when-not", BODY(1)},
    {"while", BODY(1)},
    {"doto", BODY(1)},
    {"flow/poll", BODY(1)},
    {"catch", BODY(2)},
    {"as->", BODY(2)},
    {"let", BINDS},
    {"let*", BINDS},
    {"loop", BINDS},
    {"loop*", BINDS},
    {"for", BINDS},
    {"doseq", BINDS},
    {"dotimes", BINDS},
    {"if-let", BINDS},
    {"if-some", BINDS},
    {"when-let", BINDS},
    {"when-some", BINDS},
    {"when-first", BINDS},
    {"cond", PAIRS(0)},
    {"case", PAIRS(1)},
    {"cond->", PAIRS(1)},
    {"cond->>", PAIRS(1)},
    {"condp", PAIRS(2)},
    {"fn", INNER},
    {"fn*", INNER},
    {"def", INNER},
    {"defn", INNER},
    {"defn-", INNER},
    {"letfn", {SYNTAX_INDENT_BODY, 1, SYNTAX_BREAK_EACH, 2, NO_PAIRS, 1, true}},
    {"flow/each", BINDS},
    {"->", CHAIN},
    {"->>", CHAIN},
    {"some->", CHAIN},
    {"some->>", CHAIN},
    {"and", CHAIN},
    {"or", CHAIN},
};

static const struct syntax_style call = {
    SYNTAX_INDENT_CALL, 0, SYNTAX_BREAK_FILL, 2, NO_PAIRS, 0, false,
};
static const struct syntax_style pairs = {
    SYNTAX_INDENT_CONTENT, 0, SYNTAX_BREAK_PAIRS, 0, 0, 0, false,
};

static const struct syntax_style *find(struct text name)
{
    struct text core = TEXT("clojure.core/");

    if (text_starts_with(name, core)) name = text_slice(name, core.len, name.len);
    for (size_t i = 0; i < ARRAY_COUNT(table); i++) {
        if (text_equal(name, text_from(table[i].name))) return &table[i].style;
    }
    return NULL;
}

/* The number of the first vector among the first forms, or 0. */
static uint32_t first_vector(const struct syntax_tree *tree, uint32_t list)
{
    uint32_t position = 0;

    for (uint32_t at = syntax_tree_child(tree, list); at && position < 4;
         at = syntax_tree_next(tree, at)) {
        if (tree->nodes[at].kind == SYNTAX_VECTOR) return position;
        position += syntax_tree_is_form(tree, at);
    }
    return 0;
}

static uint32_t first_form(const struct syntax_tree *tree, uint32_t list)
{
    uint32_t at = syntax_tree_child(tree, list);

    while (at && !syntax_tree_is_form(tree, at)) {
        at = syntax_tree_next(tree, at);
    }
    return at;
}

static bool holds_brackets(const struct syntax_tree *tree, uint32_t index)
{
    for (uint32_t at = syntax_tree_child(tree, index); at; at = syntax_tree_next(tree, at)) {
        if (tree->nodes[at].kind != SYNTAX_ATOM) return true;
    }
    return false;
}

static struct syntax_style list_style(const struct syntax_tree *tree, uint32_t index,
                                      const struct syntax_style *parent)
{
    uint32_t head = first_form(tree, index);
    struct syntax_style style = call;

    if (parent->letfn && parent->indent == SYNTAX_INDENT_CONTENT) { // (name [x] …)
        style = (struct syntax_style)INNER;
        style.from = first_vector(tree, index) + 1;
        return style;
    }
    if (!head) return style;
    if (tree->nodes[head].kind == SYNTAX_VECTOR) { // ([x] …)
        style.breaks = SYNTAX_BREAK_EACH;
        style.from = 1;
    }
    if (tree->nodes[head].kind != SYNTAX_ATOM) return style;
    struct text name = syntax_tree_text(tree, head);
    const struct syntax_style *known = find(name);
    uint32_t vector = first_vector(tree, index);

    if (!known) return style;
    style = *known;
    if (text_equal(name, TEXT("flow/each")) && vector == 2) { // behind its options
        style.special = style.bindings = 2;
        style.from = 3;
    }
    if (style.indent == SYNTAX_INDENT_INNER && vector > 0) style.from = vector + 1;
    return style;
}

struct syntax_style syntax_style_of(const struct syntax_tree *tree, uint32_t index,
                                    const struct syntax_style *parent, uint32_t position)
{
    const struct syntax_node *node = &tree->nodes[index];
    struct syntax_style style = {.pairs = NO_PAIRS, .from = 1};

    switch (node->kind) {
    case SYNTAX_LIST: {
        bool conditional = tree->nodes[node->parent].kind == SYNTAX_PREFIX &&
                           text_starts_with(syntax_tree_text(tree, node->parent), TEXT("#?"));

        return conditional ? pairs : list_style(tree, index, parent);
    }
    case SYNTAX_MAP:
        if (node->to - node->from == 1) return pairs;
        break;
    case SYNTAX_VECTOR:
        if (parent->bindings == 0 || parent->bindings != position) break;
        if (!parent->letfn) return pairs;
        style.letfn = true;
        break;
    default: return style;
    }
    if (holds_brackets(tree, index)) style.breaks = SYNTAX_BREAK_EACH;
    return style;
}
