#pragma once

#include "flow/native.h"
#include "flow/seq.h"
#include "flow/string.h"
#include "flow/value_list.h"

/*
 * Core args: what the native tables share for looking at their arguments. index counts from 0; a
 * nil where something else is needed is E_NULL, as Clojure's NullPointerException, else E_CAST.
 * Where Java chooses among methods by the types of the arguments (the object of a method, any
 * argument of NATIVE_OVERLOADED) it finds none: E_ARGUMENT, as Clojure's IllegalArgumentException.
 */
bool core_args_wrong(struct native_call *call, uint32_t index, const char *expected);
/* Where Clojure throws an IllegalArgumentException. */
bool core_args_invalid(struct native_call *call, uint32_t index, const char *expected);

bool core_args_string(struct native_call *call, uint32_t index) MUST_CHECK;
/* As x.toString() in Java: what is no string becomes one in args; nil is E_NULL. */
bool core_args_to_string(struct native_call *call, uint32_t index) MUST_CHECK;
/* Appends the string as UTF-8, and charges for that before. */
bool core_args_utf8(struct native_call *call, struct value string, struct buf *out) MUST_CHECK;

/* An int or a number that is truncated to one, as Java's intValue. */
bool core_args_int(struct native_call *call, uint32_t index, int64_t *out) MUST_CHECK;
/* The same as a parameter of Java's int: E_ARITHMETIC when it has more than 32 bits. */
bool core_args_int32(struct native_call *call, uint32_t index, int64_t *out) MUST_CHECK;

/* All items of a seqable argument (nil: none), behind those in out. Fuel and memory are charged;
 * where a lazy sequence is pending the native is called again. */
bool core_args_items(struct native_call *call, uint32_t index, struct value_list *out) MUST_CHECK;
/* Charges for making a collection of so many items. */
bool core_args_charge_items(struct native_call *call, int64_t count) MUST_CHECK;
/* The same where each is hashed and put in its place: of a set or a map. */
bool core_args_charge_keys(struct native_call *call, int64_t count) MUST_CHECK;
/* Charges for copying a string of so many units. */
bool core_args_charge_units(struct native_call *call, int64_t length) MUST_CHECK;
/* The same where each is looked at: read, written as another, or converted. */
bool core_args_charge_text(struct native_call *call, int64_t length) MUST_CHECK;

/* The items as a seq: () when there are none. */
struct value core_args_seq(struct heap *heap, const struct value_list *items);
