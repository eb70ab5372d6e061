#pragma once

#include "flow/diagnostic.h"

/*
 * Parts: a flow's text that is put together from files. An edit of the whole is made in the file
 * that its place came from; where that file was put in several times, in each of its copies, so
 * that the copies stay what one file gives.
 */
struct fix_part {
    uint32_t file;    /* which one */
    uint32_t copy;    /* how many times it was put in before */
    uint32_t ordinal; /* the how-manieth part of this copy */
    uint32_t depth;   /* of includes */
    uint32_t len;     /* in the whole text, where the parts follow each other */
    uint32_t added;   /* bytes at the end that do not stand in the file */
};

struct fix_parts {
    struct fix_part *items;
    size_t count; /* 0: the text is one file */
};

/* An edit of the whole text, and of what code. */
struct fix_edit {
    struct diagnostic_edit edit; /* linked: next is the next item's */
    const char *code;
    uint32_t copy; /* 0: the one that is told */
};

struct fix_edits {
    struct fix_edit *items; /* in the order of the text */
    size_t count;
};

/* Makes the edits in all copies. False: one of them lies in no single file, or copies would be
 * edited in different ways. */
bool fix_parts_spread(struct arena *arena, const struct fix_parts *parts, struct fix_edits *edits);
/* The parts of the text behind the edits, which were spread. */
struct fix_parts fix_parts_behind(struct arena *arena, const struct fix_parts *parts,
                                  const struct fix_edits *edits);
/* The part that an edit is made in, and where it begins in the whole text; NULL: there is none. */
const struct fix_part *fix_parts_find(const struct fix_parts *parts, uint32_t from, uint32_t to,
                                      uint32_t *out_start);
