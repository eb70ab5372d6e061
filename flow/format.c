#include "flow/format.h"

#include "flow/core_args.h"
#include "flow/decimal.h"
#include "flow/java_hash.h"
#include "flow/lazy.h"
#include "flow/number.h"
#include "flow/regex.h"
#include "flow/string.h"
#include "flow/weight.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/*
 * One specification at a time: %[index$][flags][width][.precision]conversion. Numbers are written
 * as sign, digits and fraction apart, so that grouping, zero padding and parentheses fit around
 * them.
 */
enum format_flag {
    FLAG_LEFT = 1 << 0,      /* - */
    FLAG_ALTERNATE = 1 << 1, /* # */
    FLAG_PLUS = 1 << 2,      /* + */
    FLAG_SPACE = 1 << 3,
    FLAG_ZERO = 1 << 4,  /* 0 */
    FLAG_GROUP = 1 << 5, /* , */
    FLAG_PAREN = 1 << 6, /* ( */
    FLAG_SAME = 1 << 7,  /* <: the argument before */
};

#define WIDTH_MAX 100000

struct spec {
    unsigned flags;
    int index;            /* 1-based; 0: the next one */
    int width, precision; /* -1: none */
    char conversion;
    bool upper;
};

struct formatter {
    struct native_call *call;
    const char *at, *end;
    const struct value *args;
    uint32_t arg_count, next;
    int last; /* the argument before, or -1 */
    struct buf out;
};

static bool bad(struct formatter *f, const struct spec *spec, const char *what)
{
    return error_set(f->call->err, E_ARGUMENT, "format: %%%c: %s", spec->conversion, what);
}

static int number_at(struct formatter *f)
{
    int number = -1;

    while (f->at < f->end && isdigit((unsigned char)*f->at)) {
        number = MAX(number, 0) * 10 + (*f->at++ - '0');
        if (number > WIDTH_MAX) number = WIDTH_MAX + 1;
    }
    return number;
}

static bool read_flags(struct formatter *f, struct spec *spec)
{
    static const char names[] = "-#+ 0,(<";

    while (f->at < f->end && *f->at) {
        const char *flag = strchr(names, *f->at);

        if (!flag) return true;
        unsigned bit = 1U << (flag - names);

        if (spec->flags & bit) return bad(f, spec, "the same flag stands twice");
        spec->flags |= bit;
        f->at++;
    }
    return true;
}

static bool read_spec(struct formatter *f, struct spec *spec)
{
    const char *mark = f->at;
    int number;

    *spec = (struct spec){.width = -1, .precision = -1, .conversion = '%'};
    number = *f->at == '0' ? -1 : number_at(f);
    if (number > 0 && f->at < f->end && *f->at == '$') {
        spec->index = number;
        f->at++;
    } else {
        f->at = mark;
    }
    if (!read_flags(f, spec)) return false;
    spec->width = number_at(f);
    if (f->at < f->end && *f->at == '.') {
        f->at++;
        spec->precision = number_at(f);
        if (spec->precision < 0) return bad(f, spec, "the precision is missing");
    }
    if (f->at >= f->end) return bad(f, spec, "the conversion is missing");
    spec->conversion = *f->at++;
    if (spec->width > WIDTH_MAX || spec->precision > WIDTH_MAX) {
        return bad(f, spec, "width or precision is too large");
    }
    if (spec->conversion && strchr("SXCBEGH", spec->conversion)) {
        spec->upper = true;
        spec->conversion = (char)tolower(spec->conversion);
    }
    if (!spec->conversion || !strchr("sdxocbefgnh%", spec->conversion)) {
        return bad(f, spec, "unknown conversion");
    }
    if ((spec->flags & FLAG_LEFT || (spec->flags & FLAG_ZERO && spec->conversion != '%')) &&
        spec->width < 0) {
        return bad(f, spec, "the flag needs a width");
    }
    if ((spec->flags & FLAG_PLUS && spec->flags & FLAG_SPACE) ||
        (spec->flags & FLAG_LEFT && spec->flags & FLAG_ZERO)) {
        return bad(f, spec, "these flags exclude each other");
    }
    return true;
}

static bool take_argument(struct formatter *f, const struct spec *spec, struct value *out)
{
    int index = spec->index ? spec->index - 1 : (int)f->next;

    if (spec->flags & FLAG_SAME) {
        index = f->last;
    } else if (!spec->index) {
        f->next++;
    }
    if (index < 0 || (uint32_t)index >= f->arg_count) {
        return bad(f, spec, "there is no argument for it");
    }
    f->last = index;
    *out = f->args[index];
    return true;
}

