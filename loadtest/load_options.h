#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

/* Load options: what weir-load is told on its command line. Texts are borrowed from there. */
struct load_options {
    const char *method, *path, *body, *expect;
    const char *then_method, *then_path, *then_body, *then_expect;
    const char *lines, *record, *field;
    struct buf headers; /* whole lines */
    int64_t port, connections, seconds, warmup, requests, rate, first;
    int64_t idle_max_ms, patience, answer_max; /* seconds but for the first */
    int64_t watch, target;                     /* processes; 0: none */
    bool idempotent;
};

/* Defaults where nothing is said. Wrong options end the program with 2 and one line that says what
 * is wrong, --help with 0 and what there is. */
void load_options_parse(struct load_options *options, int argc, char **argv);
void load_options_done(struct load_options *options);
