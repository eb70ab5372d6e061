#pragma once

#include "base/text.h"

/*
 * Core hints: names that Clojure has and a flow has not, on purpose (I/O, clock, chance, mutable
 * state, code at run time), and what to use instead.
 */
/* By the name as written; NULL when there is nothing to say. */
const char *core_hints_find(struct text name);
/* All of them, those with the same hint one behind the other mostly; NULL at the end. */
const char *core_hints_name(size_t index, const char **out_hint);
