#include "flow/bytes.h"
#include "flow/core.h"
#include "flow/core_args.h"
#include "flow/core_convert.h"
#include "flow/equal.h"
#include "flow/java_hash.h"
#include "flow/number.h"
#include "flow/pvec.h"
#include "flow/utf.h"

#include <limits.h>

/* Core java string: the pure methods of java.lang.String and java.lang.Number that have no native
 * of clojure.string behind them. Methods that are the same as one of those are aliases in the
 * prelude. */

/* Of a vector too, as Java's method of Clojure's vectors. */
static bool length(struct native_call *call, struct value *out)
{
    if (call->args[0].type == VALUE_VECTOR) {
        *out = value_int(pvec_count(call->args[0]));
        return true;
    }
    if (!core_args_string(call, 0)) return false;
    *out = value_int(string_length(call->args[0]));
    return true;
}

static bool is_empty(struct native_call *call, struct value *out)
{
    struct value seq;

    if (call->args[0].type >= VALUE_LIST && call->args[0].type <= VALUE_SORTED_SET) {
        enum seq_result result = seq_of(call->heap, call->args[0], &seq, call->err);

        if (result == SEQ_PENDING) return native_pending(call, seq);
        *out = value_bool(value_is_nil(seq));
        return result == SEQ_OK;
    }
    if (!core_args_string(call, 0)) return false;
    *out = value_bool(string_length(call->args[0]) == 0);
    return true;
}

static bool char_at(struct native_call *call, struct value *out)
{
    int64_t index;

    if (!core_args_string(call, 0) || !core_args_int32(call, 1, &index)) return false;
    if (index < 0 || index >= string_length(call->args[0])) {
        return error_set(call->err, E_INDEX, ".charAt: %lld is outside of 0 to %u",
                         (long long)index, string_length(call->args[0]));
    }
    *out = value_char(string_unit(call->args[0], (uint32_t)index));
    return true;
}

/* What indexOf looks for: a string, or the character that has this code, which may be a pair. */
static bool take_part(struct native_call *call, struct value *out)
{
    int64_t code;
    uint16_t units[2];

    *out = call->args[1];
    if (out->type != VALUE_INT) return core_args_string(call, 1);
    if (!core_args_int32(call, 1, &code)) return false;
    *out = value_nil(); // no character has the code
    if (code >= 0 && code <= UTF_MAX) {
        *out = string_from_units(call->heap, units, utf_to_units((uint32_t)code, units));
    }
    return true;
}

/* indexOf and lastIndexOf of a string or a character's code: -1 when there is none. */
static bool index_of(struct native_call *call, bool last, struct value *out)
{
    struct value part;
    int64_t from = last ? INT32_MAX : 0;

    if (!core_args_string(call, 0)) return false;
    if (call->count > 2 && call->args[2].type != VALUE_INT) {
        return core_args_invalid(call, 2, "an integer");
    }
    if (!take_part(call, &part)) return false;
    if (call->count > 2 && !core_args_int32(call, 2, &from)) return false;
    if (!native_charge(call, string_length(call->args[0]) / 16)) return false;
    *out = value_int(-1);
    if (value_is_nil(part) || (last && from < 0)) return true;
    from = MIN(MAX(from, 0), string_length(call->args[0]));
    *out = value_int(last ? string_last_index_of(call->args[0], part, from)
                          : string_index_of(call->args[0], part, from));
    return true;
}

static bool first_index_of(struct native_call *call, struct value *out)
{
    return index_of(call, false, out);
}

static bool last_index_of(struct native_call *call, struct value *out)
{
    return index_of(call, true, out);
}

static bool concat(struct native_call *call, struct value *out)
{
    if (!core_args_string(call, 0) || !core_args_string(call, 1)) return false;
    if (!core_args_charge_units(call, (int64_t)string_length(call->args[0]) +
                                          string_length(call->args[1]))) {
        return false;
    }
    *out = string_concat(call->heap, call->args[0], call->args[1]);
    return true;
}

