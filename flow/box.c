#include "flow/box.h"

static struct value box_new(struct heap *heap, enum value_type type, struct value name,
                            struct value value)
{
    struct object *made = heap_new(heap, type, sizeof(struct box_object));

    OBJECT_AS(box_object, made)->name = name;
    OBJECT_AS(box_object, made)->value = value;
    return object_value(made);
}

struct value box_reduced(struct heap *heap, struct value value)
{
    return box_new(heap, VALUE_REDUCED, value_nil(), value);
}

struct value box_cell(struct heap *heap, struct value value)
{
    return box_new(heap, VALUE_CELL, value_nil(), value);
}

struct value box_tagged(struct heap *heap, struct value tag, struct value form)
{
    return box_new(heap, VALUE_TAGGED, tag, form);
}

struct value box_regex(struct heap *heap, struct value source, const void *code)
{
    struct object *made = heap_new(heap, VALUE_REGEX, sizeof(struct regex_object));

    ASSERT(source.type == VALUE_STRING);
    OBJECT_AS(regex_object, made)->source = source.object;
    OBJECT_AS(regex_object, made)->code = code;
    return object_value(made);
}

struct value box_regex_source(struct value regex)
{
    return object_value(OBJECT_AS(regex_object, regex.object)->source);
}

const void *box_regex_code(struct value regex)
{
    return OBJECT_AS(regex_object, regex.object)->code;
}

void box_regex_set_code(struct value regex, const void *code)
{
    OBJECT_AS(regex_object, regex.object)->code = code;
}
