/*
 * Syntax tree: tokens to nodes. The open nodes are the parents of the last one, so the tree itself
 * is the stack.
 */
#include "flow/syntax_tree.h"

#include "base/assert.h"
#include "flow/reader_token.h"

struct building {
    struct syntax_tree *tree;
    struct arena *arena;
    uint32_t capacity;
    uint32_t open; /* the innermost node that is not complete */
};

/* Questions */

struct text syntax_tree_text(const struct syntax_tree *tree, uint32_t index)
{
    return text_slice(tree->source, tree->nodes[index].from, tree->nodes[index].to);
}

uint32_t syntax_tree_columns(struct text text)
{
    uint32_t columns = 0;

    for (size_t i = 0; i < text.len; i++) {
        columns += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
    }
    return columns;
}

uint32_t syntax_tree_child(const struct syntax_tree *tree, uint32_t index)
{
    return tree->nodes[index].end > index + 1 ? index + 1 : 0;
}

uint32_t syntax_tree_next(const struct syntax_tree *tree, uint32_t index)
{
    const struct syntax_node *node = &tree->nodes[index];

    return node->end < tree->nodes[node->parent].end ? node->end : 0;
}

static bool is_discard(const struct syntax_tree *tree, uint32_t index)
{
    return tree->nodes[index].kind == SYNTAX_PREFIX &&
           text_equal(syntax_tree_text(tree, index), TEXT("#_"));
}

bool syntax_tree_is_form(const struct syntax_tree *tree, uint32_t index)
{
    return tree->nodes[index].kind != SYNTAX_COMMENT && !is_discard(tree, index);
}

/* Whether the prefix is a word, which needs something between itself and another word. */
static bool is_tag(struct text prefix)
{
    if (prefix.len < 2 || prefix.ptr[0] != '#') return false;
    return prefix.ptr[1] == '\0' || !strchr("_^'=?:", prefix.ptr[1]);
}

uint32_t syntax_tree_prefix_gap(const struct syntax_tree *tree, uint32_t prefix, uint32_t child)
{
    const struct syntax_node *node = &tree->nodes[child];
    struct text text = syntax_tree_text(tree, prefix);
    bool spaced = node->gap > 0 || node->breaks > 0 || node->comma;

    if (node->kind == SYNTAX_COMMENT) return 1;
    if (is_tag(text)) return spaced;
    if (text_equal(text, TEXT("#_"))) return spaced && node->breaks == 0;
    // ~ @x unquotes a deref, ~@x splices
    return text_equal(text, TEXT("~")) && tree->source.ptr[node->from] == '@';
}

/* Building */

static uint32_t add_node(struct building *building, enum syntax_kind kind,
                         const struct reader_token *token)
{
    struct syntax_tree *tree = building->tree;

    if (tree->count == building->capacity) {
        uint32_t capacity = building->capacity ? building->capacity * 2 : 256;
        struct syntax_node *nodes =
            arena_try(building->arena, (size_t)capacity * sizeof(struct syntax_node));

        if (!nodes) return UINT32_MAX;
        if (tree->count > 0) memcpy(nodes, tree->nodes, tree->count * sizeof(*nodes));
        tree->nodes = nodes;
        building->capacity = capacity;
    }
    tree->nodes[tree->count] = (struct syntax_node){
        .kind = kind,
        .from = (uint32_t)token->from,
        .to = (uint32_t)token->to,
        .parent = building->open,
        .breaks = token->breaks,
        .gap = token->gap,
        .comma = token->comma,
    };
    return tree->count++;
}

/* How many forms a prefix takes. */
static uint32_t wanted(const struct syntax_tree *tree, uint32_t prefix)
{
    struct text text = syntax_tree_text(tree, prefix);

    return text.ptr[text.len - 1] == '^' ? 2 : 1;
}

/* The open node is complete: its end is known, and its parent is the open one. */
static void complete(struct building *building)
{
    struct syntax_tree *tree = building->tree;
    uint32_t index = building->open;
    struct syntax_node *node = &tree->nodes[index];

    node->end = tree->count;
    building->open = node->parent;
    tree->nodes[node->parent].forms += syntax_tree_is_form(tree, index);
}

/* After a form: a prefix that has all that it takes is complete too. */
static void complete_prefixes(struct building *building)
{
    struct syntax_tree *tree = building->tree;

    while (tree->nodes[building->open].kind == SYNTAX_PREFIX &&
           tree->nodes[building->open].forms >= wanted(tree, building->open)) {
        complete(building);
    }
}

