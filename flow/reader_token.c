/*
 * Tokens of the source: where they end is asked of the reader's own functions, so that both cut
 * alike.
 */
#include "flow/reader_token.h"

#include "flow/reader_internal.h"

static char char_at(struct text source, size_t offset)
{
    return offset < source.len ? source.ptr[offset] : '\0';
}

/* The white space before the token; answers where it ends. */
static size_t skip_space(const struct reader *reader, size_t offset, struct reader_token *token)
{
    struct text source = reader->source;
    size_t len;

    while ((len = reader_space_at(reader, offset)) > 0) {
        char c = source.ptr[offset];
        bool first_of_two = c == '\r' && char_at(source, offset + 1) == '\n';

        if (c == '\n' || (c == '\r' && !first_of_two)) {
            token->breaks++;
            token->gap = 0;
        } else if (c == ',') {
            token->comma = token->comma || token->breaks == 0;
        } else if (!first_of_two) {
            token->gap++;
        }
        offset += len;
    }
    return offset;
}

static size_t comment_end(struct text source, size_t offset)
{
    while (offset < source.len && source.ptr[offset] != '\n' && source.ptr[offset] != '\r') {
        offset++;
    }
    return offset;
}

static void take(struct reader_token *token, enum reader_token_kind kind, size_t len)
{
    token->kind = kind;
    token->to = token->from + len;
}

/* quote: where the opening one stands. */
static void take_string(const struct reader *reader, struct reader_token *token, size_t quote)
{
    bool escapes;
    size_t end = reader_strings_quote(reader, quote + 1, &escapes);

    token->kind = READER_TOKEN_ATOM;
    token->unclosed = end >= reader->source.len;
    token->to = MIN(end + 1, reader->source.len);
}

static void take_dispatch(const struct reader *reader, struct reader_token *token)
{
    size_t from = token->from;

    switch (char_at(reader->source, from + 1)) {
    case '(':
    case '{': take(token, READER_TOKEN_OPEN, 2); return;
    case '"': take_string(reader, token, from + 1); return;
    case '_':
    case '^':
    case '\'':
    case '=': take(token, READER_TOKEN_PREFIX, 2); return;
    case '?':
        take(token, READER_TOKEN_PREFIX, char_at(reader->source, from + 2) == '@' ? 3 : 2);
        return;
    case '!': take(token, READER_TOKEN_COMMENT, comment_end(reader->source, from) - from); return;
    case '#': take(token, READER_TOKEN_ATOM, reader_token_end(reader, from + 2) - from); return;
    default: break;
    }
    size_t end = reader_token_end(reader, from + 1);

    take(token, end == from + 1 ? READER_TOKEN_ATOM : READER_TOKEN_PREFIX, end - from);
}

static bool starts_number(struct text source, size_t offset)
{
    char first = char_at(source, offset), second = char_at(source, offset + 1);

    if (first >= '0' && first <= '9') return true;
    return (first == '+' || first == '-') && second >= '0' && second <= '9';
}

static void take_atom(const struct reader *reader, struct reader_token *token)
{
    size_t from = token->from;
    size_t end = starts_number(reader->source, from) ? reader_literals_number_end(reader, from)
                                                     : reader_token_end(reader, from);

    take(token, READER_TOKEN_ATOM, end - from);
}

struct reader_token reader_token_next(struct text source, size_t offset)
{
    const struct reader reader = {.source = source};
    struct reader_token token = {.kind = READER_TOKEN_END};

    if (offset == 0 && text_starts_with(source, TEXT("\xef\xbb\xbf"))) offset = 3;
    token.from = token.to = skip_space(&reader, offset, &token);
    if (token.from >= source.len) return token;
    switch (source.ptr[token.from]) {
    case '(':
    case '[':
    case '{': take(&token, READER_TOKEN_OPEN, 1); break;
    case ')':
    case ']':
    case '}': take(&token, READER_TOKEN_CLOSE, 1); break;
    case ';':
        take(&token, READER_TOKEN_COMMENT, comment_end(source, token.from) - token.from);
        break;
    case '"': take_string(&reader, &token, token.from); break;
    case '\\':
        token.kind = READER_TOKEN_ATOM;
        token.to = MIN(reader_strings_char_end(&reader, token.from), source.len);
        break;
    case '\'':
    case '`':
    case '@':
    case '^': take(&token, READER_TOKEN_PREFIX, 1); break;
    case '~':
        take(&token, READER_TOKEN_PREFIX, char_at(source, token.from + 1) == '@' ? 2 : 1);
        break;
    case '#': take_dispatch(&reader, &token); break;
    default: take_atom(&reader, &token); break;
    }
    return token;
}

char reader_token_closer(struct text source, const struct reader_token *open)
{
    switch (source.ptr[open->to - 1]) {
    case '(': return ')';
    case '[': return ']';
    default: return '}';
    }
}
