#include "flow/print.h"

#include "base/crypto.h"
#include "base/id.h"
#include "base/memory.h"
#include "flow/box.h"
#include "flow/bytes.h"
#include "flow/catch.h"
#include "flow/exception.h"
#include "flow/inst.h"
#include "flow/java_value.h"
#include "flow/keyword.h"
#include "flow/name.h"
#include "flow/native.h"
#include "flow/number.h"
#include "flow/seq.h"
#include "flow/string.h"
#include "flow/utf.h"
#include "flow/uuid.h"

/* What has begun and will need a closing bracket. */
struct frame {
    struct seq_iter iter;
    struct value value; /* of the entry whose key has been printed, or of a tagged literal */
    const char *close;
    bool is_map, started;
    bool value_next; /* the key of an entry, or the head of a single, is printed */
    bool pair_open;  /* an entry of a sequence over a map, which prints as a vector */
    bool single;     /* one value, no iterator */
    bool windowed;   /* may have no end */
    uint32_t shown;  /* items, when windowed */
};

enum { PART_UNITS = 256 };

struct printer {
    struct buf *out;
    struct print_window *window; /* or NULL */
    struct frame *frames;
    size_t count, capacity;
};

/* Long strings go out in parts, so that a buffer with a limit holds the beginning; not between the
 * halves of a pair. */
static bool ends_part(uint16_t unit, uint32_t length)
{
    return length >= PART_UNITS && (unit & 0xFC00) != 0xDC00;
}

static void print_string(struct value string, struct buf *out)
{
    uint32_t length = string_length(string);
    uint32_t plain = 0; // start of what needs no escape

    buf_char(out, '"');
    for (uint32_t i = 0; i < length && !out->overflow; i++) {
        uint16_t unit = string_unit(string, i);
        const char *escape = unit == '"'    ? "\\\""
                             : unit == '\\' ? "\\\\"
                             : unit == '\n' ? "\\n"
                             : unit == '\t' ? "\\t"
                             : unit == '\r' ? "\\r"
                             : unit == '\f' ? "\\f"
                             : unit == '\b' ? "\\b"
                                            : NULL;

        if (!escape && !ends_part(unit, i - plain)) continue;
        string_append_slice(string, plain, i, out);
        if (escape) buf_cstr(out, escape);
        plain = escape ? i + 1 : i;
    }
    string_append_slice(string, plain, length, out);
    buf_char(out, '"');
}

static void print_char(uint16_t unit, struct buf *out)
{
    static const struct {
        uint16_t unit;
        const char *name;
    } names[] = {
        {'\n', "newline"},   {' ', "space"},     {'\t', "tab"},
        {'\b', "backspace"}, {'\f', "formfeed"}, {'\r', "return"},
    };

    buf_char(out, '\\');
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (names[i].unit == unit) {
            buf_cstr(out, names[i].name);
            return;
        }
    }
    utf_append(out, unit);
}

static void print_function(struct value value, struct buf *out)
{
    bool named = value.type == VALUE_NATIVE;
    const struct native_entry *entry = named ? OBJECT_AS(native_object, value.object)->entry : NULL;

    buf_printf(out, "#function[%s]", entry ? entry->name : "fn");
}

static void print_uuid(struct value value, struct buf *out)
{
    char text[UUID_TEXT_SIZE];

    id_format(uuid_get(value), text);
    buf_cstr(out, text);
}

/* What has no parts; as pr-str. False: it has. */
static bool print_scalar(struct value value, struct buf *out)
{
    switch (value.type) {
    case VALUE_NIL: buf_cstr(out, "nil"); return true;
    case VALUE_BOOL: buf_cstr(out, value.integer ? "true" : "false"); return true;
    case VALUE_INT:
    case VALUE_DOUBLE:
    case VALUE_BIGINT:
    case VALUE_RATIO:
    case VALUE_DECIMAL: number_print(value, out); return true;
    case VALUE_CHAR: print_char((uint16_t)value.integer, out); return true;
    case VALUE_STRING: print_string(value, out); return true;
    case VALUE_KEYWORD:
        buf_char(out, ':');
        name_append(OBJECT_AS(name_object, value.object), out);
        return true;
    case VALUE_SYMBOL: name_append(OBJECT_AS(name_object, value.object), out); return true;
    case VALUE_BYTES:
        buf_cstr(out, "#weir/bytes \"");
        crypto_base64(out, bytes_get(value));
        buf_char(out, '"');
        return true;
    case VALUE_INST:
        buf_cstr(out, "#inst \"");
        inst_print(inst_ms(value), out);
        buf_char(out, '"');
        return true;
    case VALUE_UUID:
        buf_cstr(out, "#uuid \"");
        print_uuid(value, out);
        buf_char(out, '"');
        return true;
    case VALUE_REGEX:
        buf_cstr(out, "#\"");
        string_append_utf8(box_regex_source(value), out);
        buf_char(out, '"');
        return true;
    case VALUE_JAVA: java_value_print(value, out); return true;
    case VALUE_FUNCTION:
    case VALUE_NATIVE: print_function(value, out); return true;
    case VALUE_DELAY: buf_cstr(out, "#delay[]"); return true;
    case VALUE_CELL: buf_cstr(out, "#cell[]"); return true;
    default: return false;
    }
}

