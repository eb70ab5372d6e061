#include "flow/bytes.h"
#include "flow/core.h"
#include "flow/core_args.h"
#include "flow/core_convert.h"
#include "flow/java_hash.h"
#include "flow/number.h"
#include "flow/regex.h"
#include "flow/utf.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* Core java: parsing and formatting of numbers and characters (Long, Integer, Double, Character),
 * and the pure methods of strings. */

/* What a method of Integer takes. */
static bool is_32_bits(struct native_call *call, int64_t number)
{
    if (call->entry->name[0] != 'I' || (number >= INT32_MIN && number <= INT32_MAX)) return true;
    return error_set(call->err, E_ARITHMETIC, "integer overflow");
}

static bool parse_int(struct native_call *call, int64_t min, int64_t max, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {0};
    int64_t radix = 10, integer;

    if (!value_is_nil(call->args[0]) && !core_args_string(call, 0)) return false;
    if (call->count > 1 && !core_args_int32(call, 1, &radix)) return false;
    if (value_is_nil(call->args[0])) {
        return error_set(call->err, E_NUMBER_FORMAT, "%s: nil is no number", call->entry->name);
    }
    if (!core_args_utf8(call, call->args[0], &text)) return false;
    if (radix < 2 || radix > 36 || !core_convert_int(buf_get(&text), (int)radix, &integer) ||
        integer < min || integer > max) {
        error_set(call->err, E_NUMBER_FORMAT, "For input string: \"%.80s\"",
                  text.ptr ? text.ptr : "");
        return error_hint(call->err, "Give %s text that is an integer.", call->entry->name);
    }
    *out = value_int(integer);
    return true;
}

static bool parse_long(struct native_call *call, struct value *out)
{
    return parse_int(call, INT64_MIN, INT64_MAX, out);
}

static bool parse_int32(struct native_call *call, struct value *out)
{
    return parse_int(call, INT32_MIN, INT32_MAX, out);
}

static bool value_of_long(struct native_call *call, struct value *out)
{
    struct value x = call->args[0];
    bool number = x.type == VALUE_INT && call->count == 1;

    if (call->count == 1 && !number && x.type != VALUE_STRING &&
        x.type != VALUE_NIL) { // there is no such method
        return core_args_invalid(call, 0, "a string or an integer");
    }
    if (!number && call->entry->name[0] == 'I') return parse_int32(call, out);
    if (!number) return parse_long(call, out);
    *out = call->args[0];
    return is_32_bits(call, out->integer);
}

static bool parse_real(struct native_call *call, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {0};
    double real;

    if (call->args[0].type == VALUE_DOUBLE && (call->entry->flags & NATIVE_OVERLOADED)) {
        *out = call->args[0];
        return true;
    }
    if (value_is_nil(call->args[0])) return native_wrong_type(call, 0, "string");
    if (!core_args_string(call, 0) || !core_args_utf8(call, call->args[0], &text)) return false;
    if (!core_convert_double(buf_get(&text), &real)) {
        return error_set(call->err, E_NUMBER_FORMAT, "For input string: \"%.80s\"",
                         text.ptr ? text.ptr : "");
    }
    *out = value_double(real);
    return true;
}

static bool real_is(struct native_call *call, bool nan, struct value *out)
{
    double real;

    if (!number_is(call->args[0])) return core_args_wrong(call, 0, "a number");
    if (!number_to_double(call->args[0], &real, call->err)) return false;
    *out = value_bool(nan ? isnan(real) : isinf(real));
    return true;
}

static bool real_is_nan(struct native_call *call, struct value *out)
{
    return real_is(call, true, out);
}

static bool real_is_infinite(struct native_call *call, struct value *out)
{
    return real_is(call, false, out);
}

static bool parse_boolean(struct native_call *call, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {0};

    if (!value_is_nil(call->args[0])) {
        if (!core_args_string(call, 0) || !core_args_utf8(call, call->args[0], &text)) return false;
    }
    *out = value_bool(text_equal_nocase(buf_get(&text), TEXT("true")));
    return true;
}

