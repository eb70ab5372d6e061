/*
 * Which parts of SQL text are quoted: a scanner of PostgreSQL's strings, names and comments that
 * can stop anywhere and go on with the next piece of the text.
 */
#include "flow/template.h"

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (unsigned char)c >= 0x80;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool starts(struct text source, size_t at, const char *with)
{
    return text_starts_with(text_slice(source, at, source.len), text_from(with));
}

/* "$tag$" or "$$" at that place; empty: there is none. */
static struct text dollar_tag(struct text source, size_t at)
{
    size_t end = at + 1;

    while (end < source.len && is_word(source.ptr[end])) {
        end++;
    }
    bool closes = end < source.len && source.ptr[end] == '$';

    return closes ? text_slice(source, at, end + 1) : TEXT("");
}

/* The state in which a quoted part begins at that place; how many bytes begin it. */
static size_t begin(struct template_sql *sql, struct text source, size_t at)
{
    char c = source.ptr[at];
    bool in_word = at > 0 && is_word(source.ptr[at - 1]);
    bool escapes = at > 0 && (source.ptr[at - 1] == 'e' || source.ptr[at - 1] == 'E') &&
                   (at == 1 || !is_word(source.ptr[at - 2]));

    if (c == '\'') {
        sql->state = escapes ? TEMPLATE_SQL_ESCAPED : TEMPLATE_SQL_STRING;
    } else if (c == '"') {
        sql->state = TEMPLATE_SQL_NAME;
    } else if (starts(source, at, "--")) {
        sql->state = TEMPLATE_SQL_LINE;
        return 2;
    } else if (starts(source, at, "/*")) {
        sql->state = TEMPLATE_SQL_BLOCK;
        sql->depth = 1;
        return 2;
    } else if (c == '$' && !in_word) {
        struct text tag = dollar_tag(source, at);

        if (tag.len == 0) return 1;
        sql->state = TEMPLATE_SQL_DOLLAR;
        sql->tag = tag;
        return tag.len;
    }
    return 1;
}

/* Inside a string or a name: a quote that is doubled goes on, a backslash in E'…' too. */
static size_t quoted(struct template_sql *sql, struct text source, size_t at, char quote)
{
    char c = source.ptr[at];

    if (c == '\\' && sql->state == TEMPLATE_SQL_ESCAPED) return 2;
    if (c != quote) return 1;
    if (at + 1 < source.len && source.ptr[at + 1] == quote) return 2;
    sql->state = TEMPLATE_SQL_CODE;
    return 1;
}

static size_t block(struct template_sql *sql, struct text source, size_t at)
{
    if (starts(source, at, "/*")) {
        sql->depth++;
        return 2;
    }
    if (!starts(source, at, "*/")) return 1;
    if (--sql->depth == 0) sql->state = TEMPLATE_SQL_CODE;
    return 2;
}

static size_t step(struct template_sql *sql, struct text source, size_t at)
{
    switch (sql->state) {
    case TEMPLATE_SQL_CODE: return begin(sql, source, at);
    case TEMPLATE_SQL_STRING:
    case TEMPLATE_SQL_ESCAPED: return quoted(sql, source, at, '\'');
    case TEMPLATE_SQL_NAME: return quoted(sql, source, at, '"');
    case TEMPLATE_SQL_BLOCK: return block(sql, source, at);
    case TEMPLATE_SQL_LINE:
        if (source.ptr[at] == '\n') sql->state = TEMPLATE_SQL_CODE;
        return 1;
    case TEMPLATE_SQL_DOLLAR:
        if (!text_starts_with(text_slice(source, at, source.len), sql->tag)) return 1;
        sql->state = TEMPLATE_SQL_CODE;
        return sql->tag.len;
    }
    return 1;
}

bool template_sql_scan(struct template_sql *sql, struct text source, size_t *out_at)
{
    for (size_t at = 0; at < source.len; at += step(sql, source, at)) {
        bool numbers = sql->state == TEMPLATE_SQL_CODE && source.ptr[at] == '$' &&
                       (at == 0 || !is_word(source.ptr[at - 1])) && at + 1 < source.len &&
                       is_digit(source.ptr[at + 1]);

        if (!numbers) continue;
        *out_at = at;
        return false;
    }
    return true;
}
