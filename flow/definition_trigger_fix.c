/*
 * The fix of a manual trigger: the interface that it is the older form of, where that means the
 * same: the invocation :default is declared, no other trigger or interface is manual, and the
 * trigger says nothing that an interface cannot. Comments are never lost: where one stands among
 * the triggers there is no fix.
 */
#include "flow/definition_internal.h"
#include "flow/reader_token.h"

struct trigger_place {
    const struct form *key, *vector; /* :triggers [… */
    const struct form *interfaces;   /* NULL: there are none */
    uint32_t index;                  /* of the trigger in the vector */
};

static bool find_place(const struct form *root, const struct form *map, struct trigger_place *out)
{
    *out = (struct trigger_place){0};
    for (uint32_t i = 0; i + 1 < root->count; i += 2) {
        if (form_is_keyword(root->items[i], "interfaces")) out->interfaces = root->items[i + 1];
        if (!form_is_keyword(root->items[i], "triggers")) continue;
        out->key = root->items[i];
        out->vector = root->items[i + 1];
    }
    if (!out->vector || out->vector->kind != FORM_VECTOR) return false;
    for (uint32_t i = 0; i < out->vector->count; i++) {
        const struct form *other = out->vector->items[i];

        if (other == map) out->index = i;
        if (other != map && text_equal(form_name(form_get(other, "type")), TEXT("manual"))) {
            return false;
        }
    }
    return !out->interfaces ||
           (out->interfaces->kind == FORM_MAP && !form_get(out->interfaces, "manual"));
}

static bool is_plain(const struct form *map)
{
    static const char *const known[] = {"id", "type", "label", "enabled", "config"};
    const struct form *config = form_get(map, "config");

    for (uint32_t i = 0; i + 1 < map->count; i += 2) {
        size_t k = 0;

        while (k < ARRAY_COUNT(known) && !form_is_keyword(map->items[i], known[k])) {
            k++;
        }
        if (k == ARRAY_COUNT(known)) return false;
    }
    return !config || config->kind == FORM_NIL || (config->kind == FORM_MAP && config->count == 0);
}

/* No comments, nothing discarded or conditional. */
static bool is_bare(struct text source, size_t from, size_t to)
{
    struct reader_token token = reader_token_next(source, from);

    for (; token.kind != READER_TOKEN_END && token.from < to;
         token = reader_token_next(source, token.to)) {
        if (token.kind == READER_TOKEN_COMMENT) return false;
        struct text text = text_slice(source, token.from, token.to);

        if (text_equal(text, TEXT("#_")) || text_starts_with(text, TEXT("#?"))) return false;
    }
    return true;
}

static void put_key(struct buf *out, struct text source, const struct form *map, const char *key)
{
    const struct form *value = form_get(map, key);

    if (!value) return;
    buf_printf(out, " :%s " TEXT_FMT, key,
               TEXT_ARG(text_slice(source, value->offset, value->end_offset)));
}

/* :manual [{…}] */
static void put_interface(struct buf *out, struct text source, const struct form *map,
                          struct text id)
{
    const struct form *written = form_get(map, "id");
    struct text text =
        written ? text_slice(source, written->offset, written->end_offset) : TEXT_NONE;

    buf_cstr(out, ":manual [{:id ");
    if (text.len > 0) {
        buf_text(out, text);
    } else {
        buf_printf(out, ":" TEXT_FMT, TEXT_ARG(id));
    }
    put_key(out, source, map, "label");
    buf_cstr(out, " :invocation :default");
    put_key(out, source, map, "enabled");
    buf_cstr(out, "}]");
}

/* Takes the trigger out of the vector, or all of :triggers when it is the only one there. */
static void remove_trigger(struct diagnostics *diagnostics, const struct trigger_place *place)
{
    struct form *const *items = place->vector->items;
    uint32_t index = place->index, last = place->vector->count - 1;

    if (last == 0) {
        struct reader_token next =
            reader_token_next(diagnostics->source, place->vector->end_offset);

        diagnostic_fix(diagnostics, place->key->offset, (uint32_t)next.from, TEXT(""));
    } else if (index < last) {
        diagnostic_fix(diagnostics, items[index]->offset, items[index + 1]->offset, TEXT(""));
    } else {
        diagnostic_fix(diagnostics, items[last - 1]->end_offset, items[last]->end_offset, TEXT(""));
    }
}

void definition_trigger_fix(struct definition_reading *reading, const struct form *map,
                            const struct definition_interface *interface)
{
    struct diagnostics *diagnostics = reading->diagnostics;
    struct text source = diagnostics->source;
    struct trigger_place place;
    struct buf text CLEANUP(buf_done) = {0};

    if (!find_place(reading->definition->root, map, &place) || !is_plain(map)) return;
    if (!definition_find_invocation(reading->definition, TEXT("default"))) return;
    if (!is_bare(source, place.key->offset, place.vector->end_offset)) return;
    if (place.interfaces) {
        uint32_t end = place.interfaces->end_offset - 1;

        if (place.interfaces->count > 0) buf_char(&text, ' ');
        put_interface(&text, source, map, interface->id);
        diagnostic_fix(diagnostics, end, end, buf_get(&text));
        remove_trigger(diagnostics, &place);
        return;
    }
    buf_cstr(&text, ":interfaces {");
    put_interface(&text, source, map, interface->id);
    buf_char(&text, '}');
    if (place.vector->count == 1) {
        diagnostic_fix(diagnostics, place.key->offset, place.vector->end_offset, buf_get(&text));
        return;
    }
    buf_printf(&text, "\n%*s", (int)place.key->column - 1, "");
    diagnostic_fix(diagnostics, place.key->offset, place.key->offset, buf_get(&text));
    remove_trigger(diagnostics, &place);
}
