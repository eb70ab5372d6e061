#pragma once

#include "base/error.h"
#include "flow/value.h"

/*
 * Expand: from the config that the body gives a step to the one it runs with: first a packaged
 * step's input becomes config, then the template is rendered, and what the config says itself wins
 * over what the template says. Pure, so that the
 * same config expands to the same on every worker. Secrets are no part of it: references to them
 * pass through.
 */
struct image;

/* packaged: "ns/name" of a packaged step, whose input config is then; or absent. config: a map as
 * the codec decoded it, or nil, in heap. E_INPUT, E_NOT_SUPPORTED, E_LIMIT, E_FUEL. */
bool expand_packaged(const struct image *image, struct text packaged, struct heap *heap,
                     struct value config, struct value *out, struct error *err) MUST_CHECK;
bool expand_template(const struct image *image, struct text step_type, struct heap *heap,
                     struct value config, struct value *out, struct error *err) MUST_CHECK;
