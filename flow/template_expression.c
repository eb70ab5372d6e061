/*
 * Expressions: what stands in a tag: paths, literals, helpers with their arguments.
 */
#include "base/parse.h"
#include "flow/template_internal.h"

#include <string.h>

/* Words */

void template_expression_skip_space(struct template_parser *parser)
{
    while (parser->at < parser->source.len &&
           template_parse_is_space(parser->source.ptr[parser->at])) {
        parser->at++;
    }
}

bool template_expression_at(const struct template_parser *parser, struct text text)
{
    return text_starts_with(text_slice(parser->source, parser->at, parser->source.len), text);
}

static bool at_end(const struct template_parser *parser)
{
    return template_expression_at(parser, TEXT("}}")) ||
           template_expression_at(parser, TEXT("~}}"));
}

bool template_expression_end(struct template_parser *parser, bool triple)
{
    template_expression_skip_space(parser);
    if (parser->at >= parser->source.len) return template_parse_unclosed(parser);
    if (triple) {
        if (!template_expression_at(parser, TEXT("}"))) {
            return template_parse_fail(parser, "a {{{ tag is closed with }}}", "Write {{{name}}}.");
        }
        parser->at++;
    }
    parser->trims = template_expression_at(parser, TEXT("~"));
    parser->at += parser->trims;
    if (!template_expression_at(parser, TEXT("}}"))) {
        return template_parse_fail_word(parser, "unexpected ",
                                        text_slice(parser->source, parser->at, parser->at + 1),
                                        " in the tag", "Close the tag with }}.");
    }
    parser->at += 2;
    return true;
}

static bool ends_word(char c)
{
    return template_parse_is_space(c) || strchr("\"'=}~|(){,;", c) != NULL;
}

struct text template_expression_word(struct template_parser *parser)
{
    size_t from = parser->at;

    while (parser->at < parser->source.len && !ends_word(parser->source.ptr[parser->at])) {
        if (parser->source.ptr[parser->at] == '[') {
            struct text rest = text_slice(parser->source, parser->at, parser->source.len);
            ptrdiff_t close = text_index_of_char(rest, ']');

            // one that is not closed is no path: there is nothing to be found behind it
            parser->at += close > 0 ? (size_t)close : rest.len - 1;
        }
        parser->at++;
    }
    return text_slice(parser->source, from, parser->at);
}

/* Quoted by either quote; a backslash keeps the quote behind it in. */
static bool read_string(struct template_parser *parser, struct text *out)
{
    char quote = parser->source.ptr[parser->at++];
    struct text rest = text_slice(parser->source, parser->at, parser->source.len);
    size_t end = 0;

    while (end < rest.len && rest.ptr[end] != quote) {
        end += rest.ptr[end] == '\\' && end + 1 < rest.len ? 2 : 1;
    }
    if (end >= rest.len) {
        return template_parse_fail(parser, "a text in the tag has no closing quote", NULL);
    }
    char *copy = arena_copy(parser->arena, rest.ptr, end);
    size_t len = 0;

    for (size_t i = 0; i < end; i++) {
        if (copy[i] == '\\' && i + 1 < end && copy[i + 1] == quote) i++;
        copy[len++] = copy[i];
    }
    parser->at += end + 1;
    *out = (struct text){copy, len};
    return true;
}

/* Paths */

static bool is_name_char(char c)
{
    return strchr("!\"#%&'()*+,;<=>@[\\]^`{|}~", c) == NULL;
}

/* The next name of a path, up to a dot or slash; empty where there is none. */
static struct text path_name(struct text *rest)
{
    struct text name;
    size_t len = 0;

    if (rest->len > 0 && rest->ptr[0] == '[') {
        ptrdiff_t close = text_index_of_char(*rest, ']');

        if (close < 0) return TEXT("");
        name = text_slice(*rest, 1, (size_t)close);
        *rest = text_slice(*rest, (size_t)close + 1, rest->len);
        return name;
    }
    while (len < rest->len && rest->ptr[len] != '.' && rest->ptr[len] != '/' &&
           is_name_char(rest->ptr[len])) {
        len++;
    }
    name = text_slice(*rest, 0, len);
    *rest = text_slice(*rest, len, rest->len);
    return name;
}

static bool bad_path(struct template_parser *parser, struct text word)
{
    return template_parse_fail_word(
        parser, "", word, " is not a path",
        "Write names with dots between them: {{order.id}}, {{items.0}}, {{../name}}.");
}

static bool path_names(struct template_parser *parser, struct text word, struct text rest,
                       struct template_path *out)
{
    const char **names = NULL;
    size_t count = 0, capacity = 0;

