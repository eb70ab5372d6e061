#include "flow/quote.h"

#include "base/id.h"
#include "base/memory.h"
#include "flow/box.h"
#include "flow/bytes.h"
#include "flow/hash.h"
#include "flow/inst.h"
#include "flow/keyword.h"
#include "flow/number.h"
#include "flow/plist.h"
#include "flow/pmap.h"
#include "flow/pset.h"
#include "flow/pvec.h"
#include "flow/string.h"
#include "flow/symbol.h"
#include "flow/uuid.h"
#include "flow/value_list.h"

/* A form whose items are being made; they lie on the machine's value list, the metadata first. */
struct frame {
    const struct form *form;
    uint32_t next;
    size_t base; /* of its values in the list */
    bool meta_done;
};

struct machine {
    struct heap *heap;
    struct frame *frames;
    size_t count, capacity;
    struct value_list values;
};

static struct value quote_ratio(struct heap *heap, struct text source)
{
    struct text rest = source;
    struct text top = text_cut(&rest, '/');
    struct value numerator, denominator, ratio;

    // the reader has checked the digits and that the denominator is not zero
    if (!bignum_from_text(heap, top, 10, &numerator) ||
        !bignum_from_text(heap, rest, 10, &denominator) ||
        !number_ratio(heap, bignum_shrink(numerator), bignum_shrink(denominator), &ratio, NULL)) {
        return value_nil();
    }
    return ratio;
}

static struct value quote_uuid(struct heap *heap, struct text source)
{
    struct uuid id = {0};

    return id_parse(source, &id) ? uuid_new(heap, id) : value_nil();
}

static struct value quote_scalar(struct heap *heap, const struct form *form)
{
    struct value value = value_nil();

    switch (form->kind) {
    case FORM_BOOL: return value_bool(form->boolean);
    case FORM_INT: return value_int(form->integer);
    case FORM_DOUBLE: return value_double(form->real);
    case FORM_BIGINT: (void)bignum_from_text(heap, form->text, 10, &value); return value;
    case FORM_DECIMAL: (void)decimal_from_text(heap, form->text, &value); return value;
    case FORM_RATIO: return quote_ratio(heap, form->text);
    case FORM_CHAR: return value_char((uint16_t)form->integer);
    case FORM_STRING: return string_from_utf8(heap, form->text);
    case FORM_REGEX: return box_regex(heap, string_from_utf8(heap, form->text), NULL);
    case FORM_KEYWORD: return keyword_new(heap, form->ns, form->name);
    case FORM_SYMBOL: return symbol_new(heap, form->ns, form->name);
    case FORM_INST: return inst_new(heap, form->integer);
    case FORM_UUID: return quote_uuid(heap, form->text);
    case FORM_BYTES: return bytes_new(heap, form->text);
    default: return value;
    }
}

static bool has_items(const struct form *form)
{
    switch (form->kind) {
    case FORM_LIST:
    case FORM_VECTOR:
    case FORM_SET:
    case FORM_MAP:
    case FORM_TAGGED: return true;
    default: return false;
    }
}

static struct value build(struct machine *machine, const struct form *form,
                          const struct value *items)
{
    struct heap *heap = machine->heap;

    switch (form->kind) {
    case FORM_LIST: return plist_new(heap, items, form->count);
    case FORM_VECTOR: return pvec_new(heap, items, form->count);
    case FORM_SET: return pset_new(heap, items, form->count);
    case FORM_MAP: return pmap_new(heap, items, form->count / 2);
    case FORM_TAGGED:
        ASSERT(items);
        return box_tagged(heap, symbol_new(heap, form->ns, form->name), items[0]);
    default: return quote_scalar(heap, form);
    }
}

static void push(struct machine *machine, const struct form *form)
{
    if (machine->count == machine->capacity) {
        machine->capacity = MAX(machine->capacity * 2, (size_t)8);
        machine->frames =
            memory_resize(machine->frames, machine->capacity, sizeof(*machine->frames));
    }
    machine->frames[machine->count++] = (struct frame){.form = form, .base = machine->values.count};
}

static void finish(struct machine *machine, const struct frame *frame)
{
    const struct form *form = frame->form;
    const struct value *values = machine->values.items + frame->base;
    struct value value = build(machine, form, form->meta ? values + 1 : values);

    if (form->meta && values[0].type == VALUE_MAP && object_can_have_meta(value)) {
        value = object_with_meta(machine->heap, value, values[0]);
    }
    value_list_truncate(&machine->values, frame->base);
    value_list_push(&machine->values, value);
}

static void step(struct machine *machine)
{
    struct frame *frame = &machine->frames[machine->count - 1];
    const struct form *form = frame->form;
    const struct form *child = NULL;

    if (form->meta && !frame->meta_done) {
        frame->meta_done = true;
        child = form->meta;
    } else if (has_items(form) && frame->next < form->count) {
        child = form->items[frame->next++];
    }
    if (!child) {
        finish(machine, frame);
        machine->count--;
    } else if (!child->meta && !has_items(child)) {
        value_list_push(&machine->values, quote_scalar(machine->heap, child));
    } else {
        push(machine, child);
    }
}

struct value quote_form(struct heap *heap, const struct form *form)
{
    struct machine machine = {.heap = heap};

    push(&machine, form);
    while (machine.count > 0) {
        step(&machine);
    }
    struct value value = value_list_pop(&machine.values);

    if (heap->is_static) hash_value(value, true);
    value_list_done(&machine.values);
    memory_free(machine.frames);
    return value;
}
