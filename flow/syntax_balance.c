/*
 * Balance. One pass over the tokens keeps the brackets that are open by indentation, with their
 * columns. The closing brackets behind the last token of a line (its trail, also when it goes on
 * over further lines) wait until the next line begins: its column says which brackets end there. A
 * trail that says otherwise is a place.
 */
#include "flow/syntax_balance.h"

#include "flow/reader_token.h"

#define SOURCE_MAX  (512 * 1024)
#define TRIED_BYTES (4 * 1024 * 1024) /* that are read to try one place after the other */
#define PLACES_MAX  8                 /* more of them at once are a guess */
#define EDITS_MAX   64

struct bracket {
    uint32_t column;
    char close;
};

struct place {
    struct diagnostic_edit *edits;
    struct place *next;
};

struct balance {
    struct arena *arena;
    struct text source;
    struct bracket *open; /* by indentation */
    size_t open_count, open_capacity;
    uint32_t *trail; /* offsets of the closing brackets since the last other token */
    size_t trail_count, trail_capacity;
    uint32_t token_end; /* of that token */
    size_t line_offset; /* up to here columns are counted … */
    uint32_t column;    /* … and this is the column there */
    struct place *first, **last;
    uint32_t places;
};

static uint32_t column_at(struct balance *balance, size_t offset)
{
    for (; balance->line_offset < offset; balance->line_offset++) {
        char c = balance->source.ptr[balance->line_offset];

        if (c == '\n' || c == '\r') {
            balance->column = 0;
        } else {
            balance->column += ((unsigned char)c & 0xc0) != 0x80;
        }
    }
    return balance->column;
}

/* Places */

static void add_place(struct balance *balance, struct diagnostic_edit *edits)
{
    struct place *place = ARENA_NEW(balance->arena, struct place);

    *place = (struct place){.edits = edits};
    *balance->last = place;
    balance->last = &place->next;
    balance->places++;
}

static struct diagnostic_edit *make_edit(struct balance *balance, uint32_t from, uint32_t to,
                                         struct text text)
{
    struct diagnostic_edit *edit = ARENA_NEW(balance->arena, struct diagnostic_edit);

    *edit = (struct diagnostic_edit){from, to, arena_text(balance->arena, text), NULL};
    return edit;
}

/* The trail is to be these brackets. What agrees at its beginning and at its end stays. */
static void set_trail(struct balance *balance, const char *wanted, size_t count)
{
    const char *source = balance->source.ptr;
    struct diagnostic_edit *edits = NULL, **link = &edits;
    size_t trail = balance->trail_count, same = 0;

    while (same < count && same < trail && source[balance->trail[same]] == wanted[same]) {
        same++;
    }
    while (count > same && trail > same && source[balance->trail[trail - 1]] == wanted[count - 1]) {
        count--;
        trail--;
    }
    if (same == count && same == trail) return;
    struct text more = {wanted + same, count - same};
    uint32_t from = same > 0 ? balance->trail[same - 1] + 1 : balance->token_end;

    if (same == trail) *link = make_edit(balance, from, from, more);
    for (size_t i = same; i < trail; i++) {
        uint32_t at = balance->trail[i];

        *link = make_edit(balance, at, at + 1, more);
        link = &(*link)->next;
        more.len = 0;
    }
    add_place(balance, edits);
}

/* Tokens */

/* A line begins at that column, or the text ends: the brackets that were opened there or further
 * right have ended with the line before. */
static void end_brackets(struct balance *balance, uint32_t column)
{
    size_t count = 0;

    while (count < balance->open_count &&
           balance->open[balance->open_count - 1 - count].column >= column) {
        count++;
    }
    char *wanted = arena_new(balance->arena, count + 1);

    for (size_t i = 0; i < count; i++) {
        wanted[i] = balance->open[--balance->open_count].close;
    }
    set_trail(balance, wanted, count);
    balance->trail_count = 0;
}

