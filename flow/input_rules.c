/* Rules of declared inputs. A bound is compared as what the type says it bounds. */
#include "flow/input_rules.h"

#include "base/parse.h"

#include <string.h>

#define SHOWN_MAX 60 /* bytes of a value that a message shows */

const char *const input_rules_types[] = {"string",   "text",     "number",   "email",  "password",
                                         "textarea", "boolean",  "checkbox", "select", "date",
                                         "time",     "datetime", "json",     "file",   "blob",
                                         "blob-ref", "resource", "secret",   NULL};

enum bound { BOUND_NONE, BOUND_NUMBER, BOUND_LENGTH, BOUND_DATE, BOUND_TIME, BOUND_DATETIME };

static const struct {
    const char *name;
    enum bound bound;
    bool is_file;
} types[] = {
    {"number", BOUND_NUMBER, false}, {"text", BOUND_LENGTH, false},
    {"string", BOUND_LENGTH, false}, {"textarea", BOUND_LENGTH, false},
    {"email", BOUND_LENGTH, false},  {"password", BOUND_LENGTH, false},
    {"secret", BOUND_LENGTH, false}, {"date", BOUND_DATE, false},
    {"time", BOUND_TIME, false},     {"datetime", BOUND_DATETIME, false},
    {"file", BOUND_NONE, true},      {"blob", BOUND_NONE, true},
    {"blob-ref", BOUND_NONE, true},  {"resource", BOUND_NONE, true},
};

