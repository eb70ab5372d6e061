/*
 * Checking a value. Where it stands is a chain of places on the stack, which is written out only
 * when something is wrong. Inside an :or nothing is said: it is the :or that is not met.
 */
#include "base/limits.h"
#include "base/memory.h"
#include "flow/pmap.h"
#include "flow/pvec.h"
#include "flow/schema_node.h"
#include "flow/string.h"

#include <inttypes.h>

#define PATH_SHOWN     120 /* bytes of each part of a message */
#define EXPECTED_SHOWN 150
#define VALUE_SHOWN    40

struct place {
    const struct place *outer;
    struct value key;
};

struct check {
    const char *what;
    int64_t fuel;
    bool is_quiet;
    struct error *err; /* written once */
};

static bool check_value(struct check *check, const struct schema *schema, struct value value,
                        const struct place *place);

/* What is expected */

static void add_bounds(const struct schema *schema, const char *one, const char *many,
                       struct buf *out)
{
    const struct schema_bound *min = &schema->min, *max = &schema->max;

    if (min->is_there && max->is_there) {
        buf_printf(out, " of %" PRId64 " to %" PRId64 " %s", min->integer, max->integer, many);
    } else if (min->is_there || max->is_there) {
        int64_t bound = min->is_there ? min->integer : max->integer;

        buf_printf(out, " of at %s %" PRId64 " %s", min->is_there ? "least" : "most", bound,
                   bound == 1 ? one : many);
    }
}

static void add_range(const struct schema *schema, struct buf *out)
{
    if (schema->min.is_there) buf_printf(out, " from %.15g", schema->min.real);
    if (schema->min.is_there && !schema->max.is_there) buf_cstr(out, " on");
    if (schema->max.is_there) {
        buf_printf(out, "%s %.15g", schema->min.is_there ? " to" : " up to", schema->max.real);
    }
}

static void add_joint(uint32_t i, uint32_t count, const char *last, struct buf *out)
{
    if (i > 0) buf_cstr(out, i + 1 == count ? last : ", ");
}

static void add_expected(const struct schema *schema, struct buf *out)
{
    const char *joint = schema->kind == SCHEMA_AND ? " and " : " or ";

    if (out->overflow) return;
    switch (schema->kind) {
    case SCHEMA_ANY: buf_cstr(out, "anything"); break;
    case SCHEMA_BOOLEAN: buf_cstr(out, "true or false"); break;
    case SCHEMA_KEYWORD: buf_cstr(out, "a keyword"); break;
    case SCHEMA_STRING:
        buf_cstr(out, "a string");
        add_bounds(schema, "character", "characters", out);
        break;
    case SCHEMA_INT:
    case SCHEMA_DOUBLE:
        buf_cstr(out, schema->kind == SCHEMA_INT ? "a whole number" : "a double");
        add_range(schema, out);
        break;
    case SCHEMA_MAP: buf_cstr(out, "a map"); break;
    case SCHEMA_MAP_OF:
        buf_cstr(out, "a map");
        add_bounds(schema, "entry", "entries", out);
        break;
    case SCHEMA_VECTOR:
        buf_cstr(out, "a vector");
        add_bounds(schema, "item", "items", out);
        break;
    case SCHEMA_MAYBE:
        add_expected(schema->children[0], out);
        buf_cstr(out, " or nil");
        break;
    case SCHEMA_OR:
    case SCHEMA_AND:
        for (uint32_t i = 0; i < schema->count; i++) {
            add_joint(i, schema->count, joint, out);
            add_expected(schema->children[i], out);
        }
        break;
    case SCHEMA_ENUM:
        for (uint32_t i = 0; i < schema->count && !out->overflow; i++) {
            add_joint(i, schema->count, joint, out);
            value_print(schema->choices[i], out);
        }
        break;
    case SCHEMA_RE:
        buf_cstr(out, "a string that matches ");
        value_print(schema->pattern, out);
        break;
    }
}

/* Messages */

static void add_path(const struct place *place, struct buf *out)
{
    const struct place *places[64];
    size_t count = 0;

    for (; place && count < ARRAY_COUNT(places); place = place->outer) {
        places[count++] = place;
    }
    buf_char(out, '[');
    for (size_t i = count; i > 0; i--) {
        struct buf key CLEANUP(buf_done) = {.limit = VALUE_SHOWN};

        value_print(places[i - 1]->key, &key);
        buf_text(out, buf_get(&key));
        if (i > 1) buf_char(out, ' ');
    }
    buf_char(out, ']');
}

