/*
 * Format: one walk over the tree. For each node: end the brackets that do not hold it, decide what
 * stands before it (nothing, spaces, or a line break and an indentation), write its token.
 *
 * That formatting twice is formatting once rests on this: a line break is decided by the source's
 * own breaks, or, in a bracket that has none in all of its subtree, by its column and its width.
 * Either way the break is in the output, so the second time it is one of the source's own, and
 * nothing else depends on how it came about.
 */
#include "flow/syntax_format.h"

#include "base/assert.h"
#include "base/limits.h"
#include "flow/reader.h"
#include "flow/reader_token.h"
#include "flow/syntax_style.h"

#define LINE_COLUMNS   100
#define KEY_COLUMNS    40 /* a longer key has no part in a column of values */
#define BLANK_INSIDE   1
#define BLANK_TOP      2
#define BYTES_PER_BYTE 512         /* of memory, for a byte of the source: forms, then nodes */
#define BYTES_LEAST    (1UL << 30) /* what syntax-quotes may grow to, amply */

/* A node that is open. Columns are counted from 0. */
struct frame {
    uint32_t node;
    struct syntax_style style;
    uint32_t start;    /* of its first character */
    uint32_t content;  /* behind the opening token */
    uint32_t argument; /* where the second child stands on the first one's line; 0: it does not */
    uint32_t forms;    /* written so far */
    uint32_t children; /* the same with what is discarded */
    uint32_t key_columns; /* of the longest key, when values stand in a column; else 0 */
    uint32_t child_line;  /* where the last child began */
    bool started;         /* something was written, if only a comment */
    bool breaking;        /* too long for its line */
    bool body_broken;     /* the first form of the body begins a line */
    bool tall;            /* the last child takes several lines */
    bool key_leads;       /* the last child is a key that begins a line … */
    uint32_t key_width;   /* … this wide */
};

struct format {
    const struct syntax_tree *tree;
    struct arena *arena;
    struct buf *out;
    struct frame *frames;
    size_t frame_count, frame_capacity;
    uint32_t column, line;
    uint32_t locked;    /* nodes before this one stay on their line: a key */
    bool after_comment; /* the line must end */
};

static const struct syntax_node *node_of(const struct format *format, uint32_t index)
{
    return &format->tree->nodes[index];
}

static struct frame *top(const struct format *format)
{
    return &format->frames[format->frame_count - 1];
}

/* Output */

static void put_spaces(struct format *format, uint32_t count)
{
    char *room = buf_reserve(format->out, count);

    if (!room) return;
    memset(room, ' ', count);
    buf_commit(format->out, count);
    format->column += count;
}

static void put_token(struct format *format, struct text token)
{
    size_t line_start = 0;

    for (size_t i = 0; i < token.len; i++) {
        bool lone_return = token.ptr[i] == '\r' && (i + 1 == token.len || token.ptr[i + 1] != '\n');

        if (token.ptr[i] != '\n' && !lone_return) continue;
        format->line++;
        format->column = 0;
        line_start = i + 1;
    }
    buf_text(format->out, token);
    format->column += syntax_tree_columns(text_slice(token, line_start, token.len));
}

static void put_line(struct format *format, uint32_t blank, uint32_t column)
{
    for (uint32_t i = 0; i <= blank; i++) {
        buf_char(format->out, '\n');
    }
    format->line += blank + 1;
    format->column = 0;
    format->after_comment = false;
    put_spaces(format, column);
}

/* Indentation */

/* The column of a line that begins inside of the frame, before its next form. */
static uint32_t indentation(const struct format *format, const struct frame *frame)
{
    enum syntax_kind kind = node_of(format, frame->node)->kind;
    uint32_t call = frame->argument ? frame->argument : frame->content;
    uint32_t body = frame->content + 1;

    if (kind == SYNTAX_ROOT) return 0;
    if (kind == SYNTAX_PREFIX) return frame->start;
    if (frame->children == 0) return frame->content;
    switch (frame->style.indent) {
    case SYNTAX_INDENT_CONTENT: return frame->content;
    case SYNTAX_INDENT_CALL: return call;
    case SYNTAX_INDENT_INNER: return body;
    case SYNTAX_INDENT_BODY: break;
    }
    if (frame->forms <= frame->style.special) {
        return frame->argument ? frame->argument : frame->content + 3;
    }
    return frame->body_broken || frame->forms == frame->style.special + 1 ? body : call;
}

/* Line breaks */

static bool fits(const struct format *format, uint32_t column, uint32_t index)
{
    const struct syntax_node *node = node_of(format, index);

    return (uint64_t)column + node->width + node->behind <= LINE_COLUMNS;
}

/* Whether the bracket about to be opened here is too long for its line. */
static bool too_long(const struct format *format, uint32_t index)
{
    const struct syntax_node *node = node_of(format, index);

    if (node->width == SYNTAX_BROKEN || index < format->locked) return false;
    return !fits(format, format->column, index);
}

