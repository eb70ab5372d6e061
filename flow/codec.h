#pragma once

#include "base/arena.h"
#include "base/json.h"
#include "flow/heap.h"
#include "flow/value.h"

/*
 * Codec: the one form in which values leave and enter a VM (step configs and results, inputs,
 * waits, kv, run results), a compact binary encoding, versioned by its first byte. Decoding gives
 * what the body sees, on the first run too: metadata dropped, lazy became list, sorted became
 * plain. All of it is iterative; sizes are checked against out->limit.
 *
 * Not encodable: functions, regexes, lone surrogates, cells, unrealised sequences: E_INPUT naming
 * the path (":items 3 :f").
 */
bool codec_encode(struct value value, struct buf *out, struct error *err) MUST_CHECK;
bool codec_decode(struct heap *heap, struct text bytes, struct value *out, struct error *err)
    MUST_CHECK;
/* A decode whose maps have string keys and answer keyword lookups too, nested ones as well: what
 * (flow/input) gives (LANGUAGE section 8, "input maps"). */
bool codec_decode_input(struct heap *heap, struct text bytes, struct value *out, struct error *err)
    MUST_CHECK;

/* Encoded bytes to JSON text and back, without a VM. Keywords become strings (":" dropped), map
 * keys strings, big numbers and decimals numbers, instants ISO strings, uuids strings, bytes
 * base64. */
bool codec_to_json(struct text bytes, struct buf *json, struct error *err) MUST_CHECK;
/* The first max_len characters or so of it, for previews: cut strings and collections, still JSON.
 */
void codec_preview_json(struct text bytes, size_t max_len, struct buf *json);
/* keyword_keys: objects get keyword keys (http bodies); else string keys (inputs). */
bool codec_from_json(struct text json, bool keyword_keys, struct buf *out, struct error *err)
    MUST_CHECK;
void codec_from_json_node(const struct json *node, bool keyword_keys, struct buf *out);
/* JSON text straight to values and back (json/parse, json/write in flows; http bodies). */
bool codec_value_from_json(struct heap *heap, struct text json, bool keyword_keys,
                           struct value *out, struct error *err) MUST_CHECK;
bool codec_value_to_json(struct value value, struct buf *json, struct error *err) MUST_CHECK;
