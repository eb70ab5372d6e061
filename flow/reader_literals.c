/*
 * Literals: tokens to forms. The patterns are those of Clojure's LispReader, tested against it;
 * what it refuses is refused here.
 */
#include "base/parse.h"
#include "flow/reader_internal.h"

#include <math.h>

static struct text token_at(const struct reader *reader, size_t from, size_t to)
{
    return text_slice(reader->source, from, to);
}

struct text reader_literals_shown(struct text token)
{
    size_t len = 40;

    if (token.len <= len) return token;
    while (len > 0 && ((unsigned char)token.ptr[len] & 0xc0) == 0x80) {
        len--;
    }
    return text_slice(token, 0, len);
}

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

/* A number token ends at every macro character, also at # ' and %. */
size_t reader_literals_number_end(const struct reader *reader, size_t offset)
{
    size_t end = reader_token_end(reader, offset);

    for (size_t i = offset; i < end; i++) {
        char c = reader->source.ptr[i];

        if (c == '#' || c == '\'' || c == '%') return i;
    }
    return end;
}

/* Digits of any radix as decimal digits, for numbers beyond 64 bits: base 10^9 limbs. */
static struct text to_decimal(struct reader *reader, struct text digits, unsigned radix,
                              bool negative)
{
    const uint32_t base = 1000000000;
    size_t limb_max = digits.len * 2 / 9 + 2; // 36^n < 10^(2n)
    uint32_t *limbs = reader_alloc(reader, limb_max * sizeof(uint32_t));
    char *out = reader_alloc(reader, limb_max * 9 + 2);
    size_t limb_count = 1, len = 0;

    if (!limbs || !out) return TEXT_NONE;
    for (size_t i = 0; i < digits.len; i++) {
        uint64_t carry = digit_value(digits.ptr[i]);

        for (size_t k = 0; k < limb_count; k++) {
            carry += (uint64_t)limbs[k] * radix;
            limbs[k] = (uint32_t)(carry % base);
            carry /= base;
        }
        if (carry > 0) limbs[limb_count++] = (uint32_t)carry;
    }
    if (negative && (limb_count > 1 || limbs[0] > 0)) out[len++] = '-';
    for (size_t k = limb_count; k-- > 0;) {
        uint32_t unit = base / 10;
        bool top = k + 1 == limb_count;

        for (bool started = !top; unit > 0; unit /= 10) {
            uint32_t digit = limbs[k] / unit % 10;

            started = started || digit > 0 || unit == 1;
            if (started) out[len++] = (char)('0' + digit);
        }
    }
    return (struct text){out, len};
}

struct number {
    struct text digits;
    unsigned radix;
    bool negative, big; /* big: an N stands behind */
};

static bool to_int64(const struct number *number, int64_t *out)
{
    uint64_t value = 0;

    for (size_t i = 0; i < number->digits.len; i++) {
        if (__builtin_mul_overflow(value, (uint64_t)number->radix, &value)) return false;
        if (__builtin_add_overflow(value, digit_value(number->digits.ptr[i]), &value)) return false;
    }
    uint64_t most = (uint64_t)INT64_MAX + (number->negative ? 1 : 0);

    if (value > most) return false;
    *out = (int64_t)(number->negative ? 0 - value : value);
    return true;
}

static struct form *integer_form(struct reader *reader, struct reader_mark at,
                                 const struct number *number)
{
    int64_t integer;

    if (!number->big && to_int64(number, &integer)) {
        struct form *form = reader_build_form(reader, FORM_INT, at);

        if (form) form->integer = integer;
        return form;
    }
    struct text decimal = to_decimal(reader, number->digits, number->radix, number->negative);
    struct form *form = decimal.ptr ? reader_build_form(reader, FORM_BIGINT, at) : NULL;

    if (form) form->text = decimal;
    return form;
}

