#pragma once

#include "flow/definition.h"
#include "flow/schema.h"
#include "flow/value.h"

/*
 * Packaged steps (LANGUAGE section 7), compiled: what a call's input makes of the step's config.
 *
 *     input ──▶ with defaults ──▶ checked by :input-schema ──▶ the config of a step of :type
 *
 * Where the input goes depends on the step:
 *     :function, :code   it is the function's :input
 *     with a :template   it is the template's :data
 *     any other          its keys are keys of the config
 *
 * Of the definition's keys the config's own (:url, :code …) are fixed: no input changes them. Those
 * under :defaults give way to the input; of a function or template those that are no options of the
 * type are defaults of the input.
 *
 * Lives in an image: immutable, shared by threads.
 */
struct packaged {
    struct text id, type;
    const struct schema *schema;             /* or NULL */
    const char *input_key;                   /* "input", "data", or NULL: the config itself */
    struct value fixed, defaults;            /* options of the step; static maps */
    struct value fixed_input, default_input; /* when it has an input_key; static maps */
};

/* The definition has been checked. */
bool packaged_build(const struct definition_step *definition, struct arena *arena,
                    struct heap *statics, struct packaged *out, struct error *err) MUST_CHECK;
/* input: a map as the codec decoded it, or nil, in heap. E_INPUT names the step and the place. */
bool packaged_config(const struct packaged *packaged, struct heap *heap, struct value input,
                     struct value *out, struct error *err) MUST_CHECK;
/* Keys of the definition that say something about the step, and are no part of its config. */
bool packaged_is_about(const struct form *key);