static enum syntax_kind bracket_kind(char close)
{
    if (close == ')') return SYNTAX_LIST;
    return close == ']' ? SYNTAX_VECTOR : SYNTAX_MAP;
}

static bool close_bracket(struct building *building, const struct reader_token *token)
{
    struct syntax_tree *tree = building->tree;

    while (tree->nodes[building->open].kind == SYNTAX_PREFIX) {
        complete(building); // #?@ gave it less than it looks like
    }
    if (tree->nodes[building->open].close != tree->source.ptr[token->from]) return false;
    complete(building);
    complete_prefixes(building);
    return true;
}

static bool add_token(struct building *building, const struct reader_token *token)
{
    static const enum syntax_kind kinds[] = {
        [READER_TOKEN_ATOM] = SYNTAX_ATOM,
        [READER_TOKEN_COMMENT] = SYNTAX_COMMENT,
        [READER_TOKEN_PREFIX] = SYNTAX_PREFIX,
    };
    struct syntax_tree *tree = building->tree;
    bool opens = token->kind == READER_TOKEN_OPEN;
    char close = opens ? reader_token_closer(tree->source, token) : '\0';
    uint32_t index = add_node(building, opens ? bracket_kind(close) : kinds[token->kind], token);

    if (index == UINT32_MAX) return false;
    tree->nodes[index].close = close;
    building->open = index;
    if (opens || token->kind == READER_TOKEN_PREFIX) return true;
    complete(building);
    complete_prefixes(building);
    return true;
}

/* Widths */

/* Adds a child to the width of what holds it. */
static void widen(struct syntax_tree *tree, uint32_t index)
{
    const struct syntax_node *node = &tree->nodes[index];
    struct syntax_node *parent = &tree->nodes[node->parent];
    bool first = node->parent + 1 == index;
    bool broken = node->width == SYNTAX_BROKEN || (node->breaks > 0 && !first);
    uint32_t gap = first ? 0 : 1;

    if (first && parent->kind == SYNTAX_PREFIX) {
        gap = syntax_tree_prefix_gap(tree, node->parent, index);
    }
    if (node->comma && !first) gap++;
    if (parent->width != SYNTAX_BROKEN) {
        parent->width = broken ? SYNTAX_BROKEN : parent->width + gap + node->width;
    }
}

/* Backwards, so that a node is complete before it is added to its parent. */
static void measure(struct syntax_tree *tree)
{
    for (uint32_t i = 1; i < tree->count; i++) {
        struct syntax_node *node = &tree->nodes[i];
        struct text text = syntax_tree_text(tree, i);
        bool broken = node->kind == SYNTAX_COMMENT || text_index_of_char(text, '\n') >= 0 ||
                      text_index_of_char(text, '\r') >= 0;
        const struct syntax_node *parent = &tree->nodes[node->parent];
        bool last = node->end == parent->end && node->parent > 0;

        node->width = broken ? SYNTAX_BROKEN : syntax_tree_columns(text) + (node->close != 0);
        node->behind = last ? parent->behind + (parent->close != 0) : 0;
    }
    for (uint32_t i = tree->count; i-- > 1;) {
        widen(tree, i);
    }
}

bool syntax_tree_read(struct syntax_tree *tree, struct arena *arena, struct text source,
                      struct error *err)
{
    struct building building = {.tree = tree, .arena = arena};
    struct reader_token token = {0};

    ASSERT(source.len < UINT32_MAX);
    *tree = (struct syntax_tree){.source = source};
    bool room = add_node(&building, SYNTAX_ROOT, &token) == 0;

    for (token = reader_token_next(source, 0); room && token.kind != READER_TOKEN_END;
         token = reader_token_next(source, token.to)) {
        if (token.kind != READER_TOKEN_CLOSE) {
            room = add_token(&building, &token);
        } else if (!close_bracket(&building, &token)) {
            return error_set(err, E_DELIMITERS, "a bracket at byte %zu closes nothing", token.from);
        }
    }
    if (!room) {
        return error_set(err, E_ARENA_BUDGET,
                         "the source needs more memory than this request may use");
    }
    while (tree->nodes[building.open].kind == SYNTAX_PREFIX) {
        complete(&building);
    }
    if (building.open != 0) {
        return error_set(err, E_DELIMITERS, "a bracket at byte %u is not closed",
                         tree->nodes[building.open].from);
    }
    tree->nodes[0].end = tree->count;
    measure(tree);
    return true;
}
