#pragma once

#include "base/error.h"
#include "flow/heap.h"
#include "flow/object.h"

/* What throw throws and catch catches: a code (base/errors.def), a message, ex-data, a cause. */
struct value exception_new(struct heap *heap, enum error_code code, struct value message,
                           struct value data, struct value cause);
/* From an error that a native answered; data is a map or nil. */
struct value exception_from_error(struct heap *heap, const struct error *err, struct value data);
enum error_code exception_code(struct value exception);
struct value exception_message(struct value exception); /* string or nil */
struct value exception_data(struct value exception);    /* map or nil */
struct value exception_cause(struct value exception);
/* The reverse: for what nothing caught. */
void exception_to_error(struct value exception, struct error *err);
