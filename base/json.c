#include "base/json.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/parse.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

/*
 * jansson's names clash with ours; under others it is the same library. A `struct json *` is a
 * json_t of jansson. Nothing in here changes a node, so that several threads may read one tree.
 */
// NOLINTBEGIN(readability-identifier-naming)
#define json_type    jansson_type
#define json_real    jansson_real
#define JSON_OBJECT  JANSSON_OBJECT
#define JSON_ARRAY   JANSSON_ARRAY
#define JSON_STRING  JANSSON_STRING
#define JSON_INTEGER JANSSON_INTEGER
#define JSON_REAL    JANSSON_REAL
#define JSON_TRUE    JANSSON_TRUE
#define JSON_FALSE   JANSSON_FALSE
#define JSON_NULL    JANSSON_NULL
#include <jansson.h>
#undef json_type
#undef json_real
#undef JSON_OBJECT
#undef JSON_ARRAY
#undef JSON_STRING
#undef JSON_INTEGER
#undef JSON_REAL
#undef JSON_TRUE
#undef JSON_FALSE
#undef JSON_NULL
// NOLINTEND(readability-identifier-naming)

#define READ_FLAGS (JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY)
/* What jansson takes on the heap for an item and for a member, about, besides the bytes. */
#define ITEM_COST   40
#define MEMBER_COST 120

static json_t *tree(const struct json *node)
{
    return (json_t *)node; // jansson knows no const; we call only what reads
}

static bool is_one_of(char c, const char *set)
{
    return c && strchr(set, c);
}

/* ---- Reading ---- */

/* Line and column (in characters), from 1, of the byte at offset. */
static void position_at(struct text source, size_t offset, int *line, int *column)
{
    *line = *column = 1;
    for (size_t i = 0; i < offset && i < source.len; i++) {
        if (source.ptr[i] == '\n') {
            (*line)++;
            *column = 1;
        } else if (((uint8_t)source.ptr[i] & 0xc0) != 0x80) {
            (*column)++;
        }
    }
}

/* The index behind the string that starts at index, or the end. */
static size_t skip_string(struct text source, size_t index)
{
    for (index++; index < source.len; index++) {
        if (source.ptr[index] == '\\') {
            index++;
        } else if (source.ptr[index] == '"') {
            return index + 1;
        }
    }
    return source.len;
}

/* Before jansson looks at it: nesting, so that its recursion stays small, and an estimate of the
 * tree's size, for the arena's budget. */
static bool check_size(struct arena *arena, struct text source, struct error *err)
{
    size_t cost = source.len, depth = 0;

    for (size_t i = 0; i < source.len;) {
        char c = source.ptr[i];

        if (c == '"') {
            i = skip_string(source, i);
            continue;
        }
        if (c == '[' || c == '{') {
            if (++depth > LIMIT_JSON_DEPTH) {
                int line, column;

                position_at(source, i, &line, &column);
                error_set(err, E_LIMIT, "the JSON is nested deeper than %d levels",
                          LIMIT_JSON_DEPTH);
                return error_at(err, line, column);
            }
            cost += MEMBER_COST;
        } else if (c == ']' || c == '}') {
            if (depth > 0) depth--;
        } else if (c == ',') {
            cost += ITEM_COST;
        } else if (c == ':') {
            cost += MEMBER_COST - ITEM_COST;
        }
        i++;
    }
    if (!arena_charge(arena, cost)) {
        return error_set(err, E_ARENA_BUDGET, "the JSON of %zu bytes needs too much memory",
                         source.len);
    }
    return true;
}

static json_t *load(struct text source, size_t more_flags, json_error_t *problem)
{
    return json_loadb(source.ptr ? source.ptr : "", source.len, READ_FLAGS | more_flags, problem);
}

/* Copies source with "e0" behind each integer that is beyond 64 bits, which makes it a real. */
static void widen_integers(struct text source, struct buf *out)
{
    for (size_t i = 0; i < source.len;) {
        size_t start = i;
        int64_t value;

        if (source.ptr[i] == '"') {
            i = skip_string(source, i);
        } else if (is_one_of(source.ptr[i], "-0123456789")) {
            while (i < source.len && is_one_of(source.ptr[i], "+-.0123456789eE")) {
                i++;
            }
        } else {
            i++;
        }
        struct text token = text_slice(source, start, i);
        size_t digits = token.ptr[0] == '-';

        buf_text(out, token);
        if (token.ptr[0] == '"' || parse_int64(token, &value)) continue;
        while (digits < token.len && token.ptr[digits] >= '0' && token.ptr[digits] <= '9') {
            digits++;
        }
        if (digits == token.len && token.len >= 19) buf_cstr(out, "e0");
    }
}

