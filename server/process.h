#pragma once

#include "base/text.h"

#include <stdbool.h>

/*
 * Process: which process on which machine this is, as text that a neighbour can check:
 * boot id / pid namespace / pid / start time. A server that starts ends the leases of dead
 * neighbours, so that their runs go on at once and not when the lease has run out.
 */
#define PROCESS_TEXT_SIZE 128

/* Ours. False where /proc does not tell; then nobody can be told dead either. */
bool process_describe(char out[PROCESS_TEXT_SIZE]);
/* The part that all processes share which we can check: boot id and pid namespace. */
struct text process_host(const char *ours);
/* True only when the text is one of our own boot and pid namespace, and that process is gone. */
bool process_is_dead(struct text process, const char *ours);
