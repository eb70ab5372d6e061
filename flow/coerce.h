#pragma once

#include "base/json.h"
#include "flow/definition.h"
#include "flow/input_rules.h"

/*
 * Coerce: a run's input at the door, against the inputs of its invocation (LANGUAGE section 4):
 * text that is a number becomes one, defaults are filled in, what is missing or of another kind is
 * refused by name. What no input names goes through as it is.
 */

/* The invocation that a start means: by id; absent: of the manual interface, else "default", else
 * the only one. False: there is none of that id. *out NULL: the flow takes what it is given. */
bool coerce_invocation(const struct definition *definition, struct text id,
                       const struct definition_invocation **out, struct error *err) MUST_CHECK;
/* input: an object, or NULL for none. Appends the resulting object as JSON text. */
bool coerce_input(const struct definition_invocation *invocation, const struct json *input,
                  struct buf *out, struct error *err) MUST_CHECK;
/* One value as that type ("number", "date" …); appends it as JSON. False: it is none. options: the
 * form of a select, or NULL. */
bool coerce_value(struct text type, const struct form *options, const struct json *value,
                  struct buf *out) MUST_CHECK;
/* The :min, :max and :accept of an input, in the arena. False: it has none. */
bool coerce_rules(struct arena *arena, const struct definition_input *input,
                  struct input_rules *out);
/* A form as JSON: a default, or a schedule's input. */
bool coerce_form(const struct form *form, struct buf *out, struct error *err) MUST_CHECK;
