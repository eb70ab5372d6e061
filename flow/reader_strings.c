/*
 * Strings: character, string and regular-expression literals. Escapes are those of Clojure's
 * reader; what it refuses is refused here. A string without escapes borrows from the source.
 */
#include "flow/reader_internal.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The value of a digit of any radix to 36, or 99. */
static unsigned digit_value(char c)
{
    if (c >= '0' && c <= '9') return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'z') return (unsigned)(c - 'a') + 10;
    if (c >= 'A' && c <= 'Z') return (unsigned)(c - 'A') + 10;
    return 99;
}

static bool all_digits(struct text digits, unsigned radix)
{
    for (size_t i = 0; i < digits.len; i++) {
        if (digit_value(digits.ptr[i]) >= radix) return false;
    }
    return digits.len > 0;
}

static bool digits_value(struct text digits, unsigned radix, uint32_t *out)
{
    if (!all_digits(digits, radix)) return false;
    *out = 0;
    for (size_t i = 0; i < digits.len; i++) {
        *out = *out * radix + digit_value(digits.ptr[i]);
    }
    return true;
}

/* The one character that the bytes are, when it fits one UTF-16 unit. */
static bool single_unit(struct text bytes, uint32_t *out)
{
    const unsigned char *b = (const unsigned char *)bytes.ptr;

    if (bytes.len == 1 && b[0] < 0x80) {
        *out = b[0];
        return true;
    }
    if (bytes.len == 2 && b[0] >= 0xc0) {
        *out = (uint32_t)(b[0] & 0x1f) << 6 | (b[1] & 0x3f);
        return true;
    }
    if (bytes.len == 3 && b[0] >= 0xe0) {
        *out = (uint32_t)(b[0] & 0x0f) << 12 | (uint32_t)(b[1] & 0x3f) << 6 | (b[2] & 0x3f);
        return true;
    }
    return false;
}

static bool named_char(struct text token, uint32_t *out)
{
    static const struct {
        struct text name;
        char unit;
    } names[] = {
        {TEXT("newline"), '\n'},   {TEXT("space"), ' '},     {TEXT("tab"), '\t'},
        {TEXT("backspace"), '\b'}, {TEXT("formfeed"), '\f'}, {TEXT("return"), '\r'},
    };

    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (text_equal(token, names[i].name)) {
            *out = (uint32_t)names[i].unit;
            return true;
        }
    }
    return false;
}

static bool char_value(struct text token, uint32_t *out)
{
    if (single_unit(token, out) || named_char(token, out)) return true;
    struct text digits = text_slice(token, 1, token.len);

    if (token.ptr[0] == 'u' && digits.len == 4 && digits_value(digits, 16, out)) {
        return *out < 0xd800 || *out > 0xdfff;
    }
    return token.ptr[0] == 'o' && digits.len <= 3 && digits_value(digits, 8, out) && *out <= 0377;
}

size_t reader_strings_char_end(const struct reader *reader, size_t offset)
{
    size_t second = offset + 2; // the character behind \ belongs to it whatever it is: \( \" \;

    while (second < reader->source.len &&
           ((unsigned char)reader->source.ptr[second] & 0xc0) == 0x80) {
        second++;
    }
    return reader_token_end(reader, second);
}

struct form *reader_strings_char(struct reader *reader)
{
    struct reader_mark at = reader_mark(reader);
    size_t first = reader->offset + 1;
    uint32_t unit = 0;

    if (first >= reader->source.len) {
        return reader_fail_end(reader, E_SYNTAX, at,
                               "a character literal ends after its backslash");
    }
    struct text token =
        text_slice(reader->source, first, reader_strings_char_end(reader, reader->offset));

    reader_advance(reader, first + token.len);
    if (!char_value(token, &unit)) {
        // half of a pair is four digits, but no character
        bool half = token.len == 5 && (token.ptr[1] == 'd' || token.ptr[1] == 'D');
        bool code = reader->data && token.len > 1 && token.ptr[0] == 'u' && !half;

        reader_fail(reader, code ? E_ARGUMENT : E_SYNTAX, at, "unknown character \\" TEXT_FMT,
                    TEXT_ARG(reader_literals_shown(token)));
        return reader_hint(reader, "There are \\newline \\space \\tab \\return \\backspace "
                                   "\\formfeed, \\u00e9, and a backslash before one character.");
    }
    struct form *form = reader_build_form(reader, FORM_CHAR, at);

    if (form) form->integer = unit;
    return form;
}

size_t reader_strings_quote(const struct reader *reader, size_t from, bool *out_escapes)
{
    struct text source = reader->source;

    *out_escapes = false;
    for (size_t i = from; i < source.len; i++) {
        if (source.ptr[i] == '"') return i;
        if (source.ptr[i] == '\\') {
            *out_escapes = true;
            i++;
        }
    }
    return source.len;
}

/* A string being unescaped: out has room for as many bytes as the source has. */
struct unescape {
    struct reader *reader;
    struct text body;
    size_t index; /* of the next byte of body */
    size_t start; /* of body in the source */
    char *out;
    size_t len;
    bool after_high; /* the three bytes before are a lone high surrogate */
};

static struct reader_mark mark_in(const struct unescape *state, size_t index)
{
    struct reader at = *state->reader;

    reader_advance(&at, state->start + index);
    return reader_mark(&at);
}