static bool report(const json_error_t *problem, struct error *err)
{
    enum error_code code =
        json_error_code(problem) == json_error_invalid_utf8 ? E_BAD_UTF8 : E_BAD_JSON;

    error_set(err, code, "the JSON does not parse: %s", problem->text);
    return error_at(err, MAX(problem->line, 1), MAX(problem->column, 1));
}

static void free_tree(void *node)
{
    json_decref(node);
}

const struct json *json_read(struct arena *arena, struct text source, struct error *err)
{
    json_error_t problem;

    if (!check_size(arena, source, err)) return NULL;
    json_t *root = load(source, 0, &problem);

    // jansson refuses integers beyond 64 bits, or makes reals of all: look whether that is the
    // only problem, then mark just the large ones as reals.
    if (!root && json_error_code(&problem) == json_error_numeric_overflow) {
        root = load(source, JSON_DECODE_INT_AS_REAL, &problem);
        if (root) {
            struct buf widened CLEANUP(buf_done) = {0};

            json_decref(root);
            widen_integers(source, &widened);
            root = load(buf_get(&widened), 0, &problem);
        }
    }
    if (!root) {
        report(&problem, err);
        return NULL;
    }
    arena_on_done(arena, free_tree, root);
    return (const struct json *)root;
}

enum json_type json_get_type(const struct json *node)
{
    if (!node) return JSON_ABSENT;
    switch (json_typeof(tree(node))) {
    case JANSSON_OBJECT: return JSON_OBJECT;
    case JANSSON_ARRAY: return JSON_ARRAY;
    case JANSSON_STRING: return JSON_STRING;
    case JANSSON_INTEGER: return JSON_INT;
    case JANSSON_REAL: return JSON_REAL;
    case JANSSON_TRUE:
    case JANSSON_FALSE: return JSON_BOOL;
    case JANSSON_NULL: return JSON_NULL;
    }
    return JSON_ABSENT;
}

const struct json *json_get(const struct json *object, const char *key)
{
    return (const struct json *)json_object_get(tree(object), key);
}

const struct json *json_item(const struct json *array, size_t index)
{
    return (const struct json *)json_array_get(tree(array), index);
}

size_t json_count(const struct json *node)
{
    switch (json_get_type(node)) {
    case JSON_ARRAY: return json_array_size(tree(node));
    case JSON_OBJECT: return json_object_size(tree(node));
    default: return 0;
    }
}

struct text json_text(const struct json *node)
{
    if (json_get_type(node) != JSON_STRING) return TEXT_NONE;
    return (struct text){json_string_value(tree(node)), json_string_length(tree(node))};
}

struct text json_get_text(const struct json *object, const char *key)
{
    return json_text(json_get(object, key));
}

int64_t json_int(const struct json *node, int64_t otherwise)
{
    if (json_get_type(node) == JSON_INT) return json_integer_value(tree(node));
    if (json_get_type(node) != JSON_REAL) return otherwise;
    double value = json_real_value(tree(node));

    return value >= -0x1p63 && value < 0x1p63 ? (int64_t)value : otherwise;
}

double json_real(const struct json *node, double otherwise)
{
    if (json_get_type(node) == JSON_REAL) return json_real_value(tree(node));
    if (json_get_type(node) == JSON_INT) return (double)json_integer_value(tree(node));
    return otherwise;
}

bool json_bool(const struct json *node, bool otherwise)
{
    if (json_get_type(node) != JSON_BOOL) return otherwise;
    return json_typeof(tree(node)) == JANSSON_TRUE;
}

void *json_member(const struct json *object, void *iter, struct text *out_key,
                  const struct json **out_value)
{
    iter = iter ? json_object_iter_next(tree(object), iter) : json_object_iter(tree(object));
    if (!iter) return NULL;
    *out_key = (struct text){json_object_iter_key(iter), json_object_iter_key_len(iter)};
    *out_value = (const struct json *)json_object_iter_value(iter);
    return iter;
}

void json_append(struct buf *out, const struct json *node)
{
    struct json_writer writer;

    json_write_init(&writer, out);
    json_write_node(&writer, node);
}