/* How many UTF-16 units the UTF-8 text is. */
static size_t units_in(struct text text)
{
    size_t units = 0;

    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];

        if ((c & 0xC0) != 0x80) units += c >= 0xF0 ? 2 : 1;
    }
    return units;
}

/* The text, cut to the precision, in its width. */
static bool put_padded(struct formatter *f, const struct spec *spec, struct text text)
{
    size_t units = units_in(text);
    size_t pad = spec->width > 0 && (size_t)spec->width > units ? (size_t)spec->width - units : 0;

    if (!heap_can(f->call->heap, f->out.len + text.len + pad, f->call->err)) return false;
    if (!(spec->flags & FLAG_LEFT)) {
        for (size_t i = 0; i < pad; i++) {
            buf_char(&f->out, ' ');
        }
    }
    buf_text(&f->out, text);
    if (spec->flags & FLAG_LEFT) {
        for (size_t i = 0; i < pad; i++) {
            buf_char(&f->out, ' ');
        }
    }
    return true;
}

static void make_upper(struct formatter *f, struct buf *text)
{
    struct value string = string_from_utf8(f->call->heap, buf_get(text));
    struct buf units CLEANUP(buf_done) = {0};
    struct buf changed CLEANUP(buf_done) = {0};

    for (uint32_t i = 0; i < string_length(string); i++) {
        uint16_t unit = string_unit(string, i);

        buf_append(&units, &unit, sizeof(unit));
    }
    if (units.len == 0) return;
    regex_change_case((const uint16_t *)(const void *)units.ptr, units.len / 2, true, &changed);
    string = string_from_units(f->call->heap, (const uint16_t *)(const void *)changed.ptr,
                               (uint32_t)(changed.len / 2));
    buf_reset(text);
    string_append_utf8(string, text);
}

/* %s %b %h %c, once it is text */
static bool put_text(struct formatter *f, const struct spec *spec, struct buf *text)
{
    struct text cut = buf_get(text);

    if (spec->precision >= 0) {
        while (units_in(cut) > (size_t)spec->precision) {
            do {
                cut.len--;
            } while (cut.len > 0 && ((unsigned char)cut.ptr[cut.len] & 0xC0) == 0x80);
        }
    }
    if (spec->upper) {
        struct buf upper CLEANUP(buf_done) = {0};

        buf_text(&upper, cut);
        make_upper(f, &upper);
        return put_padded(f, spec, buf_get(&upper));
    }
    return put_padded(f, spec, cut);
}

/* What shows the whole of a value needs all of it; anything else leaves lazy sequences alone. */
static bool look_through(struct formatter *f, struct value arg)
{
    struct native_call *call = f->call;
    int64_t budget = native_budget(call);
    struct value found;
    enum lazy_scan scan = lazy_scan(arg, true, &budget, &found);

    if (scan == LAZY_SCAN_BUDGET) budget = -1;
    if (!native_spend(call, budget)) return false;
    if (scan == LAZY_SCAN_PENDING) return native_pending_ahead(call, found, NATIVE_AHEAD_ALL);
    return native_charge(call, weight_of(arg, *call->fuel));
}

static bool put_general(struct formatter *f, const struct spec *spec, struct value arg)
{
    struct buf text CLEANUP(buf_done) = {.limit = f->call->heap->budget_bytes};

    if (spec->flags & ~(unsigned)(FLAG_LEFT | FLAG_SAME)) {
        return bad(f, spec, "the flag does not go with it");
    }
    if (spec->conversion != 'b' && !look_through(f, arg)) return false;
    if (value_is_nil(arg)) {
        buf_cstr(&text, spec->conversion == 'b' ? "false" : "null");
    } else if (spec->conversion == 'b') {
        buf_cstr(&text, value_truthy(arg) ? "true" : "false");
    } else if (spec->conversion == 'h') {
        buf_printf(&text, "%x", java_hash_value(arg));
    } else {
        java_hash_display(arg, &text);
    }
    return put_text(f, spec, &text);
}

static bool put_char(struct formatter *f, const struct spec *spec, struct value arg)
{
    struct buf text CLEANUP(buf_done) = {0};

    if (spec->precision >= 0) return bad(f, spec, "it takes no precision");
    if (spec->flags & ~(unsigned)(FLAG_LEFT | FLAG_SAME)) {
        return bad(f, spec, "the flag does not go with it");
    }
    if (value_is_nil(arg)) {
        buf_cstr(&text, "null");
    } else if (arg.type == VALUE_CHAR) {
        java_hash_display(arg, &text);
    } else {
        return bad(f, spec, "the argument is no character");
    }
    return put_text(f, spec, &text);
}

