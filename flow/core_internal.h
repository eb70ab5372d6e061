#pragma once

#include "base/map.h"
#include "flow/core.h"
#include "flow/image.h"
#include "flow/opcode.h"

/*
 * The inside of struct core, for core.c and the VM.
 */
struct core {
    struct image *image;        /* the prelude's code, and all values of entries */
    struct core_entry *entries; /* sorted by name */
    size_t count, capacity;
    struct map by_name;
    struct value intrinsics[OPCODE_INTRINSIC_COUNT];
};

/* The core function that an intrinsic instruction stands for. */
static inline struct value core_intrinsic(const struct core *core, enum opcode op)
{
    return core->intrinsics[op - OPCODE_INTRINSIC_FIRST];
}