static bool repeat(struct native_call *call, struct value *out)
{
    struct string_builder builder CLEANUP(string_builder_done) = {0};
    int64_t count, units;

    if (!core_args_string(call, 0) || !core_args_int32(call, 1, &count)) return false;
    if (count < 0) return error_set(call->err, E_ARGUMENT, ".repeat: the count is negative");
    if (__builtin_mul_overflow(count, (int64_t)string_length(call->args[0]), &units) ||
        units > INT32_MAX) {
        return error_set(call->err, E_MEMORY, ".repeat: the text is too long");
    }
    if (!core_args_charge_units(call, units)) return false;
    for (int64_t i = 0; units > 0 && i < count; i++) {
        string_builder_add(&builder, call->args[0]);
    }
    *out = string_builder_make(&builder, call->heap);
    return true;
}

static bool equals(struct native_call *call, struct value *out)
{
    if (value_is_nil(call->args[0])) return core_args_wrong(call, 0, "a value");
    struct equal_walk walk = {.java = true, .budget = native_budget(call)};
    bool same = false, done = equal_by_walk(call->args[0], call->args[1], &walk, &same);

    if (!native_spend(call, walk.budget)) return false;
    if (!done) return native_pending_ahead(call, walk.pending, walk.ahead);
    *out = value_bool(same);
    return true;
}

/* What implements Java's Comparable. Big integers do not in Clojure; sequences, maps and functions
 * do nowhere. */
static bool is_comparable(struct value x)
{
    switch (x.type) {
    case VALUE_BOOL:
    case VALUE_INT:
    case VALUE_DOUBLE:
    case VALUE_CHAR:
    case VALUE_RATIO:
    case VALUE_DECIMAL:
    case VALUE_STRING:
    case VALUE_KEYWORD:
    case VALUE_SYMBOL:
    case VALUE_VECTOR:
    case VALUE_INST:
    case VALUE_UUID:
    case VALUE_JAVA: return true;
    default: return false;
    }
}

/* Numbers are compared with those of their own class only, but for ratios. */
static bool same_class(struct value a, struct value b)
{
    return !number_is(a) || a.type == VALUE_RATIO || a.type == b.type;
}

static bool compare_to(struct native_call *call, struct value *out)
{
    int order;

    if (value_is_nil(call->args[0])) return core_args_wrong(call, 0, "a value");
    if (!is_comparable(call->args[0])) return core_args_invalid(call, 0, "what can be compared");
    if (value_is_nil(call->args[1])) return core_args_wrong(call, 1, "a value");
    if (!same_class(call->args[0], call->args[1])) {
        return native_wrong_type(call, 1, value_type_name(call->args[0]));
    }
    if (!value_compare(call->args[0], call->args[1], &order, call->err)) return false;
    *out = value_int(order);
    return true;
}

/* Java's hash, unlike clojure.core/hash. */
static bool hash_code(struct native_call *call, struct value *out)
{
    if (value_is_nil(call->args[0])) return core_args_wrong(call, 0, "a value");
    *out = value_int((int32_t)java_hash_value(call->args[0]));
    return true;
}

static bool is_utf8(struct native_call *call)
{
    struct buf name CLEANUP(buf_done) = {0};

    if (!core_args_string(call, 1) || !core_args_utf8(call, call->args[1], &name)) return false;
    if (text_equal_nocase(buf_get(&name), TEXT("utf-8"))) return true;
    if (text_equal_nocase(buf_get(&name), TEXT("utf8"))) return true;
    return error_set(call->err, E_USER, "%s: the only charset is UTF-8", call->entry->name);
}

static bool get_bytes(struct native_call *call, struct value *out)
{
    struct buf data CLEANUP(buf_done) = {0};

    if (!core_args_string(call, 0)) return false;
    if (call->count > 1 && !is_utf8(call)) return false;
    if (!core_args_charge_text(call, 2 * (int64_t)string_length(call->args[0]))) return false;
    string_append_utf8(call->args[0], &data);
    string_scrub(&data, 0);
    *out = bytes_new(call->heap, buf_get(&data));
    return true;
}

/* How many bytes of the text are its next character, or are no character together, as Java's
 * decoder takes them: a first byte with those behind it that could go on from it. */
static size_t next_character(struct text source, bool *out_good)
{
    unsigned char first = (unsigned char)source.ptr[0];
    size_t need = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4, len = 1;
    unsigned low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80; // of the second byte
    unsigned high = first == 0xF4 ? 0x8F : 0xBF;

    *out_good = false;
    if ((first >= 0x80 && first < 0xC2) || first > 0xF4) return 1;
    while (len < need && len < source.len) {
        unsigned char next = (unsigned char)source.ptr[len];

        if (next < (len == 1 ? low : 0x80) || next > (len == 1 ? high : 0xBF)) return len;
        len++;
    }
    *out_good = len == need && !(first == 0xED && (unsigned char)source.ptr[1] > 0x9F);
    return len;
}

