#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"

/*
 * Includes: `#flow/include "rel/path"` is replaced by the text of that file, which is looked for
 * beside the file that names it. It must lie in the folder of the flow's file or below, so that a
 * flow from somewhere else does not carry off what this machine keeps elsewhere. Nothing is written
 * back. What includes itself, is missing, cannot be read or is too large is E_INCLUDE, at the form
 * that names it.
 *
 * The expanded text knows where it came from: what a lint says about it is told of the file that
 * the person sees.
 */
struct flow_include_part;

struct flow_include {
    struct text text;                /* expanded */
    struct flow_include_part *parts; /* private: by their start in the text; the first is at 0 */
    size_t part_count, part_capacity;
};

/* The flow's file, or stdin for "-" (includes are then looked for in the current folder). All lies
 * in the arena. */
bool flow_include_read(struct arena *arena, const char *path, struct flow_include *out,
                       struct error *err) MUST_CHECK;
/* An answer about the expanded text, with each place in it (line, column, byteOffset, byteEnd) as
 * that of the file it came from; those of another file than the flow's own get "file". */
void flow_include_write(const struct flow_include *include, const struct json *answer,
                        struct json_writer *writer);
/* The same as text in an arena; as it is when nothing was included. */
struct text flow_include_told(struct arena *arena, const struct flow_include *include,
                              struct text answer);
