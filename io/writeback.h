#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Writeback: hands what programs wrote to files on to the disk now, and not when the kernel finds
 * it old (half a minute) or too much. Nothing waits for it and nothing is promised: what has to be
 * durable is flushed by whoever wrote it. It keeps the amount small that a flush finds in its way.
 */

/* Starts writing out the files of a folder (not of folders in it) that were written since an
 * instant of wall time; answers how many. A folder or file that is gone is none. */
size_t writeback_folder(const char *path, int64_t since_ms);