static struct frame *push(struct printer *printer, const char *open, const char *close)
{
    if (printer->count == printer->capacity) {
        printer->capacity = MAX(printer->capacity * 2, (size_t)4);
        printer->frames =
            memory_resize(printer->frames, printer->capacity, sizeof(*printer->frames));
    }
    struct frame *frame = &printer->frames[printer->count++];

    *frame = (struct frame){.close = close};
    buf_cstr(printer->out, open);
    return frame;
}

static void push_single(struct printer *printer, const char *open, const char *close,
                        struct value inner)
{
    struct frame *frame = push(printer, open, close);

    frame->single = true;
    frame->value_next = true;
    frame->value = inner;
}

static void begin_exception(struct printer *printer, struct value exception)
{
    struct value message = exception_message(exception);

    buf_cstr(printer->out, "#error {:cause ");
    print_scalar(message, printer->out);
    if (value_is_nil(exception_data(exception))) {
        buf_char(printer->out, '}');
        return;
    }
    push_single(printer, ", :data ", "}", exception_data(exception));
}

static void begin(struct printer *printer, struct value value)
{
    const char *open = "(";
    const char *close = ")";

    if (print_scalar(value, printer->out)) return;
    switch (value.type) {
    case VALUE_VECTOR:
        open = "[";
        close = "]";
        break;
    case VALUE_MAP:
    case VALUE_SORTED_MAP:
        open = "{";
        close = "}";
        break;
    case VALUE_SET:
    case VALUE_SORTED_SET:
        open = "#{";
        close = "}";
        break;
    case VALUE_REDUCED: push_single(printer, "#reduced[", "]", box_get(value)); return;
    case VALUE_EXCEPTION: begin_exception(printer, value); return;
    case VALUE_TAGGED:
        buf_char(printer->out, '#');
        name_append(OBJECT_AS(name_object, box_name(value).object), printer->out);
        push_single(printer, " ", "", box_get(value));
        return;
    default: break;
    }
    struct frame *frame = push(printer, open, close);

    frame->is_map = value.type == VALUE_MAP || value.type == VALUE_SORTED_MAP;
    frame->windowed = printer->window && seq_may_go_on(value);
    seq_iter_init(&frame->iter, value);
}

/* The next item, if there is one and it is to be shown. */
static bool next_item(struct printer *printer, struct frame *frame, struct value *out)
{
    struct print_window *window = printer->window;
    bool counts = window && frame->windowed;
    bool is_full = counts && (frame->shown == window->items || window->total == 0);
    bool found = seq_iter_next_pair(&frame->iter, out, &frame->value);

    if (found && !is_full) {
        if (counts) window->total--;
        frame->shown++;
        return true;
    }
    if (window && (found || frame->iter.result == SEQ_PENDING)) {
        buf_cstr(printer->out, frame->started ? " ..." : "...");
        window->is_cut = true;
    }
    return false;
}

/* The next thing to print inside the innermost bracket; false at its end. */
static bool next_inside(struct printer *printer, struct value *out)
{
    struct frame *frame = &printer->frames[printer->count - 1];

    if (frame->value_next) {
        frame->value_next = false;
        if (!frame->single) buf_char(printer->out, ' ');
        *out = frame->value;
        return true;
    }
    if (frame->pair_open) buf_char(printer->out, ']');
    frame->pair_open = false;
    if (frame->single || !next_item(printer, frame, out)) return false;
    if (frame->started) buf_cstr(printer->out, frame->is_map ? ", " : " ");
    frame->started = true;
    frame->value_next = seq_iter_gives_entries(&frame->iter);
    frame->pair_open = frame->value_next && !frame->is_map;
    if (frame->pair_open) buf_char(printer->out, '[');
    return true;
}

void print_shown(struct value value, struct print_window *window, struct buf *out)
{
    struct printer printer = {.out = out, .window = window};
    struct value next;

    begin(&printer, value);
    while (printer.count > 0 && !out->overflow) {
        if (next_inside(&printer, &next)) {
            begin(&printer, next);
        } else {
            buf_cstr(out, printer.frames[--printer.count].close);
        }
    }
    memory_free(printer.frames);
}

static void print_readable(struct value value, struct buf *out)
{
    print_shown(value, NULL, out);
}

/* As Throwable.toString(): the class, the message, and the data of ex-info. */
static void display_exception(struct value exception, struct buf *out)
{
    struct value data = exception_data(exception);
    struct value message = exception_message(exception);

    buf_cstr(out, catch_class_name(exception));
    if (!value_is_nil(message)) buf_cstr(out, ": ");
    print_value(message, false, out);
    if (value_is_nil(data)) return;
    buf_char(out, ' ');
    print_readable(data, out);
}

void print_value(struct value value, bool readable, struct buf *out)
{
    if (readable) {
        print_readable(value, out);
        return;
    }
    switch (value.type) {
    case VALUE_NIL: break;
    case VALUE_INT:
    case VALUE_DOUBLE:
    case VALUE_BIGINT:
    case VALUE_RATIO:
    case VALUE_DECIMAL: number_display(value, out); break;
    case VALUE_CHAR: utf_append(out, (uint32_t)value.integer); break;
    case VALUE_STRING: string_append_utf8(value, out); break;
    case VALUE_INST: inst_display(inst_ms(value), out); break;
    case VALUE_UUID: print_uuid(value, out); break;
    case VALUE_JAVA: java_value_display(value, out); break;
    case VALUE_REGEX: string_append_utf8(box_regex_source(value), out); break;
    case VALUE_EXCEPTION: display_exception(value, out); break;
    default: print_readable(value, out);
    }
}