/* The digits of an unsigned integer. */
static void put_radix(struct buf *out, uint64_t number, unsigned radix)
{
    char digits[64];
    size_t at = sizeof(digits);

    do {
        digits[--at] = "0123456789abcdefghijklmnopqrstuvwxyz"[number % radix];
        number /= radix;
    } while (number);
    buf_append(out, digits + at, sizeof(digits) - at);
}

static bool to_string_radix(struct native_call *call, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {0};
    int64_t number, radix = 10;

    if (!core_args_int(call, 0, &number) || !is_32_bits(call, number)) return false;
    if (call->count > 1 && !core_args_int32(call, 1, &radix)) return false;
    if (radix < 2 || radix > 36) radix = 10;
    if (number < 0) buf_char(&text, '-');
    put_radix(&text, number < 0 ? 0 - (uint64_t)number : (uint64_t)number, (unsigned)radix);
    *out = string_from_utf8(call->heap, buf_get(&text));
    return true;
}

static bool to_bits_string(struct native_call *call, unsigned radix, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {0};
    int64_t number;

    if (!core_args_int(call, 0, &number) || !is_32_bits(call, number)) return false;
    put_radix(&text, call->entry->name[0] == 'I' ? (uint32_t)number : (uint64_t)number, radix);
    *out = string_from_utf8(call->heap, buf_get(&text));
    return true;
}

static bool to_hex_string(struct native_call *call, struct value *out)
{
    return to_bits_string(call, 16, out);
}

static bool to_octal_string(struct native_call *call, struct value *out)
{
    return to_bits_string(call, 8, out);
}

static bool to_binary_string(struct native_call *call, struct value *out)
{
    return to_bits_string(call, 2, out);
}

/* Double.toString: of a double, or of what becomes one. */
static bool double_to_string(struct native_call *call, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {0};
    double real;

    if (!number_is(call->args[0])) return core_args_wrong(call, 0, "a number");
    if (!number_to_double(call->args[0], &real, call->err)) return false;
    number_display(value_double(real), &text);
    *out = string_from_utf8(call->heap, buf_get(&text));
    return true;
}

static bool to_string(struct native_call *call, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {0};

    if (value_is_nil(call->args[0])) {
        if (call->entry->name[0] == '.') return core_args_wrong(call, 0, "a value");
        buf_cstr(&text, "null");
    } else {
        java_hash_display(call->args[0], &text);
    }
    if (!core_args_charge_text(call, (int64_t)text.len)) return false;
    *out = string_from_utf8(call->heap, buf_get(&text));
    return true;
}

/* The units of a character or of a code point: 0 of what is no code point. */
static bool code_units(struct native_call *call, uint16_t out[2], uint32_t *out_count)
{
    int64_t code = call->args[0].integer;

    if (call->args[0].type != VALUE_CHAR && call->args[0].type != VALUE_INT) {
        return core_args_wrong(call, 0, "a character or its code");
    }
    if (code < INT32_MIN || code > INT32_MAX) {
        return error_set(call->err, E_ARITHMETIC, "integer overflow");
    }
    *out_count = code < 0 || code > UTF_MAX ? 0 : utf_to_units((uint32_t)code, out);
    return true;
}

/* By the pattern of the class. */
static bool char_is(struct native_call *call, const char *pattern, struct value *out)
{
    struct regex_match match;
    struct regex *regex;
    uint16_t text[2], units[24];
    size_t len = strlen(pattern);
    int64_t fuel = 1000;
    uint32_t count = 0;

    if (!code_units(call, text, &count)) return false;
    for (size_t i = 0; i < len; i++) {
        units[i] = (uint16_t)(unsigned char)pattern[i];
    }
    regex = regex_new(units, len, REGEX_PAIRS, call->err);
    if (!regex) return false;
    *out = value_bool(count > 0 && regex_find(regex, text, count, 0, true, &fuel, &match,
                                              call->err) == REGEX_MATCH);
    regex_free(regex);
    return native_charge(call, 20);
}

