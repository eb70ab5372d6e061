#pragma once

#include "base/buf.h"
#include "flow/heap.h"
#include "flow/object.h"

/*
 * Java value: the objects of the closed table of Java calls that are no data of Clojure: coders of
 * Base64. Immutable, equal by content; all have one layout (struct java_object), told apart by
 * their kind.
 */
enum java_kind { JAVA_ENCODER, JAVA_DECODER, JAVA_KINDS };

/* What the number of a coder says. */
enum java_coder { JAVA_CODER_URL = 1 << 0, JAVA_CODER_BARE = 1 << 1 /* no padding */ };

struct value java_value_new(struct heap *heap, enum java_kind kind, int64_t number, int32_t nanos);

static inline bool java_value_is(struct value value, enum java_kind kind)
{
    return value.type == VALUE_JAVA && value.object->kind == kind;
}

/* "java.util.Base64$Encoder" */
const char *java_value_class(struct value value);
/* "an encoder" */
const char *java_value_phrase(struct value value);
bool java_value_equal(struct value a, struct value b);
uint32_t java_value_hash(struct value value);
/* As x.toString(). */
void java_value_display(struct value value, struct buf *out);
/* As pr-str, without the address: #object[java.util.Base64$Encoder]. */
void java_value_print(struct value value, struct buf *out);
