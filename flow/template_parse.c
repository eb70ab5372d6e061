/*
 * The text of a template to a program. One pass: a tag is read, checked and emitted before the next
 * one is looked for; blocks that are open stand on a stack of fixed height.
 *
 * A block is compiled to jumps. Each of its arms ({{#if a}}, {{else if b}}, {{else}}) begins with
 * an instruction that jumps to the next arm, and ends with a jump to the end; those are chained
 * through their targets until the end is known.
 */
#include "flow/template_internal.h"

#include <string.h>

#define NO_TARGET  UINT32_MAX
#define WORD_SHOWN 40 /* characters of a word in a message */

static const char *const block_names[] = {
    [TEMPLATE_IF] = "if",
    [TEMPLATE_UNLESS] = "unless",
    [TEMPLATE_WITH] = "with",
    [TEMPLATE_EACH] = "each",
};

bool template_parse_has_tags(struct text source)
{
    return text_index_of(source, TEXT("{{")) >= 0;
}

/* Errors */

bool template_parse_fail_here(struct template_parser *parser, const char *hint)
{
    if (hint) error_hint(parser->err, "%s", hint);
    return error_at(parser->err, (int)parser->line, (int)parser->column);
}

bool template_parse_fail(struct template_parser *parser, const char *message, const char *hint)
{
    error_set(parser->err, E_TEMPLATE, "%s", message);
    return template_parse_fail_here(parser, hint);
}

bool template_parse_fail_word(struct template_parser *parser, const char *before, struct text word,
                              const char *after, const char *hint)
{
    word = text_slice(word, 0, WORD_SHOWN);
    error_set(parser->err, E_TEMPLATE, "%s" TEXT_FMT "%s", before, TEXT_ARG(word), after);
    return template_parse_fail_here(parser, hint);
}

bool template_parse_unclosed(struct template_parser *parser)
{
    return template_parse_fail(parser, "the tag is not closed",
                               "Close it with }}, or write \\{{ for the braces.");
}

/* Instructions */

bool template_parse_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

struct template_instruction *template_parse_emit(struct template_parser *parser,
                                                 enum template_op op)
{
    parser->items = arena_grow(parser->arena, parser->items, parser->count, &parser->capacity,
                               sizeof(*parser->items));
    struct template_instruction *item = &parser->items[parser->count++];

    *item = (struct template_instruction){
        .op = (uint8_t)op,
        .target = NO_TARGET,
        .line = parser->line,
        .column = parser->column,
    };
    parser->text_last = false;
    return item;
}

static void emit_text(struct template_parser *parser, struct text text)
{
    while (parser->trims && text.len > 0 && template_parse_is_space(text.ptr[0])) {
        text = text_slice(text, 1, text.len);
    }
    if (text.len == 0) return;
    parser->trims = false;
    template_parse_emit(parser, TEMPLATE_TEXT)->text = text;
    parser->text_last = true;
}

/* What stands before a tag is over: {{~ takes its white space away. */
static bool end_text(struct template_parser *parser, bool trims)
{
    if (!parser->text_last) return true;
    struct template_instruction *item = &parser->items[parser->count - 1];
    size_t at;

    while (trims && item->text.len > 0 &&
           template_parse_is_space(item->text.ptr[item->text.len - 1])) {
        item->text.len--;
    }
    parser->text_last = false;
    if (item->text.len == 0) parser->count--;
    if (!parser->is_sql || item->text.len == 0) return true;
    if (template_sql_scan(&parser->sql, item->text, &at)) return true;
    return template_parse_fail(
        parser, "the SQL before this numbers a parameter of its own, as $1",
        "Write {{name}}: each becomes a parameter, and they are numbered by themselves.");
}

static uint32_t here(const struct template_parser *parser)
{
    return (uint32_t)parser->count;
}

/* Blocks */

static bool opens_scope(uint8_t op)
{
    return op == TEMPLATE_WITH || op == TEMPLATE_EACH;
}

