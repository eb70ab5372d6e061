#pragma once

#include "base/text.h"
#include "flow/core.h"

/*
 * Reach: what of the language the expressions of the differential test use, so that the test fails
 * where they use something not at all: entries of the core-function table in each of their arities,
 * macros and special forms (both by the calls that the expressions write), and instructions (by
 * what the VM ran).
 */
struct reach;

struct reach *reach_new(const struct core *core);
void reach_free(struct reach *reach);
/* Counts the calls in the expression. What cannot be read calls nothing. */
void reach_add(struct reach *reach, struct text expression);
/* Prints what nothing reached, one line each, and answers how many. */
size_t reach_report(const struct reach *reach);