/* Digits with a separator every three. */
static void add_grouped(struct buf *out, struct text digits)
{
    for (size_t i = 0; i < digits.len; i++) {
        if (i > 0 && (digits.len - i) % 3 == 0) buf_char(out, ',');
        buf_char(out, digits.ptr[i]);
    }
}

/* sign, prefix, whole digits, and what follows them, in the width. */
static bool put_number(struct formatter *f, const struct spec *spec, bool negative,
                       const char *prefix, struct text digits, struct text fraction)
{
    struct buf body CLEANUP(buf_done) = {0};
    struct buf text CLEANUP(buf_done) = {0};
    bool paren = negative && spec->flags & FLAG_PAREN;
    size_t used;

    if (spec->flags & FLAG_GROUP) {
        add_grouped(&body, digits);
    } else {
        buf_text(&body, digits);
    }
    buf_text(&body, fraction);
    if (negative) {
        buf_char(&text, paren ? '(' : '-');
    } else if (spec->flags & FLAG_PLUS) {
        buf_char(&text, '+');
    } else if (spec->flags & FLAG_SPACE) {
        buf_char(&text, ' ');
    }
    buf_cstr(&text, prefix);
    used = text.len + body.len + (paren ? 1 : 0);
    for (size_t i = used; spec->flags & FLAG_ZERO && spec->width > 0 && i < (size_t)spec->width;
         i++) {
        buf_char(&text, '0');
    }
    buf_text(&text, buf_get(&body));
    if (paren) buf_char(&text, ')');
    for (size_t i = 0; spec->upper && i < text.len; i++) {
        text.ptr[i] = (char)toupper((unsigned char)text.ptr[i]);
    }
    return put_padded(f, spec, buf_get(&text));
}

/* %x and %o of a negative 64-bit integer show its two's complement. */
static bool put_integer(struct formatter *f, const struct spec *spec, struct value arg)
{
    struct buf digits CLEANUP(buf_done) = {0};
    struct text text;
    bool negative;
    int base = spec->conversion == 'd' ? 10 : spec->conversion == 'x' ? 16 : 8;
    const char *prefix = "";

    if (spec->precision >= 0) return bad(f, spec, "it takes no precision");
    if (arg.type != VALUE_INT) return bad(f, spec, "the argument is no integer of 64 bits");
    if (base != 10 && spec->flags & FLAG_GROUP) return bad(f, spec, "it takes no ','");
    if (base == 10 && spec->flags & FLAG_ALTERNATE) return bad(f, spec, "it takes no '#'");
    if (base != 10) {
        if (spec->flags & (FLAG_PLUS | FLAG_SPACE | FLAG_PAREN)) {
            return bad(f, spec, "the flag does not go with it");
        }
        buf_printf(&digits, base == 16 ? "%llx" : "%llo", (unsigned long long)arg.integer);
    } else {
        buf_printf(&digits, "%lld", (long long)arg.integer);
    }
    text = buf_get(&digits);
    negative = text.len > 0 && text.ptr[0] == '-';
    if (negative) text = text_slice(text, 1, text.len);
    if (spec->flags & FLAG_ALTERNATE) prefix = base == 16 ? "0x" : "0";
    return put_number(f, spec, negative, prefix, text, TEXT_NONE);
}

/*
 * The magnitude as digits with `precision` of them behind the point, rounded half up from the
 * shortest decimal that reads back, as Java's Formatter does.
 */
static bool fixed_digits(struct formatter *f, struct value magnitude, int precision,
                         struct buf *out)
{
    struct value decimal = value_nil(), rounded = value_nil();
    struct buf unscaled CLEANUP(buf_done) = {0};
    size_t whole;

    if (!number_to_decimal(f->call->heap, magnitude, &decimal, f->call->err)) return false;
    if (!decimal_set_scale(f->call->heap, decimal, precision, true, &rounded, f->call->err)) {
        return false;
    }
    bignum_print(decimal_unscaled(rounded), 10, &unscaled);
    while (unscaled.len < (size_t)precision + 1) { // at least one digit before the point
        struct buf longer = {0};

        buf_char(&longer, '0');
        buf_text(&longer, buf_get(&unscaled));
        buf_done(&unscaled);
        unscaled = longer;
    }
    whole = unscaled.len - (size_t)precision;
    buf_append(out, unscaled.ptr, whole);
    if (precision > 0) {
        buf_char(out, '.');
        buf_append(out, unscaled.ptr + whole, (size_t)precision);
    }
    return true;
}