    while (rest.len > 0) {
        struct text name = path_name(&rest);

        if (name.len == 0 || memchr(name.ptr, '\0', name.len)) return bad_path(parser, word);
        if (name.ptr[0] == ':') {
            return template_parse_fail_word(
                parser, "", word, " is written with a colon",
                "Write {{order-id}}: it finds the keyword and the string.");
        }
        names = arena_grow(parser->arena, names, count, &capacity, sizeof(*names));
        names[count++] = arena_cstr(parser->arena, name);
        if (rest.len == 0) break;
        if ((rest.ptr[0] != '.' && rest.ptr[0] != '/') || rest.len == 1) {
            return bad_path(parser, word);
        }
        rest = text_slice(rest, 1, rest.len);
    }
    out->names = names;
    out->count = (uint32_t)count;
    return true;
}

/* The ../ that a path begins with. */
static struct text path_up(struct text rest, struct template_path *out)
{
    while (text_starts_with(rest, TEXT("..")) && out->up < UINT16_MAX) {
        out->up++;
        out->local = true;
        if (rest.len > 2 && rest.ptr[2] != '/') break; // "..x": no path, as is found out
        rest = text_slice(rest, MIN(rest.len, (size_t)3), rest.len);
    }
    return rest;
}

static bool read_data_path(struct template_parser *parser, struct text word,
                           struct template_path *out)
{
    static const struct {
        const char *name;
        enum template_root root;
    } roots[] = {
        {"index", TEMPLATE_INDEX}, {"key", TEMPLATE_KEY},  {"first", TEMPLATE_FIRST},
        {"last", TEMPLATE_LAST},   {"root", TEMPLATE_TOP},
    };
    struct text rest = path_up(text_slice(word, 1, word.len), out);
    struct text name = path_name(&rest);

    for (size_t i = 0; i < ARRAY_COUNT(roots); i++) {
        if (!text_equal(name, text_from(roots[i].name))) continue;
        out->root = (uint8_t)roots[i].root;
        if (rest.len == 0) return true;
        if (out->root != TEMPLATE_TOP || rest.ptr[0] != '.') return bad_path(parser, word);
        return path_names(parser, word, text_slice(rest, 1, rest.len), out);
    }
    return template_parse_fail_word(parser, "there is no ", word, " in templates",
                                    "There are @index, @key, @first, @last and @root.");
}

static bool read_path(struct template_parser *parser, struct text word, struct template_path *out)
{
    *out = (struct template_path){0};
    if (word.len > 0 && word.ptr[0] == '@') return read_data_path(parser, word, out);
    struct text rest = path_up(word, out);

    if (text_equal(rest, TEXT(".")) || text_equal(rest, TEXT("this")) ||
        (rest.len == 0 && out->up > 0)) {
        out->local = true;
        return true;
    }
    if (text_starts_with(rest, TEXT("./"))) {
        out->local = true;
        rest = text_slice(rest, 2, rest.len);
    } else if (text_starts_with(rest, TEXT("this.")) || text_starts_with(rest, TEXT("this/"))) {
        out->local = true;
        rest = text_slice(rest, 5, rest.len);
    }
    if (rest.len == 0) return bad_path(parser, word);
    return path_names(parser, word, rest, out);
}

/* Arguments */

static bool read_scalar(struct text word, struct value *out)
{
    int64_t integer;
    double real;

    if (text_equal(word, TEXT("true")) || text_equal(word, TEXT("false"))) {
        *out = value_bool(word.ptr[0] == 't');
        return true;
    }
    if (text_equal(word, TEXT("null")) || text_equal(word, TEXT("nil")) ||
        text_equal(word, TEXT("undefined"))) {
        *out = value_nil();
        return true;
    }
    if (word.len == 0 || !((word.ptr[0] >= '0' && word.ptr[0] <= '9') || word.ptr[0] == '-')) {
        return false;
    }
    if (parse_int64(word, &integer)) {
        *out = value_int(integer);
        return true;
    }
    if (!parse_double(word, &real)) return false;
    *out = value_double(real);
    return true;
}

static bool argument_of_word(struct template_parser *parser, struct text word,
                             struct template_argument *out)
{
    struct value scalar;

    if (read_scalar(word, &scalar)) {
        *out = (struct template_argument){.kind = TEMPLATE_SCALAR, .scalar = scalar};
        return true;
    }
    *out = (struct template_argument){.kind = TEMPLATE_PATH};
    return read_path(parser, word, &out->path);
}