/* if, unless, with, each with their argument, behind the name: begins an arm. */
static bool begin_arm(struct template_parser *parser, struct template_block *block,
                      enum template_op op)
{
    struct template_argument *args = ARENA_ARRAY(parser->arena, 1, struct template_argument);

    if (!template_expression_has_more(parser)) {
        return template_parse_fail_word(parser, "", text_from(block_names[op]), " takes a path",
                                        NULL);
    }
    if (!template_expression_argument(parser, args)) return false;
    if (template_expression_has_more(parser)) {
        return template_parse_fail_word(
            parser, "", text_from(block_names[op]), " takes one path and nothing else",
            "Work out what to ask for in the flow, and pass it in :data.");
    }
    block->arm = (uint8_t)op;
    block->opening = here(parser);
    template_parse_emit(parser, op)->args = args;
    parser->scopes += opens_scope((uint8_t)op);
    parser->scopes_max = MAX(parser->scopes_max, parser->scopes);
    return true;
}

static void end_arm(struct template_parser *parser, struct template_block *block)
{
    if (block->arm == TEMPLATE_EACH) {
        template_parse_emit(parser, TEMPLATE_NEXT)->target = block->opening + 1;
    }
    if (block->arm == TEMPLATE_WITH) template_parse_emit(parser, TEMPLATE_LEAVE);
    parser->scopes -= opens_scope(block->arm);
}

static bool find_block(struct text name, enum template_op *out)
{
    for (enum template_op op = TEMPLATE_IF; op <= TEMPLATE_EACH; op++) {
        if (!text_equal(name, text_from(block_names[op]))) continue;
        *out = op;
        return true;
    }
    return false;
}

static bool unknown_block(struct template_parser *parser, struct text name)
{
    return template_parse_fail_word(parser, "there is no block ", name, "",
                                    "There are {{#if}}, {{#unless}}, {{#each}} and {{#with}}.");
}

static bool open_block(struct template_parser *parser)
{
    enum template_op op;

    template_expression_skip_space(parser);
    struct text name = template_expression_word(parser);

    if (!find_block(name, &op)) return unknown_block(parser, name);
    if (parser->depth == TEMPLATE_DEPTH_MAX) {
        error_set(parser->err, E_TEMPLATE, "blocks are nested deeper than %d", TEMPLATE_DEPTH_MAX);
        return template_parse_fail_here(parser, "Use several templates.");
    }
    struct template_block *block = &parser->blocks[parser->depth++];

    *block = (struct template_block){
        .kind = (uint8_t)op, .ends = NO_TARGET, .line = parser->line, .column = parser->column};
    return begin_arm(parser, block, op) && template_expression_end(parser, false);
}

/* {{else}}, {{^}}, {{else if x}}, behind the word. */
static bool other_arm(struct template_parser *parser)
{
    struct template_block *block = parser->depth ? &parser->blocks[parser->depth - 1] : NULL;
    enum template_op op;

    if (!block || block->arm == TEMPLATE_TEXT) {
        return template_parse_fail(
            parser, block ? "a second {{else}} in the block" : "{{else}} without a block",
            "An {{else}} stands between {{#if x}} and {{/if}}, once.");
    }
    uint32_t opening = block->opening;

    end_arm(parser, block);
    template_parse_emit(parser, TEMPLATE_JUMP)->target = block->ends;
    block->ends = here(parser) - 1;
    parser->items[opening].target = here(parser);
    if (!template_expression_has_more(parser)) {
        block->arm = TEMPLATE_TEXT;
        return template_expression_end(parser, false);
    }
    struct text name = template_expression_word(parser);

    if (!find_block(name, &op)) return unknown_block(parser, name);
    return begin_arm(parser, block, op) && template_expression_end(parser, false);
}

