#include "flow/packaged.h"

#include "flow/keyword.h"
#include "flow/lint_options.h"
#include "flow/pmap.h"
#include "flow/quote.h"
#include "flow/string.h"

#include <stdio.h>

/* Building */

bool packaged_is_about(const struct form *key)
{
    static const char *const keys[] = {"id",           "type",          "description", "label",
                                       "input-schema", "output-schema", "defaults",    "prepare"};

    for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
        if (form_is_keyword(key, keys[i])) return true;
    }
    return false;
}

static bool takes_input(struct text type)
{
    return text_equal(type, TEXT("function")) || text_equal(type, TEXT("code"));
}

static const char *input_key_of(const struct definition_step *definition)
{
    const struct form *defaults = definition->defaults;

    if (takes_input(definition->type)) return "input";
    if (form_get(definition->form, "template")) return "data";
    return defaults && form_get(defaults, "template") ? "data" : NULL;
}

/* As the body would have it: '(fn …) is the code. */
static struct value quoted(struct heap *statics, struct form *form)
{
    return quote_form(statics, form_unquote(form));
}

static struct value put(struct heap *statics, struct value map, const struct form *key,
                        struct value value)
{
    map = pmap_assoc(statics, map, quote_form(statics, key), value);
    value_hash(map); // of static objects all hashes are there
    return map;
}

/* Whether the key under :defaults is one of the step's own options. */
static bool is_option(const struct packaged *packaged, const struct form *key)
{
    const struct lint_type *type = lint_options_type(packaged->type);

    return !packaged->input_key || (type && lint_options_find(type, key));
}

static void add_option(struct packaged *packaged, struct heap *statics, const struct form *key,
                       struct form *form, bool fixed)
{
    struct value value = quoted(statics, form);
    bool is_input = packaged->input_key && form_is_keyword(key, packaged->input_key);
    struct value *map = fixed ? &packaged->fixed : &packaged->defaults;

    if (!is_input || value.type != VALUE_MAP) {
        *map = put(statics, *map, key, value);
    } else if (fixed) {
        packaged->fixed_input = value;
    } else {
        struct pmap_iter iter;
        struct value name, item;

        pmap_iter_init(&iter, value);
        while (pmap_iter_next(&iter, &name, &item)) {
            packaged->default_input = pmap_assoc(statics, packaged->default_input, name, item);
        }
    }
}

bool packaged_build(const struct definition_step *definition, struct arena *arena,
                    struct heap *statics, struct packaged *out, struct error *err)
{
    const struct form *form = definition->form, *defaults = definition->defaults;
    struct packaged packaged = {
        .id = arena_text(arena, definition->id),
        .type = arena_text(arena, definition->type),
        .input_key = input_key_of(definition),
        .fixed = pmap_empty(),
        .defaults = pmap_empty(),
        .fixed_input = pmap_empty(),
        .default_input = pmap_empty(),
    };

    if (definition->schema) {
        packaged.schema = schema_parse(arena, statics, definition->schema, NULL, NULL);
        if (!packaged.schema) {
            return error_set(err, E_INPUT, "the :input-schema of :" TEXT_FMT " cannot be read",
                             TEXT_ARG(definition->id));
        }
    }
    for (uint32_t i = 0; i + 1 < form->count; i += 2) {
        if (packaged_is_about(form->items[i])) continue;
        add_option(&packaged, statics, form->items[i], form->items[i + 1], true);
    }
    for (uint32_t i = 0; defaults && i + 1 < defaults->count; i += 2) {
        const struct form *key = defaults->items[i];

        if (is_option(&packaged, key)) {
            add_option(&packaged, statics, key, defaults->items[i + 1], false);
        } else {
            packaged.default_input =
                put(statics, packaged.default_input, key, quoted(statics, defaults->items[i + 1]));
        }
    }
    value_hash(packaged.default_input);
    *out = packaged;
    return true;
}

/* Calls */

/* A plain keyword for a string and the reverse: both name the same input. */
static struct value other_key(struct heap *heap, struct value key)
{
    struct buf name CLEANUP(buf_done) = {0};

    if (key.type == VALUE_KEYWORD && keyword_ns(key).len == 0) {
        return string_from_utf8(heap, keyword_name(key));
    }
    if (key.type != VALUE_STRING) return value_nil();
    string_append_utf8(key, &name);
    return keyword_new(heap, TEXT_NONE, buf_get(&name));
}

/* What stands in over wins; a key that under has as the other kind is that key. */
static struct value merge(struct heap *heap, struct value under, struct value over)
{
    struct pmap_iter iter;
    struct value key, value;

    if (pmap_count(under) == 0) return over;
    pmap_iter_init(&iter, over);
    while (pmap_iter_next(&iter, &key, &value)) {
        struct value other = pmap_contains(under, key) ? value_nil() : other_key(heap, key);

        if (!value_is_nil(other)) under = pmap_dissoc(heap, under, other);
        under = pmap_assoc(heap, under, key, value);
    }
    return under;
}

/* The input with those defaults of the config that its schema names. */
static struct value with_named_defaults(const struct packaged *packaged, struct heap *heap,
                                        struct value input)
{
    struct value named = pmap_empty();

    for (uint32_t i = 0; i < schema_key_count(packaged->schema); i++) {
        bool required;
        struct value key = keyword_from_text(heap, schema_key(packaged->schema, i, &required));
        struct value value = pmap_get(packaged->defaults, key, value_nil());

        if (!value_is_nil(value)) named = pmap_assoc(heap, named, key, value);
    }
    return merge(heap, named, input);
}

static bool check(const struct packaged *packaged, struct value input, struct error *err)
{
    char what[160];

    if (!packaged->schema) return true;
    snprintf(what, sizeof(what), "the input of :" TEXT_FMT, TEXT_ARG(packaged->id));
    return schema_check(packaged->schema, input, what, err);
}

bool packaged_config(const struct packaged *packaged, struct heap *heap, struct value input,
                     struct value *out, struct error *err)
{
    if (value_is_nil(input)) input = pmap_empty();
    if (input.type != VALUE_MAP) {
        return error_set(err, E_INPUT, "the input of :" TEXT_FMT " is a %s; expected a map",
                         TEXT_ARG(packaged->id), value_type_name(input));
    }
    struct value checked = packaged->input_key ? merge(heap, packaged->default_input, input)
                                               : with_named_defaults(packaged, heap, input);

    if (!check(packaged, checked, err)) return false;
    struct value config = packaged->defaults;

    if (!packaged->input_key) config = merge(heap, config, input);
    config = merge(heap, config, packaged->fixed);
    if (packaged->input_key) {
        struct value whole = merge(heap, checked, packaged->fixed_input);

        config = pmap_put_named(heap, config, packaged->input_key, whole);
    }
    *out = config;
    return true;
}
