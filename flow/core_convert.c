#include "flow/core_convert.h"

#include "base/id.h"
#include "base/parse.h"
#include "flow/bignum.h"
#include "flow/core.h"
#include "flow/core_args.h"
#include "flow/number.h"
#include "flow/uuid.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* Core convert: from one type of scalar to another, and from text. */

bool core_convert_int(struct text source, int base, int64_t *out)
{
    bool negative = source.len > 0 && source.ptr[0] == '-';
    size_t at = negative || (source.len > 0 && source.ptr[0] == '+') ? 1 : 0;
    __int128 value = 0;

    if (at == source.len) return false;
    for (; at < source.len; at++) {
        unsigned char c = (unsigned char)source.ptr[at];
        int digit = isdigit(c) ? c - '0' : isalpha(c) ? tolower(c) - 'a' + 10 : base;

        if (digit >= base) return false;
        value = value * base + digit;
        if (value > (__int128)INT64_MAX + 1) return false;
    }
    if (negative) value = -value;
    if (value > INT64_MAX) return false;
    *out = (int64_t)value;
    return true;
}

bool core_convert_double(struct text source, double *out)
{
    double sign = 1;

    while (source.len > 0 && (unsigned char)source.ptr[0] <= ' ') {
        source = text_slice(source, 1, source.len);
    }
    while (source.len > 0 && (unsigned char)source.ptr[source.len - 1] <= ' ') {
        source.len--;
    }
    if (source.len > 0 && (source.ptr[0] == '+' || source.ptr[0] == '-')) {
        if (source.ptr[0] == '-') sign = -1;
        source = text_slice(source, 1, source.len);
    }
    if (text_equal(source, TEXT("NaN"))) {
        *out = NAN;
        return true;
    }
    if (text_equal(source, TEXT("Infinity"))) {
        *out = sign * INFINITY;
        return true;
    }
    if (source.len > 1 && strchr("dDfF", source.ptr[source.len - 1])) source.len--;
    if (source.len == 0 || source.ptr[0] == '-') return false;

    struct buf text CLEANUP(buf_done) = {0};

    // Java takes ".5" and "5." too
    if (source.ptr[0] == '.') buf_char(&text, '0');
    for (size_t i = 0; i < source.len; i++) {
        bool bare = source.ptr[i] == '.' &&
                    (i + 1 == source.len || !isdigit((unsigned char)source.ptr[i + 1]));

        if (bare && i == 0) return false;
        buf_char(&text, source.ptr[i]);
        if (bare) buf_char(&text, '0');
    }
    if (!parse_double_or_infinity(buf_get(&text), out)) return false;
    *out *= sign;
    return true;
}

double core_convert_float(double x)
{
    float nearest = (float)x;

    if (!isfinite(nearest)) return nearest;
    for (int digits = 1; digits <= 9; digits++) {
        struct buf text CLEANUP(buf_done) = {0};
        double back;

        buf_printf(&text, "%.*g", digits, (double)nearest);
        if (parse_double(buf_get(&text), &back) && (float)back == nearest) return back;
    }
    return nearest;
}

/* long, int and their kind: numbers truncate, characters are their code. */
static bool to_integer(struct native_call *call, int64_t min, int64_t max, struct value *out)
{
    struct value source = call->args[0];
    int64_t integer;

    if (source.type == VALUE_CHAR) {
        integer = source.integer;
    } else if (!number_is(source)) {
        return core_args_wrong(call, 0, "a number or character");
    } else if (source.type == VALUE_DOUBLE && isnan(source.real)) {
        integer = 0;
    } else if (!number_to_int(source, &integer, call->err)) {
        return false;
    }
    if (integer < min || integer > max) {
        return error_set(call->err, source.type == VALUE_INT ? E_ARITHMETIC : E_ARGUMENT,
                         "%s: the number is out of range", call->entry->name);
    }
    *out = value_int(integer);
    return true;
}

static bool to_long(struct native_call *call, struct value *out)
{
    return to_integer(call, INT64_MIN, INT64_MAX, out);
}

static bool to_int(struct native_call *call, struct value *out)
{
    return to_integer(call, INT32_MIN, INT32_MAX, out);
}

static bool to_small(struct native_call *call, int64_t min, int64_t max, struct value *out)
{
    if (call->args[0].type == VALUE_DOUBLE && isnan(call->args[0].real)) {
        return error_set(call->err, E_ARGUMENT, "%s: NaN is out of range", call->entry->name);
    }
    if (to_integer(call, min, max, out)) return true;
    if (call->err->code == E_ARITHMETIC) call->err->code = E_ARGUMENT;
    return false;
}

static bool to_short(struct native_call *call, struct value *out)
{
    return to_small(call, INT16_MIN, INT16_MAX, out);
}

static bool to_byte(struct native_call *call, struct value *out)
{
    return to_small(call, INT8_MIN, INT8_MAX, out);
}