static bool put_fixed(struct formatter *f, const struct spec *spec, bool negative,
                      struct value magnitude, int precision)
{
    struct buf text CLEANUP(buf_done) = {0};
    ptrdiff_t point;

    if (!fixed_digits(f, magnitude, precision, &text)) return false;
    if (precision == 0 && spec->flags & FLAG_ALTERNATE) buf_char(&text, '.');
    point = text_index_of_char(buf_get(&text), '.');
    if (point < 0) point = (ptrdiff_t)text.len;
    return put_number(f, spec, negative, "", text_slice(buf_get(&text), 0, (size_t)point),
                      text_slice(buf_get(&text), (size_t)point, text.len));
}

/* The exponent of the leading digit of the (positive) magnitude, after rounding to that many digits
 * behind it; and the digits. */
static bool scientific_digits(struct formatter *f, struct value magnitude, int precision,
                              struct buf *digits, int *out_exponent)
{
    struct value decimal = value_nil(), rounded = value_nil();
    struct value scaled;
    struct buf unscaled CLEANUP(buf_done) = {0};

    if (!number_to_decimal(f->call->heap, magnitude, &decimal, f->call->err)) return false;
    if (decimal_sign(decimal) == 0) {
        for (int i = 0; i <= precision; i++) {
            buf_char(digits, '0');
        }
        *out_exponent = 0;
        return true;
    }
    bignum_print(decimal_unscaled(decimal), 10, &unscaled);
    *out_exponent = (int)unscaled.len - 1 - decimal_scale(decimal);
    // d.ddd × 10^0: the same digits with the point behind the first
    scaled = decimal_new(f->call->heap, decimal_unscaled(decimal), (int32_t)unscaled.len - 1);
    if (!decimal_set_scale(f->call->heap, scaled, precision, true, &rounded, f->call->err)) {
        return false;
    }
    bignum_print(decimal_unscaled(rounded), 10, digits);
    if (digits->len > (size_t)precision + 1) { // 9.99 became 10.0
        digits->len--;
        *out_exponent += 1;
    }
    return true;
}

static bool put_scientific(struct formatter *f, const struct spec *spec, bool negative,
                           struct value magnitude, int precision)
{
    struct buf digits CLEANUP(buf_done) = {0};
    struct buf tail CLEANUP(buf_done) = {0};
    int exponent;

    if (spec->conversion == 'e' && spec->flags & FLAG_GROUP) {
        return bad(f, spec, "it takes no ','");
    }
    if (!scientific_digits(f, magnitude, precision, &digits, &exponent)) return false;
    if (precision > 0 || spec->flags & FLAG_ALTERNATE) buf_char(&tail, '.');
    if (precision > 0) {
        buf_text(&tail, text_slice(buf_get(&digits), 1, digits.len));
    }
    buf_printf(&tail, "e%c%02d", exponent < 0 ? '-' : '+', exponent < 0 ? -exponent : exponent);
    return put_number(f, spec, negative, "", text_slice(buf_get(&digits), 0, 1), buf_get(&tail));
}

/* %g: as %f from 10^-4 until before 10^precision, else as %e; the precision counts all digits. */
static bool put_shorter(struct formatter *f, const struct spec *spec, bool negative,
                        struct value magnitude, int precision)
{
    struct buf digits CLEANUP(buf_done) = {0};
    struct value decimal = value_nil();
    int exponent;

    if (precision == 0) precision = 1;
    if (!scientific_digits(f, magnitude, precision - 1, &digits, &exponent)) return false;
    if (!number_to_decimal(f->call->heap, magnitude, &decimal, f->call->err)) return false;
    if (decimal_sign(decimal) == 0 || (exponent >= -4 && exponent < precision)) {
        int behind = decimal_sign(decimal) == 0 ? precision - 1 : precision - 1 - exponent;

        return put_fixed(f, spec, negative, magnitude, behind);
    }
    return put_scientific(f, spec, negative, magnitude, precision - 1);
}

static bool put_special(struct formatter *f, const struct spec *spec, double real)
{
    struct spec plain = *spec;
    bool negative = real < 0;

    plain.flags &= ~(unsigned)(FLAG_ZERO | FLAG_GROUP);
    if (isnan(real)) plain.flags &= ~(unsigned)(FLAG_PLUS | FLAG_SPACE);
    return put_number(f, &plain, negative, "", isnan(real) ? TEXT("NaN") : TEXT("Infinity"),
                      TEXT_NONE);
}