static bool is_key(const struct frame *frame)
{
    return frame->style.pairs != SYNTAX_NO_PAIRS && frame->forms >= frame->style.pairs &&
           (frame->forms - frame->style.pairs) % 2 == 0;
}

/* Whether a line begins with the node, which is not the first child of the frame. */
static bool breaks_before(const struct format *format, const struct frame *frame, uint32_t index)
{
    if (format->after_comment) return true;
    if (!frame->breaking) return node_of(format, index)->breaks > 0;
    switch (frame->style.breaks) {
    case SYNTAX_BREAK_EACH: return frame->forms >= frame->style.from;
    case SYNTAX_BREAK_PAIRS: return frame->children > 0 && is_key(frame);
    case SYNTAX_BREAK_FILL: break;
    }
    if (frame->children < frame->style.from) return false;
    return frame->tall || !fits(format, format->column + 1, index);
}

/* Columns of values */

/* Counts the pairs of a bracket whose keys begin lines: the longest key, how many are shorter, and
 * after how many of those the value stands two spaces or more away. */
struct column_count {
    uint32_t longest, shorter, apart;
};

static void count_pair(const struct format *format, uint32_t key, uint32_t value, uint32_t longest,
                       struct column_count *count)
{
    const struct syntax_node *k = node_of(format, key), *v = node_of(format, value);

    if (k->width > KEY_COLUMNS || v->breaks > 0) return;
    if (longest == 0) {
        count->longest = MAX(count->longest, k->width);
    } else if (k->width < longest) {
        count->shorter++;
        count->apart += v->gap > 1;
    }
}

static void count_pairs(const struct format *format, uint32_t index, uint32_t pairs,
                        uint32_t longest, struct column_count *count)
{
    const struct syntax_tree *tree = format->tree;
    uint32_t position = 0;

    for (uint32_t at = syntax_tree_child(tree, index), next; at; at = next) {
        bool key = position >= pairs && (position - pairs) % 2 == 0;
        bool leads = tree->nodes[at].breaks > 0 || position == pairs;

        next = syntax_tree_next(tree, at);
        if (!syntax_tree_is_form(tree, at)) continue;
        position++;
        if (key && leads && next && syntax_tree_is_form(tree, next)) {
            count_pair(format, at, next, longest, count);
        }
    }
}

/* The width of the column of keys when the values stand in one in the source, more or less; 0 when
 * they do not. */
static uint32_t key_columns(const struct format *format, uint32_t index, uint32_t pairs)
{
    struct column_count count = {0};

    if (pairs == SYNTAX_NO_PAIRS || node_of(format, index)->width != SYNTAX_BROKEN) return 0;
    count_pairs(format, index, pairs, 0, &count);
    if (count.longest == 0) return 0;
    count_pairs(format, index, pairs, count.longest, &count);
    return count.shorter > 0 && count.apart * 2 >= count.shorter ? count.longest : 0;
}

/* Nodes */

/* How many spaces stand before a node on the line of the one before it. */
static uint32_t gap_before(const struct format *format, const struct frame *frame, uint32_t index)
{
    const struct syntax_node *node = node_of(format, index);

    if (node->kind == SYNTAX_COMMENT) return MAX(node->gap, 1);
    if (frame->key_columns == 0 || !frame->key_leads) return 1;
    return frame->key_columns - MIN(frame->key_width, frame->key_columns) + 1;
}

static void put_before(struct format *format, struct frame *frame, uint32_t index)
{
    const struct syntax_node *node = node_of(format, index);
    enum syntax_kind kind = node_of(format, frame->node)->kind;
    bool key = syntax_tree_is_form(format->tree, index) && is_key(frame);
    bool breaks = frame->started && breaks_before(format, frame, index);

    if (frame->started && node->comma && !format->after_comment) put_token(format, TEXT(","));
    if (breaks) {
        uint32_t most = kind == SYNTAX_ROOT ? BLANK_TOP : BLANK_INSIDE;
        uint32_t blank = node->breaks > 1 ? MIN(node->breaks - 1, most) : 0;

        if (frame->forms == frame->style.special + 1) frame->body_broken = true;
        put_line(format, blank, indentation(format, frame));
    } else if (frame->started) {
        put_spaces(format, gap_before(format, frame, index));
    } else if (kind == SYNTAX_PREFIX) {
        put_spaces(format, syntax_tree_prefix_gap(format->tree, frame->node, index));
    }
    if (node->kind != SYNTAX_COMMENT) {
        if (frame->children == 1 && !breaks) frame->argument = format->column;
        if (key && node->width <= KEY_COLUMNS) {
            format->locked = MAX(format->locked, node->end);
        }
        frame->key_leads =
            key && node->width <= KEY_COLUMNS && (breaks || frame->forms == frame->style.pairs);
        frame->key_width = node->width;
    }
    frame->started = true;
    frame->child_line = format->line;
}