/* 0, 12, 0x1F, 017, 16r1F, each with N or not. False: it is none of these. */
static bool match_integer(struct text body, struct number *out)
{
    for (size_t i = 1; i <= 2 && i + 1 < body.len; i++) {
        if ((body.ptr[i] | 0x20) != 'r') continue;
        int64_t radix;

        // N is a digit here, as in 36rN: there is no big 36r
        out->digits = text_slice(body, i + 1, body.len);
        if (!parse_int64(text_slice(body, 0, i), &radix) || body.ptr[0] == '0') return false;
        out->radix = (unsigned)radix;
        return radix >= 2 && radix <= 36 && all_digits(out->digits, out->radix);
    }
    out->big = body.len > 1 && body.ptr[body.len - 1] == 'N';
    if (out->big) body.len--;
    if (body.len > 2 && body.ptr[0] == '0' && (body.ptr[1] | 0x20) == 'x') {
        out->digits = text_slice(body, 2, body.len);
        out->radix = 16;
        return all_digits(out->digits, 16);
    }
    out->digits = body;
    out->radix = body.len > 1 && body.ptr[0] == '0' ? 8 : 10;
    return all_digits(body, out->radix);
}

/* 1/3: both sides decimal digits. */
static bool match_ratio(struct text body, struct text *out_below)
{
    struct text rest = body;
    struct text above = text_cut(&rest, '/');

    *out_below = rest;
    return rest.ptr && all_digits(above, 10) && all_digits(rest, 10);
}

/* 1.5, 1., 1e5, 1.5e-3, without sign or M. */
static bool match_float(struct text body)
{
    size_t i = 0;

    while (i < body.len && is_digit(body.ptr[i])) {
        i++;
    }
    if (i == 0) return false;
    if (i < body.len && body.ptr[i] == '.') {
        i++;
        while (i < body.len && is_digit(body.ptr[i])) {
            i++;
        }
    }
    if (i == body.len) return true;
    if (body.ptr[i] != 'e' && body.ptr[i] != 'E') return false;
    i++;
    if (i < body.len && (body.ptr[i] == '+' || body.ptr[i] == '-')) i++;
    return all_digits(text_slice(body, i, body.len), 10);
}

static struct form *ratio_form(struct reader *reader, struct reader_mark at, struct text body,
                               struct text below, bool negative)
{
    bool zero = true;

    for (size_t i = 0; i < below.len; i++) {
        zero = zero && below.ptr[i] == '0';
    }
    if (zero) {
        return reader_fail(reader, reader->data ? E_ARITHMETIC : E_SYNTAX, at,
                           "the ratio divides by zero");
    }
    char *text = reader_alloc(reader, body.len + 2);
    struct form *form = text ? reader_build_form(reader, FORM_RATIO, at) : NULL;

    if (!form) return NULL;
    if (negative) text[0] = '-';
    memcpy(text + negative, body.ptr, body.len);
    form->text = (struct text){text, body.len + negative};
    return form;
}

/* parse_double() reads JSON's shape: a digit behind the point, no leading zeros. */
static bool float_value(struct reader *reader, struct text body, bool negative, double *out)
{
    char *text = reader_alloc(reader, body.len + 3);
    size_t len = 0, from = 0;

    if (!text) return false;
    if (negative) text[len++] = '-';
    while (from + 1 < body.len && body.ptr[from] == '0' && is_digit(body.ptr[from + 1])) {
        from++;
    }
    for (size_t i = from; i < body.len; i++) {
        text[len++] = body.ptr[i];
        bool bare = body.ptr[i] == '.' && (i + 1 == body.len || !is_digit(body.ptr[i + 1]));

        if (bare) text[len++] = '0';
    }
    return parse_double((struct text){text, len}, out);
}

static struct form *float_form(struct reader *reader, struct reader_mark at, struct text body,
                               bool negative)
{
    double real = 0;

    if (!float_value(reader, body, negative, &real)) {
        if (reader->over_budget) return NULL;
        // Past the range of doubles: Clojure reads infinity.
        real = negative ? -HUGE_VAL : HUGE_VAL;
    }
    struct form *form = reader_build_form(reader, FORM_DOUBLE, at);

    if (form) form->real = real;
    return form;
}

