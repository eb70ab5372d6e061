#pragma once

#include "flow/heap.h"
#include "flow/seq.h"

/* The VALUE_SEQ cursors themselves, for seq.c. */

/* On the first item, or nil when there is none. The collection is seqable and no sequence. */
struct value seq_cursor_new(struct heap *heap, struct value coll, enum seq_part part);
struct value seq_cursor_item(struct heap *heap, struct value cursor);
struct value seq_cursor_next(struct heap *heap, struct value cursor); /* nil at the end */
/* The cursor so many items on, in no time, or nil; not of those that seq_cursor_is_walked(). */
struct value seq_cursor_drop(struct heap *heap, struct value cursor, int64_t count);
/* Over a hash map or set: it knows only what comes next. */
bool seq_cursor_is_walked(struct value cursor);
int64_t seq_cursor_left(struct value cursor); /* how many items, the current one included */
/* The item at index < left; a hash map is walked to it. */
bool seq_cursor_nth(struct heap *heap, struct value cursor, int64_t index, struct value *out,
                    struct error *err) MUST_CHECK;
/* An iterator that goes on from the cursor. */
void seq_cursor_iter(struct seq_iter *iter, struct value cursor);
