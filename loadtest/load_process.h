#pragma once

#include <stdint.h>

/* Load process: what another process uses, by the kernel's account in /proc. */

/* Resident memory; -1: there is no such process. */
long load_process_resident_kb(int64_t pid);
/* What its threads have spent since it began, in steps of the kernel's tick (10 ms); -1: there is
 * no such process. */
int64_t load_process_cpu_ms(int64_t pid);
