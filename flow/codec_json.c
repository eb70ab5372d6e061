#include "base/crypto.h"
#include "base/map.h"
#include "base/memory.h"
#include "flow/bytes.h"
#include "flow/codec.h"
#include "flow/inst.h"
#include "flow/java_value.h"
#include "flow/keyword.h"
#include "flow/name.h"
#include "flow/number.h"
#include "flow/pmap.h"
#include "flow/pvec.h"
#include "flow/seq.h"
#include "flow/string.h"
#include "flow/value_list.h"

#include <math.h>

/* Values and JSON. From JSON the recursion is bounded by LIMIT_JSON_DEPTH, which json_read() keeps.
 */

struct importer {
    struct heap *heap;
    struct map keys; /* keywords by their text, so that each is made once */
    bool keyword_keys;
    struct error *err;
};

static struct value import_key(struct importer *importer, struct text key)
{
    if (!importer->keyword_keys) return string_from_utf8(importer->heap, key);
    struct object *known = map_find(&importer->keys, key);

    if (!known) {
        known = keyword_from_text(importer->heap, key).object;
        map_put(&importer->keys, key, known);
    }
    return object_value(known);
}

static bool import(struct importer *importer, const struct json *node, struct value *out);

static bool import_object(struct importer *importer, const struct json *node, struct value *out)
{
    struct value_list pairs CLEANUP(value_list_done) = {0};
    const struct json *member;
    struct value value;
    struct text key;

    for (void *at = json_member(node, NULL, &key, &member); at;
         at = json_member(node, at, &key, &member)) {
        value_list_push(&pairs, import_key(importer, key));
        if (!import(importer, member, &value)) return false;
        value_list_push(&pairs, value);
    }
    if (!heap_can(importer->heap, (pairs.count + 2) * 64, importer->err)) return false;
    *out = pmap_new(importer->heap, pairs.items, (uint32_t)(pairs.count / 2));
    return true;
}

static bool import_array(struct importer *importer, const struct json *node, struct value *out)
{
    struct value_list items CLEANUP(value_list_done) = {0};
    struct value item;

    for (size_t i = 0; i < json_count(node); i++) {
        if (!import(importer, json_item(node, i), &item)) return false;
        value_list_push(&items, item);
    }
    if (!heap_can(importer->heap, (items.count + 2) * 32, importer->err)) return false;
    *out = pvec_new(importer->heap, items.items, (uint32_t)items.count);
    return true;
}

static bool import(struct importer *importer, const struct json *node, struct value *out)
{
    struct text text;

    switch (json_get_type(node)) {
    case JSON_BOOL: *out = value_bool(json_bool(node, false)); return true;
    case JSON_INT: *out = value_int(json_int(node, 0)); return true;
    case JSON_REAL: *out = value_double(json_real(node, 0)); return true;
    case JSON_ARRAY: return import_array(importer, node, out);
    case JSON_OBJECT: return import_object(importer, node, out);
    case JSON_STRING:
        text = json_text(node);
        if (!heap_can(importer->heap, 2 * text.len + 64, importer->err)) return false;
        *out = string_from_utf8(importer->heap, text);
        return true;
    default: *out = value_nil(); return true;
    }
}

static bool import_node(struct heap *heap, const struct json *node, bool keyword_keys,
                        struct value *out, struct error *err)
{
    struct importer importer = {.heap = heap, .keyword_keys = keyword_keys, .err = err};
    bool good = import(&importer, node, out);

    map_done(&importer.keys);
    return good;
}

bool codec_value_from_json(struct heap *heap, struct text json, bool keyword_keys,
                           struct value *out, struct error *err)
{
    struct arena arena;

    arena_init(&arena, 0);
    const struct json *node = json_read(&arena, json, err);
    bool good = node && import_node(heap, node, keyword_keys, out, err);

    arena_done(&arena);
    return good;
}

bool codec_from_json(struct text json, bool keyword_keys, struct buf *out, struct error *err)
{
    struct heap scratch;
    struct value value;

    heap_init(&scratch, 0);
    bool good = codec_value_from_json(&scratch, json, keyword_keys, &value, err) &&
                codec_encode(value, out, err);

    heap_done(&scratch);
    return good;
}