static bool char_is_digit(struct native_call *call, struct value *out)
{
    return char_is(call, "\\p{Nd}", out);
}

static bool char_is_letter(struct native_call *call, struct value *out)
{
    return char_is(call, "\\p{L}", out);
}

static bool char_is_letter_or_digit(struct native_call *call, struct value *out)
{
    return char_is(call, "[\\p{L}\\p{Nd}]", out);
}

static bool char_is_upper(struct native_call *call, struct value *out)
{
    return char_is(call, "\\p{IsUppercase}", out);
}

static bool char_is_lower(struct native_call *call, struct value *out)
{
    return char_is(call, "\\p{IsLowercase}", out);
}

static bool char_to_string(struct native_call *call, struct value *out)
{
    uint16_t units[2];
    uint32_t count = 0;

    if (!code_units(call, units, &count)) return false;
    if (count == 0) return core_args_invalid(call, 0, "a character code");
    *out = string_from_units(call->heap, units, count);
    return true;
}

const struct native_entry core_java[] = {
    {"Long/parseLong", 1, 2, NATIVE_STATIC_OK, parse_long},
    {"Long/valueOf", 1, 2, NATIVE_STATIC_OK, value_of_long},
    {"Integer/parseInt", 1, 2, NATIVE_STATIC_OK, parse_int32},
    {"Integer/valueOf", 1, 2, NATIVE_STATIC_OK, value_of_long},
    {"Double/parseDouble", 1, 1, NATIVE_STATIC_OK, parse_real},
    {"Double/valueOf", 1, 1, NATIVE_STATIC_OK | NATIVE_OVERLOADED, parse_real},
    {"Double/isNaN", 1, 1, NATIVE_STATIC_OK, real_is_nan},
    {"Double/isInfinite", 1, 1, NATIVE_STATIC_OK, real_is_infinite},
    {"Boolean/parseBoolean", 1, 1, NATIVE_STATIC_OK, parse_boolean},
    {"Long/toString", 1, 2, NATIVE_STATIC_OK, to_string_radix},
    {"Integer/toString", 1, 2, NATIVE_STATIC_OK, to_string_radix},
    {"Double/toString", 1, 1, NATIVE_STATIC_OK, double_to_string},
    {"Long/toHexString", 1, 1, NATIVE_STATIC_OK, to_hex_string},
    {"Long/toOctalString", 1, 1, NATIVE_STATIC_OK, to_octal_string},
    {"Long/toBinaryString", 1, 1, NATIVE_STATIC_OK, to_binary_string},
    {"Integer/toHexString", 1, 1, NATIVE_STATIC_OK, to_hex_string},
    {"Integer/toOctalString", 1, 1, NATIVE_STATIC_OK, to_octal_string},
    {"Integer/toBinaryString", 1, 1, NATIVE_STATIC_OK, to_binary_string},
    {"String/valueOf", 1, 1, NATIVE_DEEP | NATIVE_OVERLOADED, to_string},
    {".toString", 1, 1, NATIVE_DEEP, to_string},
    {"Character/isDigit", 1, 1, NATIVE_STATIC_OK | NATIVE_OVERLOADED, char_is_digit},
    {"Character/isLetter", 1, 1, NATIVE_STATIC_OK | NATIVE_OVERLOADED, char_is_letter},
    {"Character/isLetterOrDigit", 1, 1, NATIVE_STATIC_OK | NATIVE_OVERLOADED,
     char_is_letter_or_digit},
    {"Character/isUpperCase", 1, 1, NATIVE_STATIC_OK | NATIVE_OVERLOADED, char_is_upper},
    {"Character/isLowerCase", 1, 1, NATIVE_STATIC_OK | NATIVE_OVERLOADED, char_is_lower},
    {"Character/toString", 1, 1, NATIVE_STATIC_OK | NATIVE_OVERLOADED, char_to_string},
    {0},
};
