#pragma once

#include "base/buf.h"
#include "base/json.h"
#include "cli/command.h"

/* Renders an envelope for a person at a terminal: lists as tables, a run as its timeline, errors
 * with their position and hint, anything else as indented JSON. Colours unless NO_COLOR is set. */
void render_envelope(const struct cli *cli, const struct json *envelope, struct buf *out);