void codec_from_json_node(const struct json *node, bool keyword_keys, struct buf *out)
{
    struct heap scratch;
    struct value value = value_nil();
    struct error err;

    heap_init(&scratch, 0);
    // what JSON can say can be stored; only out's limit may be passed, which stays visible in it
    if (!import_node(&scratch, node, keyword_keys, &value, &err) ||
        !codec_encode(value, out, &err)) {
        ASSERT(out->overflow);
    }
    heap_done(&scratch);
}

/* A collection that has begun; iterative, but JSON's own depth is bounded. */
struct frame {
    struct seq_iter iter;
    bool is_map;
};

struct exporter {
    struct json_writer writer;
    struct error *err;
    struct frame *frames;
    size_t count, capacity;
    size_t preview; /* stop at about so many bytes; 0: all */
    size_t start;   /* of our own in the writer's buf */
    struct heap scratch;
};

static bool is_full(const struct exporter *exporter)
{
    return exporter->preview && exporter->writer.out->len - exporter->start >= exporter->preview;
}

/* How many units of a string a preview still takes; never half a pair. */
static uint32_t preview_length(const struct exporter *exporter, struct value string)
{
    uint32_t length = string_length(string);
    size_t used = exporter->writer.out->len - exporter->start;

    if (!exporter->preview) return length;
    size_t room = MAX(exporter->preview > used ? exporter->preview - used : 0, (size_t)16);

    if (length <= room) return length;
    length = (uint32_t)room;
    return (string_unit(string, length - 1) & 0xFC00) == 0xD800 ? length - 1 : length;
}

static void export_string(struct exporter *exporter, struct value string)
{
    uint32_t length = preview_length(exporter, string);
    struct buf utf8 CLEANUP(buf_done) = {0};

    string_append_slice(string, 0, length, &utf8);
    string_scrub(&utf8, 0);
    if (length < string_length(string)) buf_cstr(&utf8, "…");
    json_write_text(&exporter->writer, buf_get(&utf8));
}

static void export_number(struct exporter *exporter, struct value number)
{
    struct buf text CLEANUP(buf_done) = {0};
    double real;

    if (number.type == VALUE_RATIO && number_to_double(number, &real, NULL)) {
        number = value_double(real);
    }
    if (number.type == VALUE_DOUBLE && !isfinite(number.real)) {
        json_write_null(&exporter->writer);
        return;
    }
    number_display(number, &text);
    json_write_raw(&exporter->writer, buf_get(&text));
}

/* What has no form of its own in JSON becomes a string. */
static void export_text(struct exporter *exporter, struct value value)
{
    struct buf text CLEANUP(buf_done) = {0};

    switch (value.type) {
    case VALUE_KEYWORD:
    case VALUE_SYMBOL: name_append(OBJECT_AS(name_object, value.object), &text); break;
    case VALUE_INST: inst_print_iso(inst_ms(value), &text); break;
    case VALUE_BYTES: crypto_base64(&text, bytes_get(value)); break;
    case VALUE_TAGGED: value_print(value, &text); break;
    default: value_display(value, &text);
    }
    string_scrub(&text, 0);
    json_write_text(&exporter->writer, buf_get(&text));
}

static void export_key(struct exporter *exporter, struct value key)
{
    struct buf text CLEANUP(buf_done) = {0};

    if (key.type == VALUE_KEYWORD || key.type == VALUE_SYMBOL) {
        name_append(OBJECT_AS(name_object, key.object), &text);
    } else if (value_is_nil(key)) {
        buf_cstr(&text, "nil");
    } else if (key.type == VALUE_INST) {
        inst_print_iso(inst_ms(key), &text);
    } else {
        value_display(key, &text);
    }
    string_scrub(&text, 0);
    json_write_key_text(&exporter->writer, buf_get(&text));
}