static struct form *decimal_form(struct reader *reader, struct reader_mark at, struct text token)
{
    struct form *form = reader_build_form(reader, FORM_DECIMAL, at);

    if (!form) return NULL;
    size_t from = token.ptr[0] == '+' ? 1 : 0;

    form->text = text_slice(token, from, token.len - 1);
    return form;
}

struct form *reader_literals_number(struct reader *reader)
{
    struct reader_mark at = reader_mark(reader);
    struct text token =
        token_at(reader, reader->offset, reader_literals_number_end(reader, reader->offset));
    bool is_signed = token.ptr[0] == '-' || token.ptr[0] == '+';
    struct number number = {.negative = token.ptr[0] == '-'};
    struct text body = text_slice(token, is_signed, token.len);
    struct text below;

    reader_advance(reader, reader->offset + token.len);
    if (token.len > LIMIT_READER_DIGITS) {
        return reader_fail(reader, E_SYNTAX, at, "a number of more than %d digits",
                           LIMIT_READER_DIGITS);
    }
    if (match_integer(body, &number)) return integer_form(reader, at, &number);
    if (match_ratio(body, &below)) return ratio_form(reader, at, body, below, number.negative);
    if (body.len > 1 && body.ptr[body.len - 1] == 'M' &&
        match_float(text_slice(body, 0, body.len - 1))) {
        return decimal_form(reader, at, token);
    }
    // 08 would match as a double, but Clojure refuses it as a bad octal number
    bool bad_octal = body.len > 1 && body.ptr[0] == '0' && all_digits(body, 10);

    if (!bad_octal && match_float(body)) return float_form(reader, at, body, number.negative);
    reader_fail(reader, reader->data ? E_NUMBER_FORMAT : E_SYNTAX, at, "invalid number " TEXT_FMT,
                TEXT_ARG(reader_literals_shown(token)));
    return reader_hint(reader, "Numbers are 12, -1.5, 1/3, 12N and 1.5M; all else that begins with "
                               "a digit stands in double quotes.");
}

/* Symbols and keywords */

/* [ns/]name as Clojure's symbol pattern has it: the namespace reaches to the last slash, neither
 * part begins with a digit, the name may be "/" alone. */
static bool match_name(struct text body, struct text *out_ns, struct text *out_name)
{
    size_t split = body.len;

    if (body.len > 2 && text_ends_with(body, TEXT("//"))) {
        split = body.len - 1;
    } else if (!text_equal(body, TEXT("/"))) {
        while (split > 0 && body.ptr[split - 1] != '/') {
            split--;
        }
    } else {
        split = 0;
    }
    *out_ns = text_slice(body, 0, split);
    *out_name = text_slice(body, split, body.len);
    if (out_name->len == 0 || is_digit(out_name->ptr[0])) return false;
    return split == 0 || (!is_digit(body.ptr[0]) && body.ptr[0] != '/');
}

/* token with its colon, if it is a keyword. */
static bool valid_name(struct text token, bool keyword)
{
    struct text ns, name;

    if (token.len == 0) return false;
    if (!match_name(text_slice(token, keyword, token.len), &ns, &name) &&
        !(keyword && match_name(token, &ns, &name))) {
        return false;
    }
    return !text_ends_with(ns, TEXT(":/")) && !text_ends_with(name, TEXT(":")) &&
           text_index_of(text_slice(token, 1, token.len), TEXT("::")) < 0;
}

/* What Symbol.intern does: the first slash divides. */
static void split_name(struct text body, struct text *out_ns, struct text *out_name)
{
    ptrdiff_t slash = body.len > 1 ? text_index_of_char(body, '/') : -1;

    *out_ns = slash < 0 ? TEXT_NONE : text_slice(body, 0, (size_t)slash);
    *out_name = slash < 0 ? body : text_slice(body, (size_t)slash + 1, body.len);
}