bool template_expression_argument(struct template_parser *parser, struct template_argument *out)
{
    char c = parser->source.ptr[parser->at];

    if (c == '"' || c == '\'') {
        *out = (struct template_argument){.kind = TEMPLATE_STRING};
        return read_string(parser, &out->text);
    }
    struct text word = template_expression_word(parser);

    if (word.len > 0) return argument_of_word(parser, word, out);
    if (c == '(') {
        return template_parse_fail(parser, "a helper cannot stand inside another tag",
                                   "Work the value out in the flow and pass it in :data.");
    }
    if (c == '|') {
        return template_parse_fail(parser, "blocks have no names for their items", "Use {{this}}.");
    }
    return template_parse_fail_word(parser, "unexpected ",
                                    text_slice(parser->source, parser->at, parser->at + 1),
                                    " in the tag", NULL);
}

static bool wrong_count(struct template_parser *parser, const char *name, int min, int max)
{
    error_set(parser->err, E_TEMPLATE,
              min == max ? "%s takes %d argument%s" : "%s takes at least %d argument%s", name, min,
              min == 1 ? "" : "s");
    return template_parse_fail_here(
        parser, "Write {{truncate text length=100}}, {{json x}}, {{length x}}, {{join "
                "xs \", \"}}, {{first xs}}, {{last xs}} or {{default x \"-\"}}.");
}

/* The slot of an argument that is given by name, behind which = was read. */
static bool option_slot(struct template_parser *parser, const struct template_helper_entry *entry,
                        struct text name, uint32_t *out_slot)
{
    for (uint32_t i = 0; i < TEMPLATE_ARGS_MAX; i++) {
        if (!entry->options[i] || !text_equal(name, text_from(entry->options[i]))) continue;
        *out_slot = i;
        return true;
    }
    return template_parse_fail_word(
        parser, "unknown option ", name, "= in the tag",
        "There are length= and suffix= of truncate, pretty= of json and separator= of "
        "join.");
}

static bool at_option(struct template_parser *parser, struct text word)
{
    return word.len > 0 && template_expression_at(parser, TEXT("="));
}

static bool read_arguments(struct template_parser *parser, enum template_helper helper,
                           struct template_argument *args)
{
    const struct template_helper_entry *entry = &template_helper_table[helper];
    uint32_t count = 0;

    for (template_expression_skip_space(parser); !at_end(parser);
         template_expression_skip_space(parser)) {
        uint32_t slot = count;
        size_t from = parser->at;

        if (parser->at >= parser->source.len) return template_parse_unclosed(parser);
        if (template_expression_at(parser, TEXT("}"))) break; // of {{{ … }}}
        struct text word = template_expression_word(parser);

        if (at_option(parser, word)) {
            if (!option_slot(parser, entry, word, &slot)) return false;
            parser->at++;
            template_expression_skip_space(parser);
            if (parser->at >= parser->source.len) return template_parse_unclosed(parser);
        } else {
            parser->at = from;
            count++;
        }
        if (slot >= entry->args_max || args[slot].kind != TEMPLATE_ABSENT) {
            return wrong_count(parser, entry->name, entry->args_min, entry->args_max);
        }
        if (!template_expression_argument(parser, &args[slot])) return false;
    }
    if (count >= entry->args_min) return true;
    return wrong_count(parser, entry->name, entry->args_min, entry->args_max);
}

bool template_expression_has_more(struct template_parser *parser)
{
    template_expression_skip_space(parser);
    return parser->at < parser->source.len && !at_end(parser) &&
           !template_expression_at(parser, TEXT("}"));
}

bool template_expression_read(struct template_parser *parser, enum template_op op, bool triple)
{
    struct template_argument *args = ARENA_ARRAY(parser->arena, 1, struct template_argument);
    struct text word = template_expression_word(parser);
    struct value scalar;

    if (word.len == 0 || read_scalar(word, &scalar)) {
        return template_parse_fail(parser, "the tag names nothing",
                                   "Write {{name}}, or \\{{ for the braces.");
    }
    enum template_helper helper =
        template_expression_has_more(parser) ? template_helper_find(word) : TEMPLATE_NO_HELPER;

    if (helper != TEMPLATE_NO_HELPER) {
        args = ARENA_ARRAY(parser->arena, TEMPLATE_ARGS_MAX, struct template_argument);
        if (!read_arguments(parser, helper, args)) return false;
    } else if (template_expression_has_more(parser)) {
        return template_parse_fail_word(
            parser, "there is no helper ", word, "",
            "There are truncate, json, length, join, first, last and default.");
    } else {
        args->kind = TEMPLATE_PATH;
        if (!read_path(parser, word, &args->path)) return false;
    }
    struct template_instruction *item = template_parse_emit(parser, op);

    item->helper = (uint8_t)helper;
    item->args = args;
    return template_expression_end(parser, triple);
}