static bool begin(struct exporter *exporter, struct value coll)
{
    bool is_map = coll.type == VALUE_MAP || coll.type == VALUE_SORTED_MAP;

    if (exporter->count == LIMIT_JSON_DEPTH) {
        return error_set(exporter->err, E_INPUT, "nested deeper than %d levels: no JSON",
                         LIMIT_JSON_DEPTH);
    }
    if (exporter->count == exporter->capacity) {
        exporter->capacity = MAX(exporter->capacity * 2, (size_t)8);
        exporter->frames =
            memory_resize(exporter->frames, exporter->capacity, sizeof(*exporter->frames));
    }
    struct frame *frame = &exporter->frames[exporter->count++];

    *frame = (struct frame){.is_map = is_map};
    seq_iter_init(&frame->iter, coll);
    if (is_map) {
        json_write_object(&exporter->writer);
    } else {
        json_write_array(&exporter->writer);
    }
    return true;
}

static bool export_value(struct exporter *exporter, struct value value)
{
    if (number_is(value)) {
        export_number(exporter, value);
        return true;
    }
    if (value.type >= VALUE_LIST && value.type <= VALUE_SORTED_SET) return begin(exporter, value);
    switch (value.type) {
    case VALUE_NIL: json_write_null(&exporter->writer); return true;
    case VALUE_BOOL: json_write_bool(&exporter->writer, value.integer); return true;
    case VALUE_STRING: export_string(exporter, value); return true;
    case VALUE_CHAR:
    case VALUE_KEYWORD:
    case VALUE_SYMBOL:
    case VALUE_INST:
    case VALUE_BYTES:
    case VALUE_UUID:
    case VALUE_TAGGED: export_text(exporter, value); return true;
    case VALUE_JAVA:
        if (java_value_is_data(value)) {
            export_text(exporter, value);
            return true;
        }
        break;
    default: break;
    }
    return error_set(exporter->err, E_INPUT, "%s has no form in JSON", value_type_phrase(value));
}

/* The next thing inside the innermost collection; false at its end. */
static bool next_item(struct exporter *exporter, struct value *out)
{
    struct frame *frame = &exporter->frames[exporter->count - 1];
    struct value key;

    if (is_full(exporter)) return false;
    if (!frame->is_map) return seq_iter_next(&frame->iter, &exporter->scratch, out);
    if (!seq_iter_next_pair(&frame->iter, &key, out)) return false;
    export_key(exporter, key);
    return true;
}

static bool end(struct exporter *exporter)
{
    const struct frame *frame = &exporter->frames[--exporter->count];

    if (frame->is_map) {
        json_write_object_end(&exporter->writer);
    } else {
        json_write_array_end(&exporter->writer);
    }
    return frame->iter.result != SEQ_PENDING ||
           error_set(exporter->err, E_INPUT, "a sequence that is not realised has no form in JSON");
}

static bool export_all(struct value value, size_t preview, struct buf *json, struct error *err)
{
    struct exporter exporter = {.err = err, .preview = preview, .start = json->len};

    heap_init(&exporter.scratch, 0);
    json_write_init(&exporter.writer, json);
    bool good = export_value(&exporter, value);

    while (good && exporter.count > 0 && !json->overflow) {
        good = next_item(&exporter, &value) ? export_value(&exporter, value) : end(&exporter);
    }
    heap_done(&exporter.scratch);
    memory_free(exporter.frames);
    if (good && json->overflow) {
        good = error_set(err, E_TOO_LARGE, "the JSON takes more than %zu bytes", json->limit);
    }
    if (!good && json->len > exporter.start) json->len = exporter.start;
    return good;
}

bool codec_value_to_json(struct value value, struct buf *json, struct error *err)
{
    return export_all(value, 0, json, err);
}

bool codec_to_json(struct text bytes, struct buf *json, struct error *err)
{
    struct heap scratch;
    struct value value;

    heap_init(&scratch, 0);
    bool good = codec_decode(&scratch, bytes, &value, err) && codec_value_to_json(value, json, err);

    heap_done(&scratch);
    return good;
}

void codec_preview_json(struct text bytes, size_t max_len, struct buf *json)
{
    struct heap scratch;
    struct value value;
    struct error err;

    heap_init(&scratch, 0);
    if (!codec_decode(&scratch, bytes, &value, &err) ||
        !export_all(value, MAX(max_len, (size_t)1), json, &err)) {
        buf_cstr(json, "null");
    }
    heap_done(&scratch);
}
