#pragma once

#include "flow/form.h"
#include "flow/heap.h"
#include "flow/value.h"

/*
 * Quote: a form as read (flow/form.h) to the value it stands for, as (quote form) means it, with
 * the metadata that the source has (not line and column). Iterative. In a static heap the hashes
 * are filled too, so that the constant can be shared between threads. A later duplicate key wins:
 * the reader has refused them before. Regexes get no compiled code; the caller sets it.
 */
struct value quote_form(struct heap *heap, const struct form *form);