/* What files are by the end of their name, where they say no more. */
static const struct {
    const char *extension, *type;
} files[] = {
    {".avif", "image/avif"},
    {".bmp", "image/bmp"},
    {".csv", "text/csv"},
    {".doc", "application/msword"},
    {".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {".gif", "image/gif"},
    {".gz", "application/gzip"},
    {".htm", "text/html"},
    {".html", "text/html"},
    {".jpeg", "image/jpeg"},
    {".jpg", "image/jpeg"},
    {".json", "application/json"},
    {".md", "text/markdown"},
    {".mov", "video/quicktime"},
    {".mp3", "audio/mpeg"},
    {".mp4", "video/mp4"},
    {".pdf", "application/pdf"},
    {".png", "image/png"},
    {".svg", "image/svg+xml"},
    {".tar", "application/x-tar"},
    {".tif", "image/tiff"},
    {".tiff", "image/tiff"},
    {".txt", "text/plain"},
    {".wav", "audio/wav"},
    {".webm", "video/webm"},
    {".webp", "image/webp"},
    {".xls", "application/vnd.ms-excel"},
    {".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {".xml", "application/xml"},
    {".zip", "application/zip"},
};

static size_t find_type(struct text name)
{
    size_t i = 0;

    while (i < ARRAY_COUNT(types) && !text_equal(name, text_from(types[i].name))) {
        i++;
    }
    return i;
}

static enum bound bound_of(struct text type)
{
    size_t i = find_type(type);

    return i < ARRAY_COUNT(types) ? types[i].bound : BOUND_NONE;
}

/* Texts of a shape */

/* "dddd-dd-dd" where d is a digit. */
static bool has_shape(struct text source, const char *shape)
{
    if (source.len != strlen(shape)) return false;
    for (size_t i = 0; i < source.len; i++) {
        bool digit = source.ptr[i] >= '0' && source.ptr[i] <= '9';

        if (shape[i] == 'd' ? !digit : source.ptr[i] != shape[i]) return false;
    }
    return true;
}

static int number_at(struct text source, size_t from)
{
    return (source.ptr[from] - '0') * 10 + source.ptr[from + 1] - '0';
}

/* Seconds of the day. */
static bool read_time(struct text source, int64_t *out)
{
    if (!has_shape(source, "dd:dd") && !has_shape(source, "dd:dd:dd")) return false;
    int second = source.len > 5 ? number_at(source, 6) : 0;

    *out = number_at(source, 0) * 3600 + number_at(source, 3) * 60 + second;
    return number_at(source, 0) < 24 && number_at(source, 3) < 60 && second < 60;
}

static bool read_date(struct text source, int64_t *out_ms)
{
    char instant[] = "0000-00-00T00:00:00Z";

    if (!has_shape(source, "dddd-dd-dd")) return false;
    memcpy(instant, source.ptr, source.len);
    return parse_instant_ms(text_from(instant), out_ms);
}

static bool read_datetime(struct text source, int64_t *out_ms)
{
    int64_t date, time;

    if (parse_instant_ms(source, out_ms)) return true;
    if (source.len <= 11 || source.ptr[10] != 'T') return false;
    if (!read_date(text_slice(source, 0, 10), &date)) return false;
    if (!read_time(text_slice(source, 11, source.len), &time)) return false;
    *out_ms = date + time * 1000;
    return true;
}

bool input_rules_is_date(struct text source)
{
    int64_t ignored;

    return read_date(source, &ignored);
}

bool input_rules_is_time(struct text source)
{
    int64_t ignored;

    return read_time(source, &ignored);
}

bool input_rules_is_datetime(struct text source)
{
    int64_t ignored;

    return read_datetime(source, &ignored);
}

bool input_rules_is_email(struct text source)
{
    ptrdiff_t at = text_index_of_char(source, '@');

    if (at < 1 || (size_t)at + 1 >= source.len) return false;
    for (size_t i = 0; i < source.len; i++) {
        if ((unsigned char)source.ptr[i] <= ' ') return false;
    }
    return text_index_of_char(text_slice(source, (size_t)at + 1, source.len), '@') < 0;
}

/* Bounds */

static int64_t characters(struct text value)
{
    int64_t count = 0;

    for (size_t i = 0; i < value.len; i++) {
        count += ((unsigned char)value.ptr[i] & 0xc0) != 0x80;
    }
    return count;
}

static bool is_number(const struct json *value)
{
    return json_get_type(value) == JSON_INT || json_get_type(value) == JSON_REAL;
}

static int compare_numbers(const struct json *a, const struct json *b)
{
    if (json_get_type(a) == JSON_INT && json_get_type(b) == JSON_INT) {
        int64_t left = json_int(a, 0), right = json_int(b, 0);

        return left < right ? -1 : left > right;
    }
    double left = json_real(a, (double)json_int(a, 0)),
           right = json_real(b, (double)json_int(b, 0));

    return left < right ? -1 : left > right;
}

static bool read_moment(enum bound bound, struct text source, int64_t *out)
{
    switch (bound) {
    case BOUND_DATE: return read_date(source, out);
    case BOUND_TIME: return read_time(source, out);
    default: return read_datetime(source, out);
    }
}

/* Whether it can bound a value of the type. */
static bool is_bound(enum bound bound, const struct json *limit)
{
    int64_t ignored;

    switch (bound) {
    case BOUND_NONE: return false;
    case BOUND_NUMBER: return is_number(limit);
    case BOUND_LENGTH: return json_get_type(limit) == JSON_INT && json_int(limit, -1) >= 0;
    default: return read_moment(bound, text_trim(json_text(limit)), &ignored);
    }
}

/* A value against a bound, or a bound against a bound: below, equal or above. */
static int compare(enum bound bound, const struct json *value, const struct json *limit)
{
    int64_t left = 0, right = 0;

    if (bound == BOUND_NUMBER) return compare_numbers(value, limit);
    if (bound == BOUND_LENGTH) {
        right = json_int(limit, 0);
        left = json_get_type(value) == JSON_INT ? json_int(value, 0) : characters(json_text(value));
    } else if (!read_moment(bound, text_trim(json_text(value)), &left) ||
               !read_moment(bound, text_trim(json_text(limit)), &right)) {
        return 0;
    }
    return left < right ? -1 : left > right;
}

static struct text shown(struct buf *out, const struct json *value)
{
    if (json_text(value).ptr) {
        buf_text(out, json_text(value));
    } else {
        json_append(out, value);
    }
    struct text text = buf_get(out);
    size_t len = MIN(text.len, SHOWN_MAX);

    while (len < text.len && len > 0 && ((unsigned char)text.ptr[len] & 0xc0) == 0x80) {
        len--;
    }
    return text_slice(text, 0, len);
}

static bool hint_bounds(const struct input_rules *rules, struct error *err)
{
    struct buf low CLEANUP(buf_done) = {0}, high CLEANUP(buf_done) = {0};
    struct text min = rules->min ? shown(&low, rules->min) : TEXT_NONE;
    struct text max = rules->max ? shown(&high, rules->max) : TEXT_NONE;
    const char *unit = bound_of(rules->type) == BOUND_LENGTH ? " characters" : "";

    if (min.ptr && max.ptr) {
        return error_hint(err, "Send " TEXT_FMT " to " TEXT_FMT "%s.", TEXT_ARG(min), TEXT_ARG(max),
                          unit);
    }
    return error_hint(err, "Send at %s " TEXT_FMT "%s.", min.ptr ? "least" : "most",
                      TEXT_ARG(min.ptr ? min : max), unit);
}

static bool check_bound(const struct input_rules *rules, const char *what, struct text name,
                        const struct json *value, bool is_min, struct error *err)
{
    enum bound bound = bound_of(rules->type);
    const struct json *limit = is_min ? rules->min : rules->max;
    struct buf given CLEANUP(buf_done) = {0}, limits CLEANUP(buf_done) = {0};

    if (!limit) return true;
    int order = compare(bound, value, limit);

    if (is_min ? order >= 0 : order <= 0) return true;
    struct text border = shown(&limits, limit);

    if (bound == BOUND_LENGTH) {
        int64_t count = characters(json_text(value));

        error_set(err, E_INPUT, "%s " TEXT_FMT " has %lld character%s, and its %s is " TEXT_FMT,
                  what, TEXT_ARG(name), (long long)count, count == 1 ? "" : "s",
                  is_min ? ":min" : ":max", TEXT_ARG(border));
    } else {
        struct text number = shown(&given, value);

        error_set(err, E_INPUT, "%s " TEXT_FMT " is " TEXT_FMT ", and its %s is " TEXT_FMT, what,
                  TEXT_ARG(name), TEXT_ARG(number), is_min ? ":min" : ":max", TEXT_ARG(border));
    }
    return hint_bounds(rules, err);
}

/* Files */

/* Walks the patterns of :accept: *index starts at 0; false at the end. */
static bool next_pattern(const struct json *accept, size_t *index, struct text *rest,
                         struct text *out)
{
    bool is_list = json_get_type(accept) == JSON_ARRAY;
    size_t count = is_list ? json_count(accept) : 1;

    while (rest->len == 0) {
        if (*index >= count) return false;
        *rest = json_text(is_list ? json_item(accept, *index) : accept);
        (*index)++;
    }
    *out = text_trim(text_cut(rest, ','));
    return true;
}

static bool is_pattern(struct text pattern)
{
    ptrdiff_t slash = text_index_of_char(pattern, '/');

    for (size_t i = 0; i < pattern.len; i++) {
        if ((unsigned char)pattern.ptr[i] <= ' ') return false;
    }
    if (text_starts_with(pattern, TEXT("."))) return pattern.len > 1 && slash < 0;
    return slash > 0 && (size_t)slash + 1 < pattern.len &&
           text_index_of_char(text_slice(pattern, (size_t)slash + 1, pattern.len), '/') < 0;
}

static bool is_accept(const struct json *accept)
{
    bool is_list = json_get_type(accept) == JSON_ARRAY;
    struct text rest = TEXT_NONE, pattern;
    size_t index = 0, count = 0;

    for (size_t i = 0; i < (is_list ? json_count(accept) : 1); i++) {
        if (json_text(is_list ? json_item(accept, i) : accept).len == 0) return false;
    }
    while (next_pattern(accept, &index, &rest, &pattern)) {
        if (!is_pattern(pattern)) return false;
        count++;
    }
    return count > 0;
}

static struct text find_member(const struct json *value, const char *const *keys)
{
    for (; *keys; keys++) {
        struct text found = json_get_text(value, *keys);

        if (found.len > 0) return found;
    }
    return TEXT_NONE;
}

/* ".png" of a name, a path or a URL; absent: it has none. */
static struct text extension_of(struct text name)
{
    size_t end = 0;

    while (end < name.len && name.ptr[end] != '?' && name.ptr[end] != '#') {
        end++;
    }
    for (size_t i = end; i > 0 && name.ptr[i - 1] != '/'; i--) {
        if (name.ptr[i - 1] == '.') return text_slice(name, i - 1, end);
    }
    return TEXT_NONE;
}

static struct text type_of_extension(struct text extension)
{
    for (size_t i = 0; i < ARRAY_COUNT(files); i++) {
        if (text_equal_nocase(extension, text_from(files[i].extension))) {
            return text_from(files[i].type);
        }
    }
    return TEXT_NONE;
}

/* What a value says of itself. */
struct described {
    struct text type, extension; /* or absent */
};

static struct described describe(const struct json *value)
{
    static const char *const type_keys[] = {"content-type", "contentType", "mime-type", "mimeType",
                                            NULL};
    static const char *const name_keys[] = {"filename", "fileName", "file-name", "name",
                                            "path",     "uri",      "url",       NULL};
    struct described described = {0};
    struct text type = find_member(value, type_keys), name = find_member(value, name_keys);

    described.type = text_trim(text_cut(&type, ';'));
    described.extension = extension_of(json_text(value).ptr ? json_text(value) : name);
    if (described.type.len == 0) described.type = type_of_extension(described.extension);
    return described;
}

static bool matches(struct text pattern, const struct described *described)
{
    if (pattern.ptr[0] == '.') {
        if (described->extension.ptr) return text_equal_nocase(pattern, described->extension);
        return text_equal_nocase(type_of_extension(pattern), described->type);
    }
    if (text_equal(pattern, TEXT("*/*"))) return true;
    if (described->type.len == 0) return described->extension.ptr; // by its name it may be that
    if (!text_ends_with(pattern, TEXT("/*"))) return text_equal_nocase(pattern, described->type);
    return described->type.len >= pattern.len &&
           text_equal_nocase(text_slice(pattern, 0, pattern.len - 1),
                             text_slice(described->type, 0, pattern.len - 1));
}

static bool check_accept(const struct input_rules *rules, const char *what, struct text name,
                         const struct json *value, struct error *err)
{
    struct described described = describe(value);
    struct text rest = TEXT_NONE, pattern;
    struct buf accept CLEANUP(buf_done) = {0};
    size_t index = 0;

    while (next_pattern(rules->accept, &index, &rest, &pattern)) {
        if (matches(pattern, &described)) return true;
    }
    struct text said = described.type.len > 0 ? described.type : described.extension;
    struct text wanted = shown(&accept, rules->accept);

    if (said.len == 0) {
        error_set(err, E_INPUT, "%s " TEXT_FMT " does not say of which type it is", what,
                  TEXT_ARG(name));
        return error_hint(err,
                          "Its :accept takes " TEXT_FMT ". Send a map that has the reference and "
                          "its \"content-type\" or \"filename\".",
                          TEXT_ARG(wanted));
    }
    error_set(err, E_INPUT,
              "%s " TEXT_FMT " is of the type " TEXT_FMT ", which its :accept does not take", what,
              TEXT_ARG(name), TEXT_ARG(said));
    return error_hint(err, "Send one of " TEXT_FMT ".", TEXT_ARG(wanted));
}

/* Declarations */

static bool refuse_bound(const struct input_rules *rules, const char *key, struct error *err)
{
    static const char *const examples[] = {
        [BOUND_NUMBER] = "10",
        [BOUND_DATE] = "\"2026-01-31\"",
        [BOUND_TIME] = "\"09:30\"",
        [BOUND_DATETIME] = "\"2026-01-31T09:30:00Z\"",
    };
    enum bound bound = bound_of(rules->type);

    if (bound == BOUND_NONE) {
        error_set(err, E_INVALID_FIELD, ":%s means nothing for an input of :type :" TEXT_FMT, key,
                  TEXT_ARG(rules->type));
        return error_hint(err, "It bounds numbers, dates and times, and the length of texts.");
    }
    if (bound == BOUND_LENGTH) {
        error_set(err, E_INVALID_FIELD, ":%s of :type :" TEXT_FMT " must be a number of characters",
                  key, TEXT_ARG(rules->type));
        return error_hint(err, "Use an integer that is not negative: :%s 10.", key);
    }
    error_set(err, E_INVALID_FIELD, ":%s of :type :" TEXT_FMT " must be a " TEXT_FMT, key,
              TEXT_ARG(rules->type), TEXT_ARG(rules->type));
    return error_hint(err, "Use :%s %s.", key, examples[bound]);
}

static bool accept_declared(const struct input_rules *rules, struct error *err)
{
    size_t type = find_type(rules->type);
    bool is_file = type < ARRAY_COUNT(types) && types[type].is_file;

    if (!rules->accept || (is_file && is_accept(rules->accept))) return true;
    if (is_file) {
        error_set(err, E_INVALID_FIELD, ":accept must name types of files");
        return error_hint(err, "Use :accept \"image/*,.pdf\", or [\"text/csv\" \".xlsx\"].");
    }
    error_set(err, E_INVALID_FIELD, ":accept means nothing for an input of :type :" TEXT_FMT,
              TEXT_ARG(rules->type));
    return error_hint(err, "It says which files an input of :type :file takes.");
}

bool input_rules_declared(const struct input_rules *rules, const char **out_key, struct error *err)
{
    enum bound bound = bound_of(rules->type);

    *out_key = "min";
    if (rules->min && !is_bound(bound, rules->min)) return refuse_bound(rules, "min", err);
    *out_key = "max";
    if (rules->max && !is_bound(bound, rules->max)) return refuse_bound(rules, "max", err);
    if (rules->min && rules->max && compare(bound, rules->min, rules->max) > 0) {
        error_set(err, E_INVALID_FIELD, ":max is below :min, so no value would do");
        return error_hint(err, "Exchange them, or leave one out.");
    }
    *out_key = "accept";
    return accept_declared(rules, err);
}

/* Forms */

static bool is_known_type(struct text type)
{
    for (size_t i = 0; input_rules_types[i]; i++) {
        if (text_equal(type, text_from(input_rules_types[i]))) return true;
    }
    return false;
}

static bool check_field(const struct json *fields, size_t index, struct error *err)
{
    const struct json *field = json_item(fields, index), *type = json_get(field, "type");
    struct text name = json_get_text(field, "name");

    if (name.len == 0) {
        error_set(err, E_INPUT, "a field of the form has no :name");
        return error_hint(err, "Use :fields [{:name :amount :type :number}].");
    }
    for (size_t i = 0; i < index; i++) {
        if (!text_equal(json_get_text(json_item(fields, i), "name"), name)) continue;
        return error_set(err, E_INPUT, "two fields of the form have the :name " TEXT_FMT,
                         TEXT_ARG(name));
    }
    if (!type || json_get_type(type) == JSON_NULL || is_known_type(json_text(type))) return true;
    error_set(err, E_INPUT, "the field " TEXT_FMT " of the form has no known :type",
              TEXT_ARG(name));
    return error_hint(err, "Use a type of inputs, such as :text, :number, :date or :select.");
}

bool input_rules_form(const struct json *fields, struct error *err)
{
    enum json_type type = json_get_type(fields);

    if (!fields || type == JSON_ABSENT || type == JSON_NULL) return true;
    if (type != JSON_ARRAY) {
        error_set(err, E_INPUT, "the :fields of a form are a vector");
        return error_hint(err, "Use :fields [{:name :amount :type :number}].");
    }
    for (size_t i = 0; i < json_count(fields); i++) {
        if (!check_field(fields, i, err)) return false;
    }
    return true;
}

/* Values */

bool input_rules_check(const struct input_rules *rules, const char *what, struct text name,
                       const struct json *value, struct error *err)
{
    size_t type = find_type(rules->type);

    if (type == ARRAY_COUNT(types)) return true;
    if (types[type].is_file) {
        return !rules->accept || check_accept(rules, what, name, value, err);
    }
    return check_bound(rules, what, name, value, true, err) &&
           check_bound(rules, what, name, value, false, err);
}
