#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "flow/form.h"
#include "flow/value.h"

/*
 * Schema: what a value must look like, as a subset of Malli's vector syntax says it:
 *
 *     [:map {:closed true} [:id [:string {:min 1}]] [:lines {:optional true} [:vector :line]]]
 *
 *     :any :string :int :double :boolean :keyword
 *     [:string {:min 1 :max 9}] [:int {:min 0}] [:double {:max 1.0}]
 *     [:map {:closed true} [:key {:optional true} schema] …] [:map-of key value]
 *     [:vector {:min 1} schema] [:maybe schema] [:or a b …] [:and a b …] [:enum a b …]
 *     [:re "pattern"] [:re #"pattern"]
 *
 * They mean what Malli means by them, but that a key of a :map finds the keyword and the string of
 * its name: inputs that came as JSON have string keys. Other properties ({:description …}) say
 * nothing here.
 *
 * A schema lies in an arena, its constants in a static heap: immutable, shared by threads.
 */
struct schema;

/* What is wrong with a schema, where. */
typedef void schema_on_error(const struct form *at, const char *message, const char *hint,
                             void *ctx);

/* NULL when there is an error; on_error (which may be NULL) hears of each. */
const struct schema *schema_parse(struct arena *arena, struct heap *statics,
                                  const struct form *form, schema_on_error *on_error, void *ctx)
    MUST_CHECK;
/* E_INPUT that says where the value is wrong and what was expected there, E_FUEL. what: how the
 * message names the value. The value was decoded by the codec: nothing is lazy. */
bool schema_check(const struct schema *schema, struct value value, const char *what,
                  struct error *err) MUST_CHECK;

/* The keys of a :map (else 0): an unqualified name, or "ns/name". */
uint32_t schema_key_count(const struct schema *schema);
struct text schema_key(const struct schema *schema, uint32_t index, bool *out_required);
bool schema_is_closed(const struct schema *schema);