/* As Java casts a double: to the nearest that there is. */
static int64_t saturate(double real, int64_t min, int64_t max)
{
    if (isnan(real)) return 0;
    if (real <= (double)min) return min;
    return real >= (double)max ? max : (int64_t)real;
}

int64_t core_convert_low_bits(struct value number, int64_t min, int64_t max)
{
    struct error unused;
    int64_t integer;

    if (number.type == VALUE_DOUBLE) return saturate(number.real, min, max);
    if (number.type == VALUE_BIGINT) return (int64_t)bignum_low_bits(number);
    if (number_to_int(number, &integer, &unused)) return integer;
    return 0;
}

static bool unchecked(struct native_call *call, int64_t min, int64_t max, int64_t *out)
{
    if (call->args[0].type == VALUE_CHAR) {
        *out = call->args[0].integer;
        return true;
    }
    if (!number_is(call->args[0])) return core_args_wrong(call, 0, "a number or character");
    *out = core_convert_low_bits(call->args[0], min, max);
    return true;
}

static bool unchecked_long(struct native_call *call, struct value *out)
{
    int64_t integer = 0;

    if (call->args[0].type == VALUE_CHAR) return core_args_wrong(call, 0, "a number");
    if (!unchecked(call, INT64_MIN, INT64_MAX, &integer)) return false;
    *out = value_int(integer);
    return true;
}

static bool unchecked_int(struct native_call *call, struct value *out)
{
    int64_t integer = 0;

    if (!unchecked(call, INT32_MIN, INT32_MAX, &integer)) return false;
    *out = value_int((int32_t)integer);
    return true;
}

static bool to_double(struct native_call *call, struct value *out)
{
    double real;

    if (!number_is(call->args[0])) return core_args_wrong(call, 0, "a number");
    if (!number_to_double(call->args[0], &real, call->err)) return false;
    *out = value_double(real);
    return true;
}

static bool to_float(struct native_call *call, struct value *out)
{
    if (!to_double(call, out)) return false;
    if (!isnan(out->real) && !isfinite((float)out->real)) {
        return error_set(call->err, E_ARGUMENT, "float: the number is out of range");
    }
    *out = value_double(core_convert_float(out->real));
    return true;
}

static bool to_char(struct native_call *call, struct value *out)
{
    struct value source = call->args[0];
    int64_t code;

    if (source.type == VALUE_CHAR) {
        *out = source;
        return true;
    }
    if (source.type == VALUE_DOUBLE && isnan(source.real)) {
        return error_set(call->err, E_ARGUMENT, "char: NaN is no character code");
    }
    if (!core_args_int(call, 0, &code)) return false;
    if (code < 0 || code > UINT16_MAX) {
        return error_set(call->err, E_ARGUMENT, "char: %lld is no character code", (long long)code);
    }
    *out = value_char((uint16_t)code);
    return true;
}

static bool to_boolean(struct native_call *call, struct value *out)
{
    *out = value_bool(value_truthy(call->args[0]));
    return true;
}

static bool to_num(struct native_call *call, struct value *out)
{
    if (!number_is(call->args[0]) && !value_is_nil(call->args[0])) {
        return core_args_wrong(call, 0, "a number");
    }
    *out = call->args[0];
    return true;
}

/* bigint and bigdec read text too */
static bool number_from_string(struct native_call *call, bool decimal, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {0};
    bool made;

    if (!native_charge(call, string_length(call->args[0]) / 2)) return false;
    string_append_utf8(call->args[0], &text);
    made = decimal ? decimal_from_text(call->heap, buf_get(&text), out)
                   : bignum_from_text(call->heap, buf_get(&text), 10, out);
    if (made) return true;
    return error_set(call->err, E_NUMBER_FORMAT, "%s: \"%.80s\" is no number", call->entry->name,
                     text.ptr ? text.ptr : "");
}

/* Java finds no constructor for it. */
static bool no_number(struct native_call *call)
{
    if (value_is_nil(call->args[0])) return core_args_wrong(call, 0, "a number or string");
    return core_args_invalid(call, 0, "a number or string");
}

static bool to_bigint(struct native_call *call, struct value *out)
{
    if (call->args[0].type == VALUE_STRING) return number_from_string(call, false, out);
    if (!number_is(call->args[0])) return no_number(call);
    if (!number_to_bigint(call->heap, call->args[0], out, call->err)) return false;
    *out = bignum_from_java(call->heap, *out);
    return true;
}

static bool to_biginteger(struct native_call *call, struct value *out)
{
    if (!to_bigint(call, out)) return false;
    *out = bignum_to_java(call->heap, *out);
    return true;
}

static bool to_decimal(struct native_call *call, struct value *out)
{
    if (call->args[0].type == VALUE_STRING) return number_from_string(call, true, out);
    if (!number_is(call->args[0])) return no_number(call);
    return number_to_decimal(call->heap, call->args[0], out, call->err);
}