/* Whatever the number is, and where there is none. */
static bool has_real_flags(struct formatter *f, const struct spec *spec)
{
    if (spec->conversion == 'e' && (spec->flags & FLAG_GROUP)) {
        return bad(f, spec, "it takes no ','");
    }
    if (spec->conversion == 'g' && (spec->flags & FLAG_ALTERNATE)) {
        return bad(f, spec, "it takes no '#'");
    }
    return true;
}

static bool put_real(struct formatter *f, const struct spec *spec, struct value arg)
{
    struct value magnitude = arg;
    int precision = spec->precision < 0 ? 6 : spec->precision;
    bool negative;

    if (arg.type != VALUE_DOUBLE && arg.type != VALUE_DECIMAL) {
        return bad(f, spec, "the argument is no double or decimal");
    }
    if (!native_charge(f->call, precision / 8 + 8)) return false;
    if (arg.type == VALUE_DOUBLE) {
        if (!isfinite(arg.real)) return put_special(f, spec, arg.real);
        negative = signbit(arg.real);
        magnitude = value_double(fabs(arg.real));
    } else {
        negative = decimal_sign(arg) < 0;
        if (negative && !number_negate(f->call->heap, arg, false, &magnitude, f->call->err)) {
            return false;
        }
    }
    switch (spec->conversion) {
    case 'f': return put_fixed(f, spec, negative, magnitude, precision);
    case 'e': return put_scientific(f, spec, negative, magnitude, precision);
    default: return put_shorter(f, spec, negative, magnitude, precision);
    }
}

/* %n and %%, which take no argument. */
static bool put_sign(struct formatter *f, const struct spec *spec)
{
    bool line = spec->conversion == 'n';

    if (spec->precision >= 0) return bad(f, spec, "it takes no precision");
    if (line && spec->width >= 0) return bad(f, spec, "it takes no width");
    if (spec->flags & ~(line ? 0U : (unsigned)FLAG_LEFT)) {
        return bad(f, spec, "the flag does not go with it");
    }
    return put_padded(f, spec, line ? TEXT("\n") : TEXT("%"));
}

static bool put_spec(struct formatter *f, const struct spec *spec)
{
    struct value arg = value_nil();

    if (strchr("n%", spec->conversion)) return put_sign(f, spec);
    if (!take_argument(f, spec, &arg)) return false;
    switch (spec->conversion) {
    case 'c': return put_char(f, spec, arg);
    case 'd':
    case 'x':
    case 'o':
        if (!value_is_nil(arg)) return put_integer(f, spec, arg);
        break;
    case 'e':
    case 'f':
    case 'g':
        if (!has_real_flags(f, spec)) return false;
        if (!value_is_nil(arg)) return put_real(f, spec, arg);
        break;
    default: return put_general(f, spec, arg);
    }
    struct spec plain = *spec;
    struct buf text CLEANUP(buf_done) = {0};

    plain.flags &= FLAG_LEFT;
    buf_cstr(&text, "null");
    return put_text(f, &plain, &text);
}

static bool format_all(struct formatter *f)
{
    while (f->at < f->end) {
        struct spec spec;
        const char *percent = memchr(f->at, '%', (size_t)(f->end - f->at));

        buf_append(&f->out, f->at, (size_t)((percent ? percent : f->end) - f->at));
        if (!percent) return true;
        f->at = percent + 1;
        if (f->at >= f->end) {
            return error_set(f->call->err, E_ARGUMENT,
                             "format: the conversion behind %% is missing");
        }
        if (!read_spec(f, &spec) || !put_spec(f, &spec)) return false;
        if (!native_charge(f->call, 4)) return false;
    }
    return true;
}

bool format_text(struct native_call *call, struct value pattern, const struct value *args,
                 uint32_t arg_count, struct value *out)
{
    struct buf source CLEANUP(buf_done) = {0};
    struct formatter f = {.call = call, .args = args, .arg_count = arg_count, .last = -1};
    bool done;

    if (!core_args_utf8(call, pattern, &source)) return false;
    f.at = buf_get(&source).ptr;
    f.end = f.at + source.len;
    done = format_all(&f);
    if (done) *out = string_from_utf8(call->heap, buf_get(&f.out));
    buf_done(&f.out);
    return done;
}