/* ---- Writing ---- */

void json_write_init(struct json_writer *writer, struct buf *out)
{
    *writer = (struct json_writer){.out = out};
}

/* The comma that the next value or key needs. */
static void separate(struct json_writer *writer)
{
    if (writer->after_key) {
        writer->after_key = false;
        return;
    }
    if (writer->depth == 0) return;
    uint64_t *word = &writer->has_items[(writer->depth - 1) / 64];
    uint64_t bit = 1ULL << (writer->depth - 1) % 64;

    if (*word & bit) buf_char(writer->out, ',');
    *word |= bit;
}

static void open_level(struct json_writer *writer, char bracket)
{
    separate(writer);
    ASSERT(writer->depth < LIMIT_JSON_DEPTH);
    writer->has_items[writer->depth / 64] &= ~(1ULL << writer->depth % 64);
    writer->depth++;
    buf_char(writer->out, bracket);
}

static void close_level(struct json_writer *writer, char bracket)
{
    ASSERT(writer->depth > 0);
    ASSERT(!writer->after_key);
    writer->depth--;
    buf_char(writer->out, bracket);
}

void json_write_object(struct json_writer *writer)
{
    open_level(writer, '{');
}

void json_write_object_end(struct json_writer *writer)
{
    close_level(writer, '}');
}

void json_write_array(struct json_writer *writer)
{
    open_level(writer, '[');
}

void json_write_array_end(struct json_writer *writer)
{
    close_level(writer, ']');
}

static void write_escaped(struct buf *out, char c)
{
    switch (c) {
    case '"': buf_cstr(out, "\\\""); break;
    case '\\': buf_cstr(out, "\\\\"); break;
    case '\n': buf_cstr(out, "\\n"); break;
    case '\r': buf_cstr(out, "\\r"); break;
    case '\t': buf_cstr(out, "\\t"); break;
    default: buf_printf(out, "\\u%04x", (unsigned)(uint8_t)c);
    }
}

/* The output is UTF-8 whatever comes in: a byte that is not becomes U+FFFD. */
static void write_string(struct buf *out, struct text value)
{
    size_t plain = 0; // from here to i all bytes go out as they are

    buf_char(out, '"');
    for (size_t i = 0; i < value.len;) {
        uint8_t c = (uint8_t)value.ptr[i];
        uint32_t code_point;

        if (c >= ' ' && c < 0x80 && c != '"' && c != '\\') {
            i++;
            continue;
        }
        size_t len = c < 0x80 ? 0 : text_utf8_next(text_slice(value, i, value.len), &code_point);

        if (len > 0) {
            i += len;
            continue;
        }
        buf_append(out, value.ptr + plain, i - plain);
        if (c < 0x80) {
            write_escaped(out, (char)c);
        } else {
            buf_utf8(out, 0xfffd);
        }
        plain = ++i;
    }
    buf_text(out, text_slice(value, plain, value.len));
    buf_char(out, '"');
}

void json_write_key_text(struct json_writer *writer, struct text key)
{
    ASSERT(writer->depth > 0);
    ASSERT(!writer->after_key);
    separate(writer);
    write_string(writer->out, key);
    buf_char(writer->out, ':');
    writer->after_key = true;
}

void json_write_key(struct json_writer *writer, const char *key)
{
    json_write_key_text(writer, text_from(key));
}

void json_write_text(struct json_writer *writer, struct text value)
{
    if (!value.ptr) {
        json_write_null(writer);
        return;
    }
    separate(writer);
    write_string(writer->out, value);
}

void json_write_cstr(struct json_writer *writer, const char *value)
{
    json_write_text(writer, text_from(value));
}

void json_write_int(struct json_writer *writer, int64_t value)
{
    separate(writer);
    buf_int(writer->out, value);
}

void json_write_real(struct json_writer *writer, double value)
{
    char digits[32];
    // Each double has a decimal of 17 digits that reads back as it is; 15 do for all decimals of
    // up to 15 digits, except among the subnormals, where fewer may do.
    int precision = fabs(value) < DBL_MIN ? 1 : DBL_DIG;
    double back;

    if (!isfinite(value)) {
        json_write_null(writer); // JSON has no infinity and no NaN
        return;
    }
    do {
        snprintf(digits, sizeof(digits), "%.*g", precision, value);
    } while (precision++ < DBL_DECIMAL_DIG &&
             (!parse_double(text_from(digits), &back) || back != value));
    separate(writer);
    buf_cstr(writer->out, digits);
    if (!strpbrk(digits, ".e")) buf_cstr(writer->out, ".0"); // it stays a real for the reader
}