/* As Java's constructor of old: of each byte a character, whose upper half is the number. */
static bool string_of_halves(struct native_call *call, struct value *out)
{
    struct string_builder builder CLEANUP(string_builder_done) = {0};
    struct text bytes = bytes_get(call->args[0]);
    int64_t high;

    if (!core_args_int32(call, 1, &high)) return false;
    if (!core_args_charge_text(call, (int64_t)bytes.len)) return false;
    for (size_t i = 0; i < bytes.len; i++) {
        uint16_t unit = (uint16_t)((uint64_t)high << 8 | (unsigned char)bytes.ptr[i]);

        string_builder_add_unit(&builder, unit);
    }
    *out = string_builder_make(&builder, call->heap);
    return true;
}

/* A string of bytes, or the same string. */
static bool string_of(struct native_call *call, struct value *out)
{
    struct buf text CLEANUP(buf_done) = {0};
    struct value source = call->count > 0 ? call->args[0] : string_empty();
    struct text bytes;
    bool halves = call->count > 1 && call->args[1].type == VALUE_INT;

    if (call->count < 2 && source.type == VALUE_STRING) {
        *out = source;
        return true;
    }
    if (call->count > 1 && !halves && !core_args_string(call, 1)) return false;
    if (value_is_nil(source)) return error_set(call->err, E_NULL, "String.: the bytes are nil");
    if (source.type != VALUE_BYTES) return core_args_wrong(call, 0, "a byte array");
    if (halves) return string_of_halves(call, out);
    if (call->count > 1 && !is_utf8(call)) return false;
    bytes = bytes_get(source);
    if (!core_args_charge_text(call, 2 * (int64_t)bytes.len)) return false;
    for (size_t at = 0, len; at < bytes.len; at += len) {
        bool good;

        len = next_character(text_slice(bytes, at, bytes.len), &good);
        buf_text(&text, good ? text_slice(bytes, at, at + len) : TEXT("\xEF\xBF\xBD"));
    }
    *out = string_from_utf8(call->heap, buf_get(&text));
    return true;
}

static bool to_long(struct native_call *call, struct value *out)
{
    if (!number_is(call->args[0])) return core_args_wrong(call, 0, "a number");
    *out = value_int(core_convert_low_bits(call->args[0], INT64_MIN, INT64_MAX));
    return true;
}

static bool to_int(struct native_call *call, struct value *out)
{
    if (!number_is(call->args[0])) return core_args_wrong(call, 0, "a number");
    *out = value_int((int32_t)core_convert_low_bits(call->args[0], INT32_MIN, INT32_MAX));
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

const struct native_entry core_java_string[] = {
    {".length", 1, 1, NATIVE_STATIC_OK, length},
    {".isEmpty", 1, 1, NATIVE_STATIC_OK, is_empty},
    {".charAt", 2, 2, NATIVE_STATIC_OK, char_at},
    {".indexOf", 2, 3, NATIVE_STATIC_OK | NATIVE_OVERLOADED, first_index_of},
    {".lastIndexOf", 2, 3, NATIVE_STATIC_OK | NATIVE_OVERLOADED, last_index_of},
    {".concat", 2, 2, NATIVE_STATIC_OK, concat},
    {".repeat", 2, 2, NATIVE_STATIC_OK, repeat},
    {".equals", 2, 2, NATIVE_PLAIN, equals},
    {".compareTo", 2, 2, NATIVE_DEEP, compare_to},
    {".hashCode", 1, 1, NATIVE_DEEP, hash_code},
    {".getBytes", 1, 2, NATIVE_OVERLOADED, get_bytes},
    {"String.", 0, 2, NATIVE_OVERLOADED, string_of},
    {".intValue", 1, 1, NATIVE_STATIC_OK, to_int},
    {".longValue", 1, 1, NATIVE_STATIC_OK, to_long},
    {".doubleValue", 1, 1, NATIVE_STATIC_OK, to_double},
    {0},
};