static void put_unit(struct unescape *state, uint32_t unit)
{
    bool low = unit >= 0xdc00 && unit <= 0xdfff;
    unsigned char *out = (unsigned char *)state->out + state->len;

    if (low && state->after_high) {
        uint32_t high = (uint32_t)(0xd000 | (out[-2] & 0x3f) << 6 | (out[-1] & 0x3f));
        uint32_t point = 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00);

        out -= 3;
        out[0] = (unsigned char)(0xf0 | point >> 18);
        out[1] = (unsigned char)(0x80 | (point >> 12 & 0x3f));
        out[2] = (unsigned char)(0x80 | (point >> 6 & 0x3f));
        out[3] = (unsigned char)(0x80 | (point & 0x3f));
        state->len += 1;
        state->after_high = false;
        return;
    }
    state->after_high = unit >= 0xd800 && unit <= 0xdbff;
    if (unit < 0x80) {
        out[0] = (unsigned char)unit;
        state->len += 1;
    } else if (unit < 0x800) {
        out[0] = (unsigned char)(0xc0 | unit >> 6);
        out[1] = (unsigned char)(0x80 | (unit & 0x3f));
        state->len += 2;
    } else {
        out[0] = (unsigned char)(0xe0 | unit >> 12);
        out[1] = (unsigned char)(0x80 | (unit >> 6 & 0x3f));
        out[2] = (unsigned char)(0x80 | (unit & 0x3f));
        state->len += 3;
    }
}

/* As Clojure, the digits of an octal escape end at white space, a macro character or after three;
 * any other character there is an error. */
static bool octal_escape(struct unescape *state, uint32_t *out)
{
    size_t from = state->index, end = from;

    while (end < state->body.len && end < from + 3) {
        char c = state->body.ptr[end];

        if (end > from &&
            (reader_token_end(state->reader, state->start + end) == state->start + end ||
             strchr("#'%", c))) {
            break;
        }
        end++;
    }
    state->index = end;
    return digits_value(text_slice(state->body, from, end), 8, out) && *out <= 0377;
}

static bool unescape_one(struct unescape *state)
{
    static const char plain[] = "tnrbf\\\"", means[] = "\t\n\r\b\f\\\"";
    size_t at = state->index; // of the backslash; another byte follows it, always
    char c = state->body.ptr[at + 1];
    const char *found = c ? strchr(plain, c) : NULL;
    uint32_t unit;

    state->index += 2;
    if (found) {
        put_unit(state, (uint32_t)means[found - plain]);
        return true;
    }
    if (c == 'u') {
        struct text digits = text_slice(state->body, state->index, state->index + 4);

        state->index += 4;
        if (digits.len == 4 && digits_value(digits, 16, &unit)) {
            put_unit(state, unit);
            return true;
        }
        reader_fail(state->reader, E_SYNTAX, mark_in(state, at),
                    "\\u in a string needs four hexadecimal digits");
        return false;
    }
    if (is_digit(c)) {
        state->index -= 1;
        if (octal_escape(state, &unit)) {
            put_unit(state, unit);
            return true;
        }
        reader_fail(state->reader, E_SYNTAX, mark_in(state, at),
                    "an octal escape in a string lies between \\0 and \\377");
        return false;
    }
    reader_fail(state->reader, E_SYNTAX, mark_in(state, at), "unsupported escape in a string: \\%c",
                c >= 0x20 && c < 0x7f ? c : '?');
    reader_hint(state->reader, "Write \\\\ for a backslash; there are \\n \\t \\r \\b \\f \\\" and "
                               "\\u0000. A regex is #\"\\d+\", without doubling.");
    return false;
}

static bool unescape(struct reader *reader, size_t from, size_t to, struct text *out)
{
    struct unescape state = {
        .reader = reader, .body = text_slice(reader->source, from, to), .start = from};

    state.out = reader_alloc(reader, state.body.len + 1);
    if (!state.out) return false;
    while (state.index < state.body.len) {
        if (state.body.ptr[state.index] == '\\') {
            if (!unescape_one(&state)) return false;
            continue;
        }
        state.out[state.len++] = state.body.ptr[state.index++];
        state.after_high = false;
    }
    *out = (struct text){state.out, state.len};
    return true;
}

struct form *reader_strings_string(struct reader *reader)
{
    struct reader_mark at = reader_mark(reader);
    size_t from = reader->offset + 1;
    bool escapes;
    size_t end = reader_strings_quote(reader, from, &escapes);
    struct text text = text_slice(reader->source, from, end);

    if (end >= reader->source.len) {
        reader_fail_end(reader, E_SYNTAX, at, "the string that begins here is not closed");
        return reader_hint(reader,
                           "Close it with a double quote; if it is closed, one before it is "
                           "not. Inside a string a quote is written \\\".");
    }
    bool ok = !escapes || unescape(reader, from, end, &text);

    reader_advance(reader, end + 1);
    if (!ok) return NULL;
    struct form *form = reader_build_form(reader, FORM_STRING, at);

    if (form) form->text = text;
    return form;
}

struct form *reader_strings_regex(struct reader *reader)
{
    struct reader_mark at = reader_mark(reader);
    size_t from = reader->offset + 2;
    bool escapes;
    size_t end = reader_strings_quote(reader, from, &escapes);

    if (end >= reader->source.len) {
        return reader_fail_end(reader, E_SYNTAX, at,
                               "the regular expression that begins here is not closed");
    }
    reader_advance(reader, end + 1);
    struct form *form = reader_build_form(reader, FORM_REGEX, at);

    if (form) form->text = text_slice(reader->source, from, end);
    return form;
}