/* Small values as they are, others by their type. */
static void add_value(struct value value, struct buf *out)
{
    struct buf text CLEANUP(buf_done) = {.limit = VALUE_SHOWN};

    if (value.type < VALUE_LIST) value_print(value, &text);
    if (text.len > 0 && !text.overflow) {
        buf_text(out, buf_get(&text));
    } else {
        buf_printf(out, "a %s", value_type_name(value));
    }
}

/* value NULL: the key is not there at all. */
static bool wrong(struct check *check, const struct schema *schema, const struct value *value,
                  const struct place *place)
{
    struct buf path CLEANUP(buf_done) = {.limit = PATH_SHOWN};
    struct buf expected CLEANUP(buf_done) = {.limit = EXPECTED_SHOWN};
    struct buf got CLEANUP(buf_done) = {0};

    if (check->is_quiet) return false;
    add_path(place, &path);
    add_expected(schema, &expected);
    if (expected.overflow) {
        expected.limit = 0;
        buf_cstr(&expected, " …");
    }
    if (value) {
        add_value(*value, &got);
        error_set(check->err, E_INPUT, "%s is wrong%s" TEXT_FMT ": expected %s, got %s",
                  check->what, place ? " at " : "", TEXT_ARG(place ? buf_get(&path) : TEXT("")),
                  buf_get(&expected).ptr, got.ptr);
    } else {
        error_set(check->err, E_INPUT, "%s lacks " TEXT_FMT ": expected %s", check->what,
                  TEXT_ARG(buf_get(&path)), buf_get(&expected).ptr);
    }
    return error_hint(check->err, "Pass what the step's :input-schema asks for.");
}

static bool unknown_key(struct check *check, const struct place *place)
{
    struct buf path CLEANUP(buf_done) = {.limit = PATH_SHOWN};

    if (check->is_quiet) return false;
    add_path(place, &path);
    error_set(check->err, E_INPUT, "%s has " TEXT_FMT ", which its schema does not have",
              check->what, TEXT_ARG(buf_get(&path)));
    return error_hint(check->err, "Leave the key out, or add it to the step's :input-schema.");
}

static bool charge(struct check *check, int64_t looks)
{
    check->fuel -= looks;
    if (check->fuel >= 0) return true;
    error_set(check->err, E_FUEL, "%s takes too many looks to check", check->what);
    return error_hint(check->err, "Pass less, or make the step's :input-schema simpler.");
}

/* Kinds */

static bool within(const struct schema *schema, int64_t count)
{
    return (!schema->min.is_there || count >= schema->min.integer) &&
           (!schema->max.is_there || count <= schema->max.integer);
}

static bool within_real(const struct schema *schema, double real)
{
    return (!schema->min.is_there || real >= schema->min.real) &&
           (!schema->max.is_there || real <= schema->max.real);
}

struct regex *schema_check_regex(struct value pattern, enum regex_subject subject,
                                 struct error *err)
{
    uint32_t length = string_length(pattern);
    uint16_t *units = memory_array((size_t)length + 1, sizeof(*units));

    for (uint32_t i = 0; i < length; i++) {
        units[i] = string_unit(pattern, i);
    }
    struct regex *regex = regex_new(units, length, subject, err);

    memory_free(units);
    return regex;
}

/* Whether the pattern is found in the string. */
static bool matches(struct check *check, const struct schema *schema, struct value value)
{
    uint32_t length = string_length(value);
    uint16_t *units = memory_array((size_t)length + 1, sizeof(*units));
    struct regex_match match;
    struct error err = {0};

    check->fuel -= length / 64;
    for (uint32_t i = 0; i < length; i++) {
        units[i] = string_unit(value, i);
    }
    struct regex *regex =
        schema_check_regex(schema->pattern, regex_subject_of(units, length), &err);
    enum regex_result result =
        regex ? regex_find(regex, units, length, 0, false, &check->fuel, &match, &err)
              : REGEX_ERROR;

    regex_free(regex);
    memory_free(units);
    return result == REGEX_MATCH;
}

static bool is_choice(const struct schema *schema, struct value value)
{
    for (uint32_t i = 0; i < schema->count; i++) {
        if (value_equal(schema->choices[i], value)) return true;
    }
    return false;
}

static bool find_entry(const struct schema_entry *entry, struct value map, struct value *out)
{
    return pmap_find(map, entry->key, NULL, out) ||
           (!value_is_nil(entry->other) && pmap_find(map, entry->other, NULL, out));
}

static bool has_entry(const struct schema *schema, struct value key)
{
    for (uint32_t i = 0; i < schema->count; i++) {
        const struct schema_entry *entry = &schema->entries[i];

        if (value_equal(entry->key, key) || value_equal(entry->other, key)) return true;
    }
    return false;
}

