#include "flow/java_value.h"

/* One line a kind. */
static const struct {
    const char *class, *phrase;
} kinds[JAVA_KINDS] = {
    [JAVA_ENCODER] = {"java.util.Base64$Encoder", "an encoder of Base64"},
    [JAVA_DECODER] = {"java.util.Base64$Decoder", "a decoder of Base64"},
};

static const struct java_object *get(struct value value)
{
    ASSERT(value.type == VALUE_JAVA && value.object->kind < JAVA_KINDS);
    return OBJECT_AS(java_object, value.object);
}

struct value java_value_new(struct heap *heap, enum java_kind kind, int64_t number, int32_t nanos)
{
    struct object *made = heap_new(heap, VALUE_JAVA, sizeof(struct java_object));

    made->kind = (uint8_t)kind;
    OBJECT_AS(java_object, made)->number = number;
    OBJECT_AS(java_object, made)->nanos = nanos;
    return object_value(made);
}

const char *java_value_class(struct value value)
{
    return kinds[get(value)->header.kind].class;
}

const char *java_value_phrase(struct value value)
{
    return kinds[get(value)->header.kind].phrase;
}

bool java_value_equal(struct value a, struct value b)
{
    const struct java_object *x = get(a), *y = get(b);

    return x->header.kind == y->header.kind && x->number == y->number && x->nanos == y->nanos;
}

uint32_t java_value_hash(struct value value)
{
    const struct java_object *object = get(value);

    return (uint32_t)((uint64_t)object->number ^ (uint64_t)object->number >> 32) +
           51 * (uint32_t)object->nanos;
}

void java_value_display(struct value value, struct buf *out)
{
    buf_cstr(out, java_value_class(value));
}

void java_value_print(struct value value, struct buf *out)
{
    buf_printf(out, "#object[%s]", java_value_class(value));
}