static bool close_block(struct template_parser *parser)
{
    template_expression_skip_space(parser);
    struct text name = template_expression_word(parser);

    if (parser->depth == 0) {
        return template_parse_fail_word(parser, "{{/", name, "}} closes no block",
                                        "Remove it, or open the block.");
    }
    struct template_block *block = &parser->blocks[parser->depth - 1];

    if (!text_equal(name, text_from(block_names[block->kind]))) {
        error_set(parser->err, E_TEMPLATE, "{{/" TEXT_FMT "}} closes {{#%s}} of line %u, column %u",
                  TEXT_ARG(text_slice(name, 0, WORD_SHOWN)), block_names[block->kind], block->line,
                  block->column);
        return template_parse_fail_here(parser, "Close the innermost block first.");
    }
    end_arm(parser, block);
    if (block->arm != TEMPLATE_TEXT) parser->items[block->opening].target = here(parser);
    for (uint32_t jump = block->ends; jump != NO_TARGET;) {
        uint32_t next = parser->items[jump].target;

        parser->items[jump].target = here(parser);
        jump = next;
    }
    parser->depth--;
    return template_expression_end(parser, false);
}

/* Tags */

/* {{! … }} or {{!-- … --}}: what is in it does not matter. */
static bool skip_comment(struct template_parser *parser)
{
    bool dashes = template_expression_at(parser, TEXT("!--"));
    struct text rest = text_slice(parser->source, parser->at, parser->source.len);
    ptrdiff_t end = dashes ? text_index_of(text_slice(rest, 3, rest.len), TEXT("--"))
                           : text_index_of(rest, TEXT("}}"));

    if (!dashes) {
        if (end < 0) return template_parse_unclosed(parser);
        parser->trims = end > 1 && rest.ptr[end - 1] == '~';
        parser->at += (size_t)end + 2;
        return true;
    }
    // "--" may stand in the comment too: only with the braces it is the end
    for (parser->at += 3; end >= 0; parser->at++) {
        if (parser->at >= parser->source.len) return template_parse_unclosed(parser);
        if (template_expression_at(parser, TEXT("--}}")) ||
            template_expression_at(parser, TEXT("--~}}"))) {
            break;
        }
    }
    if (end < 0) return template_parse_unclosed(parser);
    parser->trims = template_expression_at(parser, TEXT("--~"));
    parser->at += parser->trims ? 5 : 4;
    return true;
}

static bool check_sql(struct template_parser *parser)
{
    if (!parser->is_sql || parser->sql.state == TEMPLATE_SQL_CODE) return true;
    bool comment =
        parser->sql.state == TEMPLATE_SQL_LINE || parser->sql.state == TEMPLATE_SQL_BLOCK;

    return template_parse_fail(parser,
                               comment ? "the tag stands in a comment of the SQL"
                                       : "the tag stands inside quotes of the SQL",
                               "Write {{name}} without quotes: it becomes a bound parameter.");
}

/* else as a word of its own. */
static bool at_else(const struct template_parser *parser)
{
    if (!template_expression_at(parser, TEXT("else"))) return false;
    size_t behind = parser->at + 4;

    return behind >= parser->source.len || template_parse_is_space(parser->source.ptr[behind]) ||
           parser->source.ptr[behind] == '}' || parser->source.ptr[behind] == '~';
}

static bool read_sigil(struct template_parser *parser, bool triple)
{
    char c = parser->at < parser->source.len ? parser->source.ptr[parser->at] : '\0';

    parser->at += c != '\0' && strchr("#/^>*&", c) != NULL;
    switch (c) {
    case '#': return open_block(parser);
    case '/': return close_block(parser);
    case '^':
        if (!template_expression_has_more(parser)) return other_arm(parser);
        return template_parse_fail(parser, "there are no {{^x}} blocks",
                                   "Write {{#unless x}} … {{/unless}}.");
    case '>':
    case '*':
        return template_parse_fail(parser, "templates do not take in other templates",
                                   "Render the other text in a template of its own.");
    case '&': template_expression_skip_space(parser); break;
    default: break;
    }
    bool raw = triple || c == '&';

    template_expression_skip_space(parser);
    if (at_else(parser)) {
        parser->at += 4;
        return other_arm(parser);
    }
    if (raw && parser->is_sql) {
        return template_parse_fail(parser, "SQL takes no text that is put in as it is",
                                   "Write {{name}}: it becomes a bound parameter.");
    }
    return template_expression_read(parser, raw ? TEMPLATE_RAW : TEMPLATE_PUT, triple);
}

