#pragma once

#include "base/arena.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The ids of runs as people see them: flow-<slug>-<workspace>-r34, or r34 where one workspace is
 * meant anyway. Slugs and workspace names may hold dashes, so the workspace must be known to read
 * one.
 */
struct text workflow_id_format(struct arena *arena, struct text slug, struct text workspace,
                               int64_t number);
/* slug is absent for the short form. False: it is none, or one of another workspace. */
bool workflow_id_parse(struct text id, struct text workspace, struct text *out_slug,
                       int64_t *out_number) MUST_CHECK;
