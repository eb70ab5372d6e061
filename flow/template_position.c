/*
 * Positions: which line and column of its file a byte of a template's text comes from. The text is
 * what a string literal means; the file has the literal, escapes and all.
 */
#include "flow/template_internal.h"

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* The code unit of a backslash, u and four digits; -1: there is none. */
static int escaped_unit(struct text raw)
{
    int unit = 0;

    if (raw.len < 6 || raw.ptr[0] != '\\' || raw.ptr[1] != 'u') return -1;
    for (size_t i = 2; i < 6; i++) {
        char c = raw.ptr[i];

        if (!is_hex(c)) return -1;
        unit = unit * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return unit;
}

static size_t utf8_length(int unit)
{
    return unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
}

/* One character of a literal as it is written: its bytes there, and in the text. */
static size_t literal_step(struct text raw, size_t *out_len)
{
    size_t octal = 1;

    *out_len = 1;
    if (raw.ptr[0] != '\\' || raw.len == 1) {
        uint32_t code_point;

        *out_len = MAX(text_utf8_next(raw, &code_point), (size_t)1);
        return *out_len;
    }
    int unit = escaped_unit(raw);

    if (unit >= 0) {
        int low = escaped_unit(text_slice(raw, 6, raw.len));
        bool pair = (unit & 0xFC00) == 0xD800 && low >= 0 && (low & 0xFC00) == 0xDC00;

        *out_len = pair ? 4 : utf8_length(unit);
        return pair ? 12 : 6;
    }
    while (octal < 4 && octal < raw.len && raw.ptr[octal] >= '0' && raw.ptr[octal] <= '7') {
        unit = MAX(unit, 0) * 8 + raw.ptr[octal++] - '0';
    }
    if (octal == 1) return 2;
    *out_len = utf8_length(unit);
    return octal;
}

void template_position_move(struct template_parser *parser, size_t at)
{
    struct template_cursor *cursor = &parser->cursor;
    bool is_literal = cursor->raw.ptr != parser->source.ptr;

    while (cursor->at < at && cursor->raw_at < cursor->raw.len) {
        struct text rest = text_slice(cursor->raw, cursor->raw_at, cursor->raw.len);
        uint32_t code_point;
        size_t len = 0;
        size_t step = is_literal ? literal_step(rest, &len) : text_utf8_next(rest, &code_point);

        if (!is_literal) len = step = MAX(step, (size_t)1);
        if (rest.ptr[0] == '\n') {
            cursor->line++;
            cursor->column = 1;
        } else {
            cursor->column += is_literal && rest.ptr[0] == '\\' ? (uint32_t)step : 1;
        }
        cursor->raw_at += step;
        cursor->at += len;
    }
}
