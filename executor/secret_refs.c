/*
 * Looks through maps, vectors, lists and sets of a decoded config. Nesting comes from a tenant, so
 * the recursion is bounded: what lies deeper than SECRET_REFS_DEPTH is refused.
 */
#include "executor/secret_refs.h"

#include "base/assert.h"
#include "base/crypto.h"
#include "executor/step_config.h"
#include "flow/keyword.h"
#include "flow/pmap.h"
#include "flow/pvec.h"
#include "flow/seq.h"
#include "flow/string.h"

void secret_refs_init(struct secret_refs *refs, const struct secret_names *named,
                      struct arena *arena)
{
    *refs = (struct secret_refs){.arena = arena, .named = named};
}

static bool is_nested(struct value value)
{
    return value.type == VALUE_MAP || value.type == VALUE_VECTOR || value.type == VALUE_LIST ||
           value.type == VALUE_SET;
}

/* The name under the keyword :secret-ref, or nil. Data that comes from outside as a run's input has
 * string keys: "secret-ref" in it is data, since strangers must not choose which secret is sent. */
static struct value ref_of(struct value value)
{
    struct pmap_iter iter;
    struct value key, item;

    if (value.type != VALUE_MAP) return value_nil();
    pmap_iter_init(&iter, value);
    while (pmap_iter_next(&iter, &key, &item)) {
        if (key.type == VALUE_KEYWORD && keyword_is(key, "secret-ref")) return item;
    }
    return value_nil();
}

static size_t find(const struct secret_refs *refs, struct text name)
{
    size_t i = 0;

    while (i < refs->count && !text_equal(refs->refs[i].name, name)) {
        i++;
    }
    return i;
}

static bool add(struct secret_refs *refs, struct value ref, struct error *err)
{
    struct text name;

    if ((ref.type != VALUE_KEYWORD && ref.type != VALUE_STRING) ||
        !step_config_show(refs->arena, ref, &name) || name.len == 0) {
        return error_set(err, E_INPUT, ":secret-ref is a %s; expected the name of a secret",
                         value_type_name(ref));
    }
    if (find(refs, name) < refs->count) return true;
    if (!refs->named || !secret_names_has(refs->named, name)) {
        error_set(err, E_FORBIDDEN, "the flow does not name the secret " TEXT_FMT, TEXT_ARG(name));
        return error_hint(err, "Write {:secret-ref :name} in the flow itself: data that came from "
                               "outside cannot choose a secret.");
    }
    if (refs->count == SECRET_REFS_MAX) {
        return error_set(err, E_LIMIT, "a step uses at most %d secrets", SECRET_REFS_MAX);
    }
    refs->refs[refs->count++].name = name;
    return true;
}

static bool collect(struct secret_refs *refs, struct value value, const char *place, bool allowed,
                    int depth, struct error *err)
{
    struct seq_iter iter;
    struct value key, item;

    if (!is_nested(value)) return true;
    if (depth > SECRET_REFS_DEPTH) {
        return error_set(err, E_LIMIT, ":%s is nested deeper than %d levels", place,
                         SECRET_REFS_DEPTH);
    }
    struct value ref = ref_of(value);

    if (!value_is_nil(ref)) {
        if (!allowed) {
            error_set(err, E_INPUT, "a secret cannot stand in :%s", place);
            return error_hint(err, "Secrets are allowed in the :auth, :headers, :query, :form and "
                                   ":json of an :http step.");
        }
        if (!add(refs, ref, err)) return false;
    }
    seq_iter_init(&iter, value);
    while (seq_iter_next_pair(&iter, &key, &item)) {
        bool is_entry = seq_iter_gives_entries(&iter);

        if (!collect(refs, is_entry ? item : key, place, allowed, depth + 1, err)) return false;
    }
    return true;
}

bool secret_refs_collect(struct secret_refs *refs, struct value value, const char *place,
                         bool allowed, struct error *err)
{
    return collect(refs, value, place, allowed, 0, err);
}

static bool has(struct value value, int depth)
{
    struct seq_iter iter;
    struct value key, item;

    if (!is_nested(value) || depth > SECRET_REFS_DEPTH) return false;
    if (!value_is_nil(ref_of(value))) return true;
    seq_iter_init(&iter, value);
    while (seq_iter_next_pair(&iter, &key, &item)) {
        if (has(seq_iter_gives_entries(&iter) ? item : key, depth + 1)) return true;
    }
    return false;
}

bool secret_refs_has(struct value value)
{
    return has(value, 0);
}

void secret_refs_give(struct secret_refs *refs, size_t index, struct text value)
{
    ASSERT(index < refs->count);
    refs->refs[index].value = arena_text(refs->arena, value);
}

static struct value filled_ref(const struct secret_refs *refs, struct heap *heap,
                               struct value value, struct value ref)
{
    struct text name;
    bool ok = step_config_show(refs->arena, ref, &name);
    size_t index = ok ? find(refs, name) : refs->count;

    ASSERT(index < refs->count && refs->refs[index].value.ptr);
    struct value secret = string_from_utf8(heap, refs->refs[index].value);

    if (pmap_count(value) == 1) return secret;
    return pmap_put_named(heap, value, "secret", secret);
}

static struct value fill(const struct secret_refs *refs, struct heap *heap, struct value value,
                         int depth)
{
    struct seq_iter iter;
    struct value key, item;

    if (!is_nested(value) || !has(value, depth)) return value;
    struct value ref = ref_of(value);
    struct value result;

    if (!value_is_nil(ref)) {
        result = filled_ref(refs, heap, value, ref);
        if (result.type != VALUE_MAP) return result;
        value = result;
    } else {
        result = value.type == VALUE_MAP ? value : pvec_empty();
    }
    seq_iter_init(&iter, value);
    while (seq_iter_next_pair(&iter, &key, &item)) {
        if (value.type != VALUE_MAP) {
            result = pvec_conj(heap, result, fill(refs, heap, key, depth + 1));
        } else if (is_nested(item)) {
            result = pmap_assoc(heap, result, key, fill(refs, heap, item, depth + 1));
        }
    }
    return result; // a list or set becomes a vector: the same JSON and form
}

struct value secret_refs_fill(const struct secret_refs *refs, struct heap *heap, struct value value)
{
    return fill(refs, heap, value, 0);
}

void secret_refs_wipe(struct secret_refs *refs)
{
    for (size_t i = 0; i < refs->count; i++) {
        struct text value = refs->refs[i].value;

        if (value.ptr) crypto_wipe((char *)value.ptr, value.len);
        refs->refs[i].value = TEXT_NONE;
    }
}