static bool rationalize(struct native_call *call, struct value *out)
{
    if (value_is_nil(call->args[0])) {
        *out = value_nil();
        return true;
    }
    if (!number_is(call->args[0])) return core_args_wrong(call, 0, "a number");
    return number_rationalize(call->heap, call->args[0], out, call->err);
}

static bool numerator(struct native_call *call, struct value *out)
{
    if (call->args[0].type != VALUE_RATIO) return core_args_wrong(call, 0, "a ratio");
    *out = bignum_to_java(call->heap, number_numerator(call->args[0]));
    return true;
}

static bool denominator(struct native_call *call, struct value *out)
{
    if (call->args[0].type != VALUE_RATIO) return core_args_wrong(call, 0, "a ratio");
    *out = bignum_to_java(call->heap, number_denominator(call->args[0]));
    return true;
}

/* parse-…: the text of argument 0, or E_ARGUMENT. */
static bool parse_source(struct native_call *call, struct buf *text)
{
    if (call->args[0].type != VALUE_STRING) return core_args_invalid(call, 0, "a string");
    string_append_utf8(call->args[0], text);
    return native_charge(call, (int64_t)text->len / 4);
}

static bool parse_long(struct native_call *call, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {0};
    int64_t integer;

    if (!parse_source(call, &text)) return false;
    *out = core_convert_int(buf_get(&text), 10, &integer) ? value_int(integer) : value_nil();
    return true;
}

static bool parse_real(struct native_call *call, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {0};
    double real;

    if (!parse_source(call, &text)) return false;
    *out = core_convert_double(buf_get(&text), &real) ? value_double(real) : value_nil();
    return true;
}

static bool parse_boolean(struct native_call *call, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {0};

    if (!parse_source(call, &text)) return false;
    if (text_equal(buf_get(&text), TEXT("true"))) {
        *out = value_bool(true);
    } else if (text_equal(buf_get(&text), TEXT("false"))) {
        *out = value_bool(false);
    } else {
        *out = value_nil();
    }
    return true;
}

/* Java's UUID.fromString: five groups of hex digits, short ones are filled with zeros. */
static bool read_uuid(struct text source, struct uuid *out)
{
    static const int widths[5] = {4, 2, 2, 2, 6};
    struct text rest = source;
    uint8_t *byte = out->bytes;

    if (source.len > 36) return false;
    for (int group = 0; group < 5; group++) {
        struct text part = group < 4 ? text_cut(&rest, '-') : rest;
        int64_t bits;

        if (part.len == 0 || part.ptr[0] == '+' || !core_convert_int(part, 16, &bits) || bits < 0) {
            return false;
        }
        for (int i = widths[group] - 1; i >= 0; i--) {
            *byte++ = (uint8_t)((uint64_t)bits >> (8 * i));
        }
    }
    return true;
}

static bool parse_uuid(struct native_call *call, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {0};
    struct uuid id;

    if (call->args[0].type != VALUE_STRING) return core_args_wrong(call, 0, "a string");
    if (!parse_source(call, &text)) return false;
    *out = read_uuid(buf_get(&text), &id) ? uuid_new(call->heap, id) : value_nil();
    return true;
}

const struct native_entry core_convert[] = {
    {"long", 1, 1, NATIVE_STATIC_OK, to_long},
    {"int", 1, 1, NATIVE_STATIC_OK, to_int},
    {"short", 1, 1, NATIVE_STATIC_OK, to_short},
    {"byte", 1, 1, NATIVE_STATIC_OK, to_byte},
    {"unchecked-int", 1, 1, NATIVE_STATIC_OK, unchecked_int},
    {"unchecked-long", 1, 1, NATIVE_STATIC_OK, unchecked_long},
    {"-to-int", 1, 1, NATIVE_INTERNAL, unchecked_int},
    {"double", 1, 1, NATIVE_STATIC_OK, to_double},
    {"float", 1, 1, NATIVE_STATIC_OK, to_float},
    {"char", 1, 1, NATIVE_STATIC_OK, to_char},
    {"boolean", 1, 1, NATIVE_STATIC_OK, to_boolean},
    {"num", 1, 1, NATIVE_STATIC_OK, to_num},
    {"bigint", 1, 1, NATIVE_STATIC_OK, to_bigint},
    {"biginteger", 1, 1, NATIVE_STATIC_OK, to_biginteger},
    {"bigdec", 1, 1, NATIVE_STATIC_OK, to_decimal},
    {"rationalize", 1, 1, NATIVE_STATIC_OK, rationalize},
    {"numerator", 1, 1, NATIVE_STATIC_OK, numerator},
    {"denominator", 1, 1, NATIVE_STATIC_OK, denominator},
    {"parse-long", 1, 1, NATIVE_STATIC_OK, parse_long},
    {"parse-double", 1, 1, NATIVE_STATIC_OK, parse_real},
    {"parse-boolean", 1, 1, NATIVE_STATIC_OK, parse_boolean},
    {"parse-uuid", 1, 1, NATIVE_STATIC_OK, parse_uuid},
    {0},
};