/* parser->at stands at the braces. */
static bool read_tag(struct template_parser *parser)
{
    template_position_move(parser, parser->at);
    parser->line = parser->cursor.line;
    parser->column = parser->cursor.column;
    if (template_expression_at(parser, TEXT("{{{{"))) {
        return template_parse_fail(parser, "there are no {{{{raw}}}} blocks",
                                   "Write \\{{ for each pair of braces.");
    }
    if (++parser->tags > TEMPLATE_TAGS_MAX) {
        error_set(parser->err, E_TEMPLATE, "the template has more than %d tags", TEMPLATE_TAGS_MAX);
        return template_parse_fail_here(parser, "Use several templates.");
    }
    parser->at += 2;
    bool trims = template_expression_at(parser, TEXT("~"));

    parser->at += trims;
    bool triple = template_expression_at(parser, TEXT("{"));

    parser->at += triple;
    if (!end_text(parser, trims)) return false;
    parser->trims = false;
    if (template_expression_at(parser, TEXT("!"))) return skip_comment(parser);
    return check_sql(parser) && read_sigil(parser, triple);
}

/* The text up to the next tag; a backslash before the braces makes them text, two are one. */
static bool read_text(struct template_parser *parser)
{
    struct text rest = text_slice(parser->source, parser->at, parser->source.len);
    ptrdiff_t found = text_index_of(rest, TEXT("{{"));

    if (found < 0) {
        emit_text(parser, rest);
        parser->at = parser->source.len;
        return true;
    }
    size_t open = (size_t)found;
    size_t slashes = 0;

    while (slashes < 2 && slashes < open && rest.ptr[open - slashes - 1] == '\\') {
        slashes++;
    }
    emit_text(parser, text_slice(rest, 0, open - (slashes > 0)));
    parser->at += open;
    if (slashes != 1) return read_tag(parser);
    if (!end_text(parser, false)) return false;
    emit_text(parser, text_slice(rest, open, open + 2));
    parser->at += 2;
    return end_text(parser, false);
}

static bool read_all(struct template_parser *parser)
{
    while (parser->at < parser->source.len) {
        if (!read_text(parser)) return false;
    }
    if (parser->depth > 0) {
        const struct template_block *block = &parser->blocks[parser->depth - 1];

        parser->line = block->line;
        parser->column = block->column;
        error_set(parser->err, E_TEMPLATE, "{{#%s}} is not closed", block_names[block->kind]);
        error_hint(parser->err, "Add {{/%s}}.", block_names[block->kind]);
        return template_parse_fail_here(parser, NULL);
    }
    if (!end_text(parser, false)) return false;
    if (parser->is_sql && parser->sql.state != TEMPLATE_SQL_CODE &&
        parser->sql.state != TEMPLATE_SQL_LINE) {
        return template_parse_fail(parser, "a quote or comment of the SQL is not closed",
                                   "Close it.");
    }
    return true;
}

struct template *template_parse(struct arena *arena, struct text source, bool sql,
                                const struct template_origin *origin, struct error *err)
{
    struct template_parser parser = {
        .arena = arena,
        .source = source,
        .cursor = {.raw = source, .line = 1, .column = 1},
        .err = err,
        .is_sql = sql,
        .scopes = 1,
        .scopes_max = 1,
        .line = 1,
        .column = 1,
    };

    if (origin) {
        if (origin->raw.ptr) parser.cursor.raw = origin->raw;
        parser.line = parser.cursor.line = origin->line;
        parser.column = parser.cursor.column = origin->column;
    }
    if (!read_all(&parser)) return NULL;
    struct template *template = ARENA_NEW(arena, struct template);

    template->items = parser.items;
    template->count = here(&parser);
    template->depth = parser.scopes_max;
    template->is_value = parser.count == 1 &&
                         (parser.items[0].op == TEMPLATE_PUT || parser.items[0].op == TEMPLATE_RAW);
    return template;
}
