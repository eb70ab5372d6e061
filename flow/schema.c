/*
 * Reading schemas, and what they hold. Forms are nested LIMIT_READER_DEPTH deep at most, so both
 * recursions, here and in schema_check.c, are bounded by the schema, whatever the data.
 */
#include "flow/schema.h"

#include "base/map.h"
#include "flow/keyword.h"
#include "flow/near.h"
#include "flow/quote.h"
#include "flow/regex.h"
#include "flow/schema_node.h"
#include "flow/string.h"

static const struct {
    const char *name;
    bool alone; /* may stand without a vector */
    int children_min, children_max;
} types[] = {
    [SCHEMA_ANY] = {"any", true, 0, 0},         [SCHEMA_STRING] = {"string", true, 0, 0},
    [SCHEMA_INT] = {"int", true, 0, 0},         [SCHEMA_DOUBLE] = {"double", true, 0, 0},
    [SCHEMA_BOOLEAN] = {"boolean", true, 0, 0}, [SCHEMA_KEYWORD] = {"keyword", true, 0, 0},
    [SCHEMA_MAP] = {"map", true, 0, -1},        [SCHEMA_MAP_OF] = {"map-of", false, 2, 2},
    [SCHEMA_VECTOR] = {"vector", false, 1, 1},  [SCHEMA_MAYBE] = {"maybe", false, 1, 1},
    [SCHEMA_OR] = {"or", false, 1, -1},         [SCHEMA_AND] = {"and", false, 1, -1},
    [SCHEMA_ENUM] = {"enum", false, 1, -1},     [SCHEMA_RE] = {"re", false, 1, 1},
};

struct reading {
    struct arena *arena;
    struct heap *statics;
    schema_on_error *on_error;
    void *ctx;
    bool failed;
};

static const struct schema *read(struct reading *reading, const struct form *form);

static void fail(struct reading *reading, const struct form *at, const char *message,
                 const char *hint)
{
    reading->failed = true;
    if (reading->on_error) reading->on_error(at, message, hint, reading->ctx);
}

static bool find_type(const struct form *form, enum schema_kind *out)
{
    for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
        if (!form_is_keyword(form, types[i].name)) continue;
        *out = (enum schema_kind)i;
        return true;
    }
    return false;
}

static void unknown_type(struct reading *reading, const struct form *form)
{
    static const char list[] = "There are :any :string :int :double :boolean :keyword :map :map-of "
                               ":vector :maybe :or :and :enum and :re.";
    struct text name = form_name(form);
    const char *hint = list;
    struct near meant;

    near_init(&meant, name);
    for (size_t i = 0; name.ptr && i < ARRAY_COUNT(types); i++) {
        near_consider(&meant, text_from(types[i].name));
    }
    if (near_get(&meant).ptr) {
        hint = arena_printf(reading->arena, "Did you mean `:" TEXT_FMT "`?",
                            TEXT_ARG(near_get(&meant)))
                   .ptr;
    }
    fail(reading, form, "there is no such schema", hint);
}

/* Properties */

static void read_bound(struct reading *reading, enum schema_kind kind, const struct form *form,
                       struct schema_bound *out)
{
    bool counts = kind == SCHEMA_STRING || kind == SCHEMA_VECTOR || kind == SCHEMA_MAP_OF;
    bool is_int = form->kind == FORM_INT && (!counts || form->integer >= 0);

    if (!is_int && !(kind == SCHEMA_DOUBLE && form->kind == FORM_DOUBLE)) {
        fail(reading, form,
             counts ? ":min and :max are whole numbers from 0 on" : ":min and :max are numbers",
             "Write {:min 1 :max 100}.");
        return;
    }
    out->is_there = true;
    out->integer = is_int ? form->integer : 0;
    out->real = is_int ? (double)form->integer : form->real;
}

static bool is_bounded(enum schema_kind kind)
{
    return kind == SCHEMA_STRING || kind == SCHEMA_INT || kind == SCHEMA_DOUBLE ||
           kind == SCHEMA_VECTOR || kind == SCHEMA_MAP_OF;
}

static bool read_flag(struct reading *reading, const struct form *properties, const char *name)
{
    const struct form *form = form_get(properties, name);

    if (!form) return false;
    if (form->kind != FORM_BOOL) {
        fail(reading, form, "the property is not true or false", "Write true or false.");
        return false;
    }
    return form->boolean;
}

