#pragma once

#include "base/memory.h"
#include "flow/value.h"

/*
 * Value list: values that grow, in C memory, for building collections of a size not known before.
 * Zeroed is empty. It is no root: it must be done before control returns to the VM's loop.
 */
struct value_list {
    struct value *items;
    size_t count, capacity;
};

void value_list_push(struct value_list *list, struct value value);
struct value value_list_pop(struct value_list *list);
void value_list_truncate(struct value_list *list, size_t count);
void value_list_done(struct value_list *list);
