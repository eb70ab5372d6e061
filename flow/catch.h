#pragma once

#include "base/error.h"
#include "flow/value.h"

/*
 * Catch: which exceptions a catch clause takes. Exceptions carry an error code; the codes fall into
 * families, which stand for Java's exception classes; a class in a catch clause is a set of
 * families (bits).
 */
#define CATCH_ALL UINT32_MAX

/* The family (one bit) of an exception. */
uint32_t catch_family(struct value exception);
/* The full name of its class in Java: "java.lang.ArithmeticException". */
const char *catch_class_name(struct value exception);
/* The families of a class by its name, qualified or not; false: no such class. */
bool catch_class(struct text name, uint32_t *out_families) MUST_CHECK;
/* False for what ends a run whatever its code says: fuel, memory. */
bool catch_may(enum error_code code);
