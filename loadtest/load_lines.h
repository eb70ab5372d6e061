#pragma once

#include "base/buf.h"
#include "base/text.h"

/* Lines: a file of lines in memory, what the requests of a template differ in. */
struct load_lines {
    struct buf bytes;
    struct text *lines;
    size_t count;
};

/* False: it cannot be read, or has no line. */
bool load_lines_read(struct load_lines *lines, const char *path) MUST_CHECK;
void load_lines_done(struct load_lines *lines);
