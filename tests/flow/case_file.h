#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stdio.h>

/* A whole file of cases or of what is expected; says so when it cannot be opened. */
static inline bool case_file_read(const char *path, struct buf *out)
{
    FILE *file = fopen(path, "rb");
    char chunk[16384];
    size_t len;

    if (!file) {
        printf("%s: cannot be opened\n", path);
        return false;
    }
    while ((len = fread(chunk, 1, sizeof(chunk), file)) > 0) {
        buf_append(out, chunk, len);
    }
    return fclose(file) == 0;
}
