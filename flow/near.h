#pragma once

#include "base/text.h"

/*
 * Near: which name was meant by one that nobody knows. There is an answer only when it is the one:
 * exactly one known name is a single edit away (a byte more, less, other, or two swapped), or,
 * for names of six bytes and more and when none is that near, exactly one is two edits away.
 */
struct near {
    struct text name;
    struct text best; /* private, from here on */
    size_t distance;
    bool tie;
};

void near_init(struct near *near, struct text name);
/* Whether near_consider() would make anything of it: a look before it is worth finding out more. */
bool near_is_close(const struct near *near, struct text candidate);
/* candidate stays borrowed. The same name twice is one. */
void near_consider(struct near *near, struct text candidate);
struct text near_get(const struct near *near); /* or absent */