bool reader_literals_split(struct text token, struct text *out_ns, struct text *out_name)
{
    if (!valid_name(token, false)) return false;
    split_name(token, out_ns, out_name);
    return true;
}

static struct form *constant_form(struct reader *reader, struct reader_mark at, struct text token)
{
    struct form *form = NULL;

    if (text_equal(token, TEXT("nil"))) return reader_build_form(reader, FORM_NIL, at);
    form = reader_build_form(reader, FORM_BOOL, at);
    if (form) form->boolean = token.ptr[0] == 't';
    return form;
}

/* ::a is :user/a, as in a fresh Clojure; a flow file has no namespace that it could mean. */
static struct form *auto_resolved(struct reader *reader, struct reader_mark at, struct text token)
{
    struct text name = text_slice(token, 1, token.len);

    if (reader->flow_file || reader->edn || !valid_name(name, true) ||
        text_index_of_char(name, '/') >= 0) {
        reader_fail(reader, E_READER, at,
                    "auto-resolved keyword " TEXT_FMT ": there is no such namespace here",
                    TEXT_ARG(reader_literals_shown(token)));
        return reader_hint(reader, "Write it with one colon.");
    }
    struct form *form = reader_build_form(reader, FORM_KEYWORD, at);

    if (!form) return NULL;
    form->ns = TEXT("user");
    form->name = text_slice(name, 1, name.len);
    return form;
}

struct form *reader_literals_name(struct reader *reader)
{
    struct reader_mark at = reader_mark(reader);
    struct text token = token_at(reader, reader->offset, reader_token_end(reader, reader->offset));
    bool keyword = token.len > 0 && token.ptr[0] == ':';

    reader_advance(reader, reader->offset + token.len);
    if (text_equal(token, TEXT("nil")) || text_equal(token, TEXT("true")) ||
        text_equal(token, TEXT("false"))) {
        return constant_form(reader, at, token);
    }
    if (text_starts_with(token, TEXT("::"))) return auto_resolved(reader, at, token);
    if (!valid_name(token, keyword)) {
        reader_fail(reader, E_SYNTAX, at, "invalid token " TEXT_FMT,
                    TEXT_ARG(reader_literals_shown(token)));
        if (text_equal(token, TEXT(":"))) {
            return reader_hint(reader, "A keyword is a colon and a name without space between: "
                                       "{:status 5}. A flow is EDN, not JSON: no colon behind a "
                                       "key.");
        }
        return reader_hint(reader, "A name is a word without / or : at its end; text stands in "
                                   "double quotes.");
    }
    struct form *form = reader_build_form(reader, keyword ? FORM_KEYWORD : FORM_SYMBOL, at);

    if (!form) return NULL;
    split_name(text_slice(token, keyword, token.len), &form->ns, &form->name);
    return form;
}

struct form *reader_literals_symbolic(struct reader *reader)
{
    struct reader_mark at = reader_mark(reader);
    struct text token =
        token_at(reader, reader->offset + 2, reader_token_end(reader, reader->offset + 2));
    double real = 0;

    reader_advance(reader, reader->offset + 2 + token.len);
    if (text_equal(token, TEXT("Inf"))) {
        real = HUGE_VAL;
    } else if (text_equal(token, TEXT("-Inf"))) {
        real = -HUGE_VAL;
    } else if (text_equal(token, TEXT("NaN"))) {
        real = NAN;
    } else {
        reader_fail(reader, E_SYNTAX, at, "unknown symbolic value ##" TEXT_FMT,
                    TEXT_ARG(reader_literals_shown(token)));
        return reader_hint(reader, "There are ##Inf, ##-Inf and ##NaN.");
    }
    struct form *form = reader_build_form(reader, FORM_DOUBLE, at);

    if (form) form->real = real;
    return form;
}
