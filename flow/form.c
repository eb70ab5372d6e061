/*
 * Form: questions about forms, equality and hash for duplicate keys, and printing.
 *
 * The functions here recurse over forms; the reader bounds their depth by LIMIT_READER_DEPTH. A
 * hash is worked out once and kept in the form, so that nested keys do not cost their size at each
 * level.
 */
#include "flow/form.h"

#include "base/crypto.h"
#include "base/parse.h"

#include <inttypes.h>
#include <math.h>

bool form_is_symbol(const struct form *form, const char *name)
{
    return form && form->kind == FORM_SYMBOL && !form->ns.ptr &&
           text_equal(form->name, text_from(name));
}

bool form_is_keyword(const struct form *form, const char *name)
{
    return form && form->kind == FORM_KEYWORD && !form->ns.ptr &&
           text_equal(form->name, text_from(name));
}

bool form_is_call(const struct form *form, const char *symbol)
{
    return form && form->kind == FORM_LIST && form->count > 0 &&
           form_is_symbol(form->items[0], symbol);
}

bool form_is_quote(const struct form *form)
{
    if (!form || form->kind != FORM_LIST || form->count != 2) return false;
    const struct form *head = form->items[0];

    if (head->kind != FORM_SYMBOL || !text_equal(head->name, TEXT("quote"))) return false;
    return !head->ns.ptr || text_equal(head->ns, TEXT("clojure.core"));
}

struct form *form_unquote(struct form *form)
{
    while (form_is_quote(form)) {
        form = form->items[1];
    }
    return form;
}

struct text form_name(const struct form *form)
{
    if (!form) return TEXT_NONE;
    if (form->kind == FORM_STRING) return form->text;
    if (form->kind != FORM_KEYWORD && form->kind != FORM_SYMBOL) return TEXT_NONE;
    return form->ns.ptr ? TEXT_NONE : form->name;
}

struct form *form_get(const struct form *map, const char *keyword)
{
    if (!map || map->kind != FORM_MAP) return NULL;
    for (uint32_t i = map->count; i >= 2; i -= 2) {
        if (form_is_keyword(map->items[i - 2], keyword)) return map->items[i - 1];
    }
    return NULL;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash ^= value + 0x9e3779b97f4a7c15ULL + (hash << 6) + (hash >> 2);
    hash *= 0xff51afd7ed558ccdULL;
    return hash ^ (hash >> 32);
}

/* Integers hash and compare as such, however they were written. */
static bool as_integer(const struct form *form, int64_t *out)
{
    if (form->kind == FORM_INT) {
        *out = form->integer;
        return true;
    }
    return form->kind == FORM_BIGINT && parse_int64(form->text, out);
}

static uint64_t hash_items(const struct form *form)
{
    uint64_t hash = form->kind == FORM_MAP || form->kind == FORM_SET ? 1 : 2;

    if (form->kind == FORM_MAP) {
        for (uint32_t i = 0; i + 1 < form->count; i += 2) {
            hash += mix(form_hash(form->items[i]), form_hash(form->items[i + 1]));
        }
        return mix(hash, form->count);
    }
    for (uint32_t i = 0; i < form->count; i++) {
        uint64_t item = form_hash(form->items[i]);

        hash = form->kind == FORM_SET ? hash + mix(3, item) : mix(hash, item);
    }
    return mix(hash, form->count);
}

static uint64_t hash_of(const struct form *form)
{
    int64_t integer = 0;

    if (as_integer(form, &integer)) return mix(FORM_INT, (uint64_t)integer);
    switch (form->kind) {
    case FORM_BOOL: return mix(FORM_BOOL, form->boolean);
    case FORM_CHAR:
    case FORM_INST: return mix(form->kind, (uint64_t)form->integer);
    case FORM_DOUBLE: {
        double real = form->real == 0 ? 0 : form->real; // -0.0 equals 0.0
        uint64_t bits;

        memcpy(&bits, &real, sizeof(bits));
        return mix(FORM_DOUBLE, bits);
    }
    case FORM_KEYWORD:
    case FORM_SYMBOL: return mix(mix(form->kind, text_hash(form->ns)), text_hash(form->name));
    case FORM_TAGGED:
        return mix(mix(text_hash(form->ns), text_hash(form->name)), form_hash(form->items[0]));
    case FORM_LIST:
    case FORM_VECTOR: return mix(FORM_LIST, hash_items(form)); // (1) equals [1]
    case FORM_SET:
    case FORM_MAP: return mix(form->kind, hash_items(form));
    default: return mix(form->kind, text_hash(form->text));
    }
}

