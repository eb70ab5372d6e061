#pragma once

#include "base/error.h"
#include "base/text.h"

/* Replaces what a file holds: all of it or nothing, whatever happens meanwhile. The new text goes
 * into a file beside it, which then takes its name, with the mode and, where we may, the owner of
 * the old one. A symbolic link stays one. */
bool file_replace(const char *path, struct text text, struct error *err) MUST_CHECK;
