#pragma once

#include "flow/definition.h"

/*
 * Lint: everything that can be said of a flow without running it: definition_read()'s diagnostics,
 * the checks of the body, its step calls and functions, and a trial compilation (unknown symbols).
 * The same code serves `weir lint` offline and the server at push.
 */
struct lint_options {
    bool strict; /* the two style codes of LANGUAGE section 8 are errors */
    /* Is this a cron expression, and a time zone? E_CRON or E_TIMEZONE. NULL: not asked. */
    bool (*check_cron)(struct text cron, struct text timezone, struct error *err);
};

/* The definition, or NULL when there are errors; diagnostics hold errors and warnings. */
struct core;
struct definition *lint_flow(const struct core *core, struct arena *arena, struct text source,
                             struct lint_options options, struct diagnostics *diagnostics);
/* The step types that this server runs; a type outside is unknown_step_type. */
bool lint_knows_step_type(struct text type);
