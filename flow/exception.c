#include "flow/exception.h"

#include "base/buf.h"
#include "flow/string.h"

struct value exception_new(struct heap *heap, enum error_code code, struct value message,
                           struct value data, struct value cause)
{
    struct object *made = heap_new(heap, VALUE_EXCEPTION, sizeof(struct exception_object));
    struct exception_object *exception = OBJECT_AS(exception_object, made);

    exception->code = (uint32_t)code;
    exception->message = message;
    exception->data = data;
    exception->cause = cause;
    return object_value(made);
}

struct value exception_from_error(struct heap *heap, const struct error *err, struct value data)
{
    return exception_new(heap, err->code, string_from_cstr(heap, err->message), data, value_nil());
}

enum error_code exception_code(struct value exception)
{
    return (enum error_code)OBJECT_AS(exception_object, exception.object)->code;
}

struct value exception_message(struct value exception)
{
    return OBJECT_AS(exception_object, exception.object)->message;
}

struct value exception_data(struct value exception)
{
    return OBJECT_AS(exception_object, exception.object)->data;
}

struct value exception_cause(struct value exception)
{
    return OBJECT_AS(exception_object, exception.object)->cause;
}

void exception_to_error(struct value exception, struct error *err)
{
    struct buf message CLEANUP(buf_done) = {.limit = 4 * sizeof(err->message)};
    struct value text = exception_message(exception);

    if (text.type == VALUE_STRING) {
        uint32_t length = MIN(string_length(text), (uint32_t)sizeof(err->message));

        string_append_slice(text, 0, length, &message); // at most three bytes a unit
        string_scrub(&message, 0);
    }
    struct text shown = buf_get(&message);

    error_set(err, exception_code(exception), TEXT_FMT, TEXT_ARG(shown));
}