uint64_t form_hash(const struct form *form)
{
    if (form->hash) return form->hash;
    uint64_t hash = hash_of(form);

    // The cache is the one field that changes after reading; forms belong to one thread until
    // they are read, and nothing hashes them later.
    ((struct form *)form)->hash = hash ? hash : 1;
    return form->hash;
}

static bool is_sequential(const struct form *form)
{
    return form->kind == FORM_LIST || form->kind == FORM_VECTOR;
}

static bool items_equal(const struct form *a, const struct form *b)
{
    for (uint32_t i = 0; i < a->count; i++) {
        if (!form_equal(a->items[i], b->items[i])) return false;
    }
    return true;
}

bool form_equal(const struct form *a, const struct form *b)
{
    int64_t left, right;

    if (a == b) return a->kind != FORM_REGEX && !(a->kind == FORM_DOUBLE && isnan(a->real));
    if (form_hash(a) != form_hash(b)) return false;
    if (as_integer(a, &left)) return as_integer(b, &right) && left == right;
    if (is_sequential(a) && is_sequential(b)) return a->count == b->count && items_equal(a, b);
    if (a->kind != b->kind) return false;
    switch (a->kind) {
    case FORM_NIL: return true;
    case FORM_BOOL: return a->boolean == b->boolean;
    case FORM_CHAR:
    case FORM_INST: return a->integer == b->integer;
    case FORM_DOUBLE: return a->real == b->real;
    case FORM_REGEX: return false; // as Clojure's patterns
    case FORM_KEYWORD:
    case FORM_SYMBOL: return text_equal(a->ns, b->ns) && text_equal(a->name, b->name);
    case FORM_TAGGED:
        return text_equal(a->ns, b->ns) && text_equal(a->name, b->name) && items_equal(a, b);
    case FORM_SET:
    case FORM_MAP: return a->count == b->count; // by hash: 64 bits, and only ever an error
    default: return text_equal(a->text, b->text);
    }
}

static void print_string(struct text text, struct buf *out)
{
    buf_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        switch (text.ptr[i]) {
        case '"': buf_cstr(out, "\\\""); break;
        case '\\': buf_cstr(out, "\\\\"); break;
        case '\n': buf_cstr(out, "\\n"); break;
        case '\t': buf_cstr(out, "\\t"); break;
        case '\r': buf_cstr(out, "\\r"); break;
        case '\f': buf_cstr(out, "\\f"); break;
        case '\b': buf_cstr(out, "\\b"); break;
        default: buf_char(out, text.ptr[i]); break;
        }
    }
    buf_char(out, '"');
}

static void print_char(int64_t unit, struct buf *out)
{
    static const struct {
        char unit;
        const char *name;
    } names[] = {
        {'\n', "newline"}, {' ', "space"},     {'\t', "tab"},
        {'\r', "return"},  {'\f', "formfeed"}, {'\b', "backspace"},
    };

    buf_char(out, '\\');
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (unit == names[i].unit) {
            buf_cstr(out, names[i].name);
            return;
        }
    }
    if (unit < 0x20 || unit == 0x7f || (unit >= 0xd800 && unit <= 0xdfff)) {
        buf_printf(out, "u%04x", (unsigned)unit);
        return;
    }
    buf_utf8(out, (uint32_t)unit);
}