/* Other properties than these are for people and other tools. */
static void check_name(struct reading *reading, const struct form *key)
{
    static const char *const known[] = {"min", "max", "closed", "optional", NULL};
    struct text name = form_name(key);
    struct near meant;

    near_init(&meant, name);
    for (size_t i = 0; known[i]; i++) {
        if (text_equal(name, text_from(known[i]))) return;
        near_consider(&meant, text_from(known[i]));
    }
    if (!near_get(&meant).ptr) return;
    fail(reading, key, "a schema has no such property",
         arena_printf(reading->arena, "Did you mean `:" TEXT_FMT "`?", TEXT_ARG(near_get(&meant)))
             .ptr);
}

static void check_property(struct reading *reading, enum schema_kind kind, const struct form *key)
{
    check_name(reading, key);
    if (form_is_keyword(key, "optional")) {
        fail(reading, key, ":optional is of a key, not of its schema",
             "Write [:key {:optional true} schema].");
    }
    if ((form_is_keyword(key, "min") || form_is_keyword(key, "max")) && !is_bounded(kind)) {
        fail(reading, key, "this schema has no :min and :max",
             "They bound :int, :double, :string, :vector and :map-of.");
    }
}

static void read_properties(struct reading *reading, struct schema *schema,
                            const struct form *properties)
{
    for (uint32_t i = 0; i + 1 < properties->count; i += 2) {
        check_property(reading, schema->kind, properties->items[i]);
    }
    const struct form *min = form_get(properties, "min"), *max = form_get(properties, "max");

    if (is_bounded(schema->kind)) {
        if (min) read_bound(reading, schema->kind, min, &schema->min);
        if (max) read_bound(reading, schema->kind, max, &schema->max);
        if (schema->min.is_there && schema->max.is_there && schema->min.real > schema->max.real) {
            fail(reading, max, ":max is below :min", "Exchange them.");
        }
    }
    if (schema->kind == SCHEMA_MAP) schema->closed = read_flag(reading, properties, "closed");
}

/* Children */

/* [:key schema] or [:key {:optional true} schema] */
static void read_entry(struct reading *reading, const struct form *form, struct schema_entry *out)
{
    const char *hint = "Write [:key schema], or [:key {:optional true} schema].";
    const struct form *properties =
        form->kind == FORM_VECTOR && form->count == 3 ? form->items[1] : NULL;

    if (form->kind != FORM_VECTOR || form->count < 2 || form->count > 3 ||
        (properties && properties->kind != FORM_MAP)) {
        fail(reading, form, "an entry of a :map is not [:key schema]", hint);
        return;
    }
    const struct form *key = form->items[0];

    for (uint32_t i = 0; properties && i < properties->count; i += 2) {
        check_name(reading, properties->items[i]);
    }
    if (key->kind != FORM_KEYWORD && key->kind != FORM_STRING) {
        fail(reading, key, "the key of an entry is not a keyword or a string", hint);
        return;
    }
    struct text name = key->kind == FORM_STRING ? key->text
                       : key->ns.len ? arena_printf(reading->arena, TEXT_FMT "/" TEXT_FMT,
                                                    TEXT_ARG(key->ns), TEXT_ARG(key->name))
                                     : key->name;

    out->name = arena_text(reading->arena, name);
    out->key = quote_form(reading->statics, key);
    if (key->kind == FORM_STRING) {
        out->other = keyword_new(reading->statics, TEXT_NONE, key->text);
        value_hash(out->other);
    } else if (key->ns.len == 0) {
        out->other = string_from_utf8(reading->statics, key->name);
        value_hash(out->other);
    }
    out->optional = properties && read_flag(reading, properties, "optional");
    out->schema = read(reading, form->items[form->count - 1]);
}

static void read_entries(struct reading *reading, struct schema *schema, struct form *const *items,
                         uint32_t count)
{
    struct schema_entry *entries = ARENA_ARRAY(reading->arena, count + 1, struct schema_entry);
    struct map seen = {0};

    for (uint32_t i = 0; i < count; i++) {
        read_entry(reading, items[i], &entries[i]);
        if (!entries[i].name.ptr || !map_put(&seen, entries[i].name, &entries[i])) continue;
        fail(reading, items[i], "the :map has this key twice", "Remove one of them.");
    }
    map_done(&seen);
    schema->entries = entries;
    schema->count = count;
}

