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
struct flow_include_file {
    const char *path; /* as the person would write it */
    const char *real;
    struct text text; /* without a byte order mark */
    bool has_mark;    /* it began with one */
    uint32_t copies;  /* how often it was put in */
};

struct flow_include_part {
    size_t start;     /* in the expanded text */
    size_t offset;    /* in the file */
    uint32_t file;    /* in files */
    uint32_t copy;    /* of the file, and the how-manieth part of that copy */
    uint32_t ordinal; /* the text between two of its includes is one */
    uint32_t depth;   /* 0: the flow's own file */
};

struct flow_include {
    struct text text;                /* expanded */
    struct flow_include_part *parts; /* by their start in the text; the first is at 0 */
    struct flow_include_file *files; /* the first is the flow's own */
    size_t part_count, part_capacity;
    size_t file_count, file_capacity;
};

/* The flow's file, or stdin for "-" (includes are then looked for in the current folder). All lies
 * in the arena. */
bool flow_include_read(struct arena *arena, const char *path, struct flow_include *out,
                       struct error *err) MUST_CHECK;
/* The same again, of the texts that the files have here, which may have been changed. */
bool flow_include_again(struct arena *arena, const struct flow_include *include,
                        struct flow_include *out, struct error *err) MUST_CHECK;
/* The line and column, which counts characters, of a byte. */
void flow_include_place(struct text text, size_t offset, int *out_line, int *out_column);
/* An answer about the expanded text, with each place in it (line, column, byteOffset, byteEnd) as
 * that of the file it came from; those of another file than the flow's own get "file". How brackets
 * could be put right is left out: the indentation of several files together does not tell. */
void flow_include_write(const struct flow_include *include, const struct json *answer,
                        struct json_writer *writer);
/* The same as text in an arena; as it is when nothing was included. */
struct text flow_include_told(struct arena *arena, const struct flow_include *include,
                              struct text answer);