/* The closing brackets stand within a line: they are right unless they cannot be. */
static void take_trail(struct balance *balance)
{
    for (size_t i = 0; i < balance->trail_count; i++) {
        uint32_t at = balance->trail[i];
        char close = balance->source.ptr[at];
        bool any = balance->open_count > 0;
        char wanted = any ? balance->open[--balance->open_count].close : '\0';

        if (close == wanted) continue;
        add_place(balance, make_edit(balance, at, at + 1, (struct text){&wanted, any}));
    }
    balance->trail_count = 0;
}

static void push_open(struct balance *balance, const struct reader_token *token)
{
    balance->open = arena_grow(balance->arena, balance->open, balance->open_count,
                               &balance->open_capacity, sizeof(struct bracket));
    balance->open[balance->open_count++] = (struct bracket){
        .column = column_at(balance, token->to - 1),
        .close = reader_token_closer(balance->source, token),
    };
}

static void push_close(struct balance *balance, const struct reader_token *token)
{
    balance->trail = arena_grow(balance->arena, balance->trail, balance->trail_count,
                                &balance->trail_capacity, sizeof(uint32_t));
    balance->trail[balance->trail_count++] = (uint32_t)token->from;
}

/* False: a string does not end, so nothing behind it can be told. */
static bool read_tokens(struct balance *balance)
{
    struct reader_token token = reader_token_next(balance->source, 0);

    for (; token.kind != READER_TOKEN_END; token = reader_token_next(balance->source, token.to)) {
        if (token.unclosed) return false;
        if (token.kind == READER_TOKEN_COMMENT) continue;
        if (token.kind == READER_TOKEN_CLOSE) {
            push_close(balance, &token);
            continue;
        }
        if (token.breaks > 0) {
            end_brackets(balance, column_at(balance, token.from));
        } else {
            take_trail(balance);
        }
        if (token.kind == READER_TOKEN_OPEN) push_open(balance, &token);
        balance->token_end = (uint32_t)token.to;
    }
    end_brackets(balance, 0);
    return true;
}

/* Choices */

static bool matches(struct text source)
{
    struct reader_token token = reader_token_next(source, 0);
    struct buf open CLEANUP(buf_done) = {0};

    for (; token.kind != READER_TOKEN_END; token = reader_token_next(source, token.to)) {
        if (token.kind == READER_TOKEN_OPEN) buf_char(&open, reader_token_closer(source, &token));
        if (token.kind != READER_TOKEN_CLOSE) continue;
        if (open.len == 0 || open.ptr[open.len - 1] != source.ptr[token.from]) return false;
        open.len--;
    }
    return open.len == 0;
}

static bool repairs(struct text source, const struct diagnostic_edit *edits)
{
    struct buf text CLEANUP(buf_done) = {0};

    diagnostic_apply(source, edits, &text);
    return matches(buf_get(&text));
}

/* The only place whose repair is enough, or NULL. */
static struct diagnostic_edit *only_place(const struct balance *balance)
{
    struct diagnostic_edit *found = NULL;

    if (balance->places * balance->source.len > TRIED_BYTES) return NULL;
    for (const struct place *place = balance->first; place; place = place->next) {
        if (!repairs(balance->source, place->edits)) continue;
        if (found) return NULL;
        found = place->edits;
    }
    return found;
}

static struct diagnostic_edit *all_places(const struct balance *balance)
{
    struct diagnostic_edit *all = NULL, **link = &all;

    if (balance->places > PLACES_MAX) return NULL;
    for (const struct place *place = balance->first; place; place = place->next) {
        *link = place->edits;
        while (*link) {
            link = &(*link)->next;
        }
    }
    return repairs(balance->source, all) ? all : NULL;
}

struct syntax_balance syntax_balance_read(struct arena *arena, struct text source)
{
    struct balance balance = {.arena = arena, .source = source};

    balance.last = &balance.first;
    if (source.len > SOURCE_MAX || !read_tokens(&balance)) return (struct syntax_balance){0};
    struct diagnostic_edit *edits = only_place(&balance);

    if (!edits) edits = all_places(&balance);
    uint32_t count = 0;

    for (const struct diagnostic_edit *edit = edits; edit; edit = edit->next) {
        count++;
        if (edit->text.len > EDITS_MAX) count = EDITS_MAX + 1;
    }
    return (struct syntax_balance){count > EDITS_MAX ? NULL : edits, balance.places};
}