static bool check_closed(struct check *check, const struct schema *schema, struct value map,
                         const struct place *place)
{
    struct pmap_iter iter;
    struct value key, value;

    pmap_iter_init(&iter, map);
    while (pmap_iter_next(&iter, &key, &value)) {
        if (!charge(check, 1 + schema->count)) return false;
        if (!has_entry(schema, key)) {
            return unknown_key(check, &(struct place){place, key});
        }
    }
    return true;
}

static bool check_map(struct check *check, const struct schema *schema, struct value map,
                      const struct place *place)
{
    if (map.type != VALUE_MAP) return wrong(check, schema, &map, place);
    for (uint32_t i = 0; i < schema->count; i++) {
        const struct schema_entry *entry = &schema->entries[i];
        struct place inner = {place, entry->key};
        struct value value;

        if (find_entry(entry, map, &value)) {
            if (!check_value(check, entry->schema, value, &inner)) return false;
        } else if (!entry->optional) {
            return wrong(check, entry->schema, NULL, &inner);
        }
    }
    return !schema->closed || check_closed(check, schema, map, place);
}

static bool check_map_of(struct check *check, const struct schema *schema, struct value map,
                         const struct place *place)
{
    struct pmap_iter iter;
    struct value key, value;

    if (map.type != VALUE_MAP || !within(schema, pmap_count(map))) {
        return wrong(check, schema, &map, place);
    }
    pmap_iter_init(&iter, map);
    while (pmap_iter_next(&iter, &key, &value)) {
        struct place inner = {place, key};

        if (!check_value(check, schema->children[0], key, &inner) ||
            !check_value(check, schema->children[1], value, &inner)) {
            return false;
        }
    }
    return true;
}

static bool check_vector(struct check *check, const struct schema *schema, struct value vector,
                         const struct place *place)
{
    if (vector.type != VALUE_VECTOR || !within(schema, pvec_count(vector))) {
        return wrong(check, schema, &vector, place);
    }
    for (uint32_t i = 0; i < pvec_count(vector); i++) {
        struct place inner = {place, value_int(i)};

        if (!check_value(check, schema->children[0], pvec_nth(vector, i), &inner)) return false;
    }
    return true;
}

static bool check_or(struct check *check, const struct schema *schema, struct value value,
                     const struct place *place)
{
    bool was_quiet = check->is_quiet;
    bool good = false;

    check->is_quiet = true;
    for (uint32_t i = 0; i < schema->count && !good && check->fuel >= 0; i++) {
        good = check_value(check, schema->children[i], value, place);
    }
    check->is_quiet = was_quiet;
    if (check->fuel < 0) return false;
    return good || wrong(check, schema, &value, place);
}

static bool check_and(struct check *check, const struct schema *schema, struct value value,
                      const struct place *place)
{
    for (uint32_t i = 0; i < schema->count; i++) {
        if (!check_value(check, schema->children[i], value, place)) return false;
    }
    return true;
}

/* Those that look at the value alone. */
static bool is_met(struct check *check, const struct schema *schema, struct value value)
{
    switch (schema->kind) {
    case SCHEMA_STRING: return value.type == VALUE_STRING && within(schema, string_length(value));
    case SCHEMA_INT: return value.type == VALUE_INT && within(schema, value.integer);
    case SCHEMA_DOUBLE: return value.type == VALUE_DOUBLE && within_real(schema, value.real);
    case SCHEMA_BOOLEAN: return value.type == VALUE_BOOL;
    case SCHEMA_KEYWORD: return value.type == VALUE_KEYWORD;
    case SCHEMA_ENUM: return is_choice(schema, value);
    case SCHEMA_RE: return value.type == VALUE_STRING && matches(check, schema, value);
    default: return true;
    }
}

static bool check_value(struct check *check, const struct schema *schema, struct value value,
                        const struct place *place)
{
    int64_t choices = schema->kind == SCHEMA_ENUM ? schema->count : 0;

    if (!charge(check, 1 + choices)) return false;
    switch (schema->kind) {
    case SCHEMA_MAP: return check_map(check, schema, value, place);
    case SCHEMA_MAP_OF: return check_map_of(check, schema, value, place);
    case SCHEMA_VECTOR: return check_vector(check, schema, value, place);
    case SCHEMA_OR: return check_or(check, schema, value, place);
    case SCHEMA_AND: return check_and(check, schema, value, place);
    case SCHEMA_MAYBE:
        return value_is_nil(value) || check_value(check, schema->children[0], value, place);
    default: break;
    }
    bool met = is_met(check, schema, value);

    return charge(check, 0) && (met || wrong(check, schema, &value, place));
}

bool schema_check(const struct schema *schema, struct value value, const char *what,
                  struct error *err)
{
    struct check check = {.what = what, .fuel = LIMIT_SCHEMA_FUEL, .err = err};

    return check_value(&check, schema, value, NULL);
}
