#pragma once

/* A file that the build put into the program (cmake/embed.cmake). data_end points at a NUL behind
 * the last byte. Tables of them are sorted by name and end with a NULL name. */
struct embed_file {
    const char *name; /* relative to its folder: "migrations/001_core.sql" */
    const char *data;
    const char *data_end;
};