void json_write_bool(struct json_writer *writer, bool value)
{
    separate(writer);
    buf_cstr(writer->out, value ? "true" : "false");
}

void json_write_null(struct json_writer *writer)
{
    separate(writer);
    buf_cstr(writer->out, "null");
}

void json_write_time(struct json_writer *writer, int64_t wall_ms)
{
    if (wall_ms == 0) {
        json_write_null(writer);
        return;
    }
    separate(writer);
    buf_char(writer->out, '"');
    clock_format_iso(writer->out, wall_ms);
    buf_char(writer->out, '"');
}

void json_write_raw(struct json_writer *writer, struct text json)
{
    if (json.len == 0) {
        json_write_null(writer);
        return;
    }
    separate(writer);
    buf_text(writer->out, json);
}

void json_write_node(struct json_writer *writer,
                     const struct json *node) // NOLINT(misc-no-recursion)
{
    const struct json *value;
    struct text key;

    switch (json_get_type(node)) {
    case JSON_ABSENT:
    case JSON_NULL: json_write_null(writer); break;
    case JSON_BOOL: json_write_bool(writer, json_bool(node, false)); break;
    case JSON_INT: json_write_int(writer, json_int(node, 0)); break;
    case JSON_REAL: json_write_real(writer, json_real(node, 0)); break;
    case JSON_STRING: json_write_text(writer, json_text(node)); break;
    case JSON_ARRAY:
        json_write_array(writer);
        for (size_t i = 0; i < json_count(node); i++) {
            json_write_node(writer, json_item(node, i));
        }
        json_write_array_end(writer);
        break;
    case JSON_OBJECT:
        json_write_object(writer);
        for (void *iter = NULL; (iter = json_member(node, iter, &key, &value));) {
            json_write_key_text(writer, key);
            json_write_node(writer, value);
        }
        json_write_object_end(writer);
        break;
    }
}

void json_put_text(struct json_writer *writer, const char *key, struct text value)
{
    json_write_key(writer, key);
    json_write_text(writer, value);
}

void json_put_cstr(struct json_writer *writer, const char *key, const char *value)
{
    json_write_key(writer, key);
    json_write_cstr(writer, value);
}

void json_put_int(struct json_writer *writer, const char *key, int64_t value)
{
    json_write_key(writer, key);
    json_write_int(writer, value);
}

void json_put_bool(struct json_writer *writer, const char *key, bool value)
{
    json_write_key(writer, key);
    json_write_bool(writer, value);
}

void json_put_time(struct json_writer *writer, const char *key, int64_t wall_ms)
{
    json_write_key(writer, key);
    json_write_time(writer, wall_ms);
}

void json_put_raw(struct json_writer *writer, const char *key, struct text json)
{
    json_write_key(writer, key);
    json_write_raw(writer, json);
}

static void new_line(struct buf *out, size_t depth)
{
    buf_printf(out, "\n%*s", (int)MIN(depth, LIMIT_JSON_DEPTH) * 2, "");
}

void json_pretty(struct buf *out, struct text json)
{
    size_t depth = 0;

    for (size_t i = 0; i < json.len;) {
        char c = json.ptr[i];
        size_t start = i++;
        size_t next = i;

        while (next < json.len && is_one_of(json.ptr[next], " \t\r\n")) {
            next++;
        }
        if (c == '"') {
            i = skip_string(json, start);
            buf_text(out, text_slice(json, start, i));
        } else if ((c == '{' || c == '[') && next < json.len && is_one_of(json.ptr[next], "}]")) {
            buf_char(out, c); // an empty one stays on its line
            buf_char(out, json.ptr[next]);
            i = next + 1;
        } else if (c == '{' || c == '[') {
            buf_char(out, c);
            new_line(out, ++depth);
        } else if (c == '}' || c == ']') {
            if (depth > 0) depth--;
            new_line(out, depth);
            buf_char(out, c);
        } else if (c == ',') {
            buf_char(out, c);
            new_line(out, depth);
        } else if (c == ':') {
            buf_cstr(out, ": ");
        } else if (!is_one_of(c, " \t\r\n")) {
            buf_char(out, c);
        }
    }
}