/* The frame has one child more. */
static void count_child(struct format *format, uint32_t index)
{
    struct frame *frame = top(format);

    if (node_of(format, index)->kind == SYNTAX_COMMENT) return;
    frame->children++;
    frame->forms += syntax_tree_is_form(format->tree, index);
    frame->tall = frame->child_line != format->line;
    if (!syntax_tree_is_form(format->tree, index)) frame->key_leads = false;
}

static void open_node(struct format *format, uint32_t index)
{
    static const struct syntax_style none = {.pairs = SYNTAX_NO_PAIRS};
    const struct syntax_node *node = node_of(format, index);
    const struct frame *parent = format->frame_count > 0 ? top(format) : NULL;
    struct frame frame = {
        .node = index,
        .style = syntax_style_of(format->tree, index, parent ? &parent->style : &none,
                                 parent ? parent->forms : 0),
        .start = format->column,
    };

    if (node->close) {
        frame.breaking = too_long(format, index);
        if (!frame.breaking) frame.key_columns = key_columns(format, index, frame.style.pairs);
    }
    if (node->kind == SYNTAX_PREFIX && parent &&
        node_of(format, parent->node)->kind == SYNTAX_PREFIX) {
        frame.start = parent->start; // one chain
    }
    put_token(format, syntax_tree_text(format->tree, index));
    frame.content = format->column;
    format->frames = arena_grow(format->arena, format->frames, format->frame_count,
                                &format->frame_capacity, sizeof(frame));
    format->frames[format->frame_count++] = frame;
}

static void close_node(struct format *format)
{
    const struct frame *frame = top(format);
    uint32_t index = frame->node;
    char close = node_of(format, index)->close;

    if (close) {
        if (format->after_comment) put_line(format, 0, indentation(format, frame));
        put_token(format, (struct text){&close, 1});
    }
    format->frame_count--;
    count_child(format, index);
}

static void put_node(struct format *format, uint32_t index)
{
    const struct syntax_node *node = node_of(format, index);

    while (node_of(format, top(format)->node)->end <= index) {
        close_node(format);
    }
    put_before(format, top(format), index);
    if (node->close || node->kind == SYNTAX_PREFIX) {
        open_node(format, index);
        return;
    }
    put_token(format, syntax_tree_text(format->tree, index));
    format->after_comment = node->kind == SYNTAX_COMMENT;
    count_child(format, index);
}

static void put_tree(struct format *format)
{
    const struct syntax_tree *tree = format->tree;
    const struct text mark = TEXT("\xef\xbb\xbf");

    if (text_starts_with(tree->source, mark)) {
        buf_text(format->out, mark);
    } else if (tree->count > 1 && text_starts_with(syntax_tree_text(tree, 1), mark)) {
        buf_char(format->out, ' '); // at the very start it would be no part of the name
    }
    open_node(format, 0);
    for (uint32_t i = 1; i < tree->count; i++) {
        put_node(format, i);
    }
    while (format->frame_count > 1) {
        close_node(format);
    }
    if (tree->count > 1) buf_char(format->out, '\n');
}

/* Checks */

/* Reads all of it, for the reader's word on what is wrong. */
static bool check_reads(struct arena *arena, struct text source, struct error *err)
{
    struct reader reader;
    struct form *form;
    enum reader_result result;

    if (!reader_init(&reader, arena, source, err)) return false;
    reader.flow_file = true;
    do {
        result = reader_next(&reader, &form, err);
    } while (result == READER_FORM);
    return result == READER_END;
}

/* The last line of defence: whatever the layout did, the tokens are those of the source. */
static bool same_tokens(struct text a, struct text b)
{
    struct reader_token x = {0}, y = {0};

    do {
        x = reader_token_next(a, x.to);
        y = reader_token_next(b, y.to);
        if (x.kind != y.kind) return false;
        if (!text_equal(text_slice(a, x.from, x.to), text_slice(b, y.from, y.to))) return false;
    } while (x.kind != READER_TOKEN_END);
    return true;
}

bool syntax_format(struct text source, struct buf *out, struct error *err)
{
    struct arena arena CLEANUP(arena_done) = {0};
    struct syntax_tree tree;
    size_t from = out->len;

    if (source.len > LIMIT_FLOW_FILE) {
        return error_set(err, E_TOO_LARGE, "the source has %zu bytes; at most %d are allowed",
                         source.len, LIMIT_FLOW_FILE);
    }
    arena_init(&arena, BYTES_LEAST + source.len * BYTES_PER_BYTE);
    if (!check_reads(&arena, source, err)) return false;
    arena_done(&arena);
    arena_init(&arena, BYTES_LEAST + source.len * BYTES_PER_BYTE);
    if (!syntax_tree_read(&tree, &arena, source, err)) return false;
    struct format format = {.tree = &tree, .arena = &arena, .out = out};

    put_tree(&format);
    if (same_tokens(source, text_slice(buf_get(out), from, out->len))) return true;
    out->len = from;
    return error_set(err, E_INTERNAL, "formatting would have changed more than white space");
}
