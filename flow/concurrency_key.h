#pragma once

#include "base/json.h"
#include "flow/definition.h"

/*
 * Concurrency key: which runs of a flow count against each other, given a run's input. The key is
 * absent where nothing is ever held back, "" for the flow as a whole, else the value under
 * :key-field (*out_own); it lies in the arena, or is the input's. E_MISSING_FIELD when the input
 * lacks it.
 */
bool concurrency_key_read(struct arena *arena, const struct definition *definition,
                          const struct json *input, struct text *out_key, bool *out_own,
                          struct error *err) MUST_CHECK;