static void read_choices(struct reading *reading, struct schema *schema, struct form *const *items,
                         uint32_t count)
{
    struct value *choices = ARENA_ARRAY(reading->arena, count, struct value);

    for (uint32_t i = 0; i < count; i++) {
        choices[i] = quote_form(reading->statics, items[i]);
    }
    schema->choices = choices;
    schema->count = count;
}

static void read_pattern(struct reading *reading, struct schema *schema, const struct form *form)
{
    struct error err = {0};

    if (form->kind != FORM_STRING && form->kind != FORM_REGEX) {
        fail(reading, form, "a pattern is a regex or a string", "Write [:re #\"[a-z]+\"].");
        return;
    }
    schema->pattern = string_from_utf8(reading->statics, form->text);
    struct regex *regex = schema_check_regex(schema->pattern, REGEX_ASCII, &err);

    if (!regex) {
        bool own = err.hint[0] && strcmp(err.hint, error_default_hint(err.code)) != 0;

        fail(reading, form, err.message,
             own ? err.hint : "Correct the pattern, which has Java's syntax.");
    }
    regex_free(regex);
}

static void read_children(struct reading *reading, struct schema *schema, struct form *const *items,
                          uint32_t count)
{
    const struct schema **children = ARENA_ARRAY(reading->arena, count + 1, const struct schema *);

    for (uint32_t i = 0; i < count; i++) {
        children[i] = read(reading, items[i]);
    }
    schema->children = children;
    schema->count = count;
}

static void read_vector(struct reading *reading, struct schema *schema, const struct form *form)
{
    const struct form *properties =
        form->count > 1 && form->items[1]->kind == FORM_MAP ? form->items[1] : NULL;
    uint32_t from = properties ? 2 : 1, count = form->count - from;
    int min = types[schema->kind].children_min, max = types[schema->kind].children_max;

    if (properties) read_properties(reading, schema, properties);
    if ((int)count < min || (max >= 0 && (int)count > max)) {
        const char *message =
            max == 0
                ? arena_printf(reading->arena, ":%s holds no schemas", types[schema->kind].name).ptr
                : arena_printf(reading->arena, ":%s holds %s%d schema%s or value%s",
                               types[schema->kind].name, max < 0 ? "at least " : "", min,
                               min == 1 ? "" : "s", min == 1 ? "" : "s")
                      .ptr;

        fail(reading, form, message,
             "Write [:vector :string], [:map-of :string :int], [:enum 1 2].");
        return;
    }
    switch (schema->kind) {
    case SCHEMA_MAP: read_entries(reading, schema, form->items + from, count); break;
    case SCHEMA_ENUM: read_choices(reading, schema, form->items + from, count); break;
    case SCHEMA_RE: read_pattern(reading, schema, form->items[from]); break;
    default: read_children(reading, schema, form->items + from, count); break;
    }
}

static const struct schema *read(struct reading *reading, const struct form *form)
{
    bool is_vector = form->kind == FORM_VECTOR && form->count > 0;
    const struct form *name = is_vector ? form->items[0] : form;
    struct schema *schema = ARENA_NEW(reading->arena, struct schema);

    if (!find_type(name, &schema->kind)) {
        unknown_type(reading, name);
        return schema;
    }
    if (is_vector) {
        read_vector(reading, schema, form);
    } else if (!types[schema->kind].alone) {
        fail(reading, form, "this schema stands in a vector",
             arena_printf(reading->arena, "Write [:%s …].", types[schema->kind].name).ptr);
    }
    return schema;
}

const struct schema *schema_parse(struct arena *arena, struct heap *statics,
                                  const struct form *form, schema_on_error *on_error, void *ctx)
{
    struct reading reading = {arena, statics, on_error, ctx, false};
    const struct schema *schema = read(&reading, form);

    return reading.failed ? NULL : schema;
}

uint32_t schema_key_count(const struct schema *schema)
{
    return schema && schema->kind == SCHEMA_MAP ? schema->count : 0;
}

struct text schema_key(const struct schema *schema, uint32_t index, bool *out_required)
{
    *out_required = !schema->entries[index].optional;
    return schema->entries[index].name;
}

bool schema_is_closed(const struct schema *schema)
{
    return schema && schema->kind == SCHEMA_MAP && schema->closed;
}
