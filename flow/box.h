#pragma once

#include "flow/heap.h"
#include "flow/object.h"

/* Small objects around one value. */
struct value box_reduced(struct heap *heap, struct value value);
struct value box_cell(struct heap *heap, struct value value);
struct value box_tagged(struct heap *heap, struct value tag, struct value form);
struct value box_regex(struct heap *heap, struct value source, const void *code);

/* The value inside a reduced, cell, tagged. */
static inline struct value box_get(struct value box)
{
    return OBJECT_AS(box_object, box.object)->value;
}

/* The tag of a tagged. */
static inline struct value box_name(struct value box)
{
    return OBJECT_AS(box_object, box.object)->name;
}

static inline void box_set(struct value cell, struct value value)
{
    OBJECT_AS(box_object, cell.object)->value = value;
}

/* The pattern of a regex as a string value, and its compiled form. */
struct value box_regex_source(struct value regex);
const void *box_regex_code(struct value regex);
void box_regex_set_code(struct value regex, const void *code);