/* The fewest digits that read back as the same double. */
static void print_double(double real, struct buf *out)
{
    if (isnan(real)) {
        buf_cstr(out, "##NaN");
        return;
    }
    if (isinf(real)) {
        buf_cstr(out, real > 0 ? "##Inf" : "##-Inf");
        return;
    }
    size_t start = out->len;

    for (int digits = 1; digits <= 17; digits++) {
        double back;
        char number[40];
        struct buf text = {0};

        buf_printf(&text, "%.*g", digits, real);
        bool same = parse_double(buf_get(&text), &back) && back == real;
        size_t len = MIN(text.len, sizeof(number) - 1);

        memcpy(number, text.ptr, len);
        number[len] = '\0';
        buf_done(&text);
        if (same || digits == 17) {
            buf_cstr(out, number);
            break;
        }
    }
    struct text written = {out->ptr ? out->ptr + start : "", out->len - start};

    if (text_index_of_char(written, '.') < 0 && text_index_of_char(written, 'e') < 0) {
        buf_cstr(out, ".0");
    }
}

static void print_qualified(const struct form *form, struct buf *out)
{
    if (form->ns.ptr) {
        buf_text(out, form->ns);
        buf_char(out, '/');
    }
    buf_text(out, form->name);
}

static void print_items(const struct form *form, const char *open, const char *close,
                        struct buf *out)
{
    buf_cstr(out, open);
    for (uint32_t i = 0; i < form->count && !out->overflow; i++) {
        if (i > 0) buf_cstr(out, form->kind == FORM_MAP && i % 2 == 0 ? ", " : " ");
        form_print(form->items[i], out);
    }
    buf_cstr(out, close);
}

static void print_tagged_text(const char *tag, struct text text, struct buf *out)
{
    buf_cstr(out, tag);
    buf_char(out, ' ');
    print_string(text, out);
}

static void print_bytes(const struct form *form, struct buf *out)
{
    struct buf base64 = {0};

    crypto_base64(&base64, form->text);
    print_tagged_text("#weir/bytes", buf_get(&base64), out);
    buf_done(&base64);
}

static void print_with_suffix(const struct form *form, char suffix, struct buf *out)
{
    buf_text(out, form->text);
    buf_char(out, suffix);
}

static void print_prefixed(const struct form *form, const char *prefix, struct buf *out)
{
    buf_cstr(out, prefix);
    print_qualified(form, out);
}

static void print_regex(const struct form *form, struct buf *out)
{
    buf_cstr(out, "#\"");
    buf_text(out, form->text);
    buf_char(out, '"');
}

void form_print(const struct form *form, struct buf *out)
{
    switch (form->kind) {
    case FORM_NIL: buf_cstr(out, "nil"); break;
    case FORM_BOOL: buf_cstr(out, form->boolean ? "true" : "false"); break;
    case FORM_INT: buf_printf(out, "%" PRId64, form->integer); break;
    case FORM_DOUBLE: print_double(form->real, out); break;
    case FORM_BIGINT: print_with_suffix(form, 'N', out); break;
    case FORM_DECIMAL: print_with_suffix(form, 'M', out); break;
    case FORM_RATIO: buf_text(out, form->text); break;
    case FORM_CHAR: print_char(form->integer, out); break;
    case FORM_STRING: print_string(form->text, out); break;
    case FORM_REGEX: print_regex(form, out); break;
    case FORM_KEYWORD: print_prefixed(form, ":", out); break;
    case FORM_SYMBOL: print_qualified(form, out); break;
    case FORM_LIST: print_items(form, "(", ")", out); break;
    case FORM_VECTOR: print_items(form, "[", "]", out); break;
    case FORM_SET: print_items(form, "#{", "}", out); break;
    case FORM_MAP: print_items(form, "{", "}", out); break;
    case FORM_INST: print_tagged_text("#inst", form->text, out); break;
    case FORM_UUID: print_tagged_text("#uuid", form->text, out); break;
    case FORM_BYTES: print_bytes(form, out); break;
    case FORM_TAGGED:
        print_prefixed(form, "#", out);
        buf_char(out, ' ');
        form_print(form->items[0], out);
        break;
    }
}
