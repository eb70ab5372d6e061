#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "flow/value.h"

/*
 * Reading the config of a step: a map as decoding gave it. Absent and nil are the same. Every
 * reader answers false with an error of class input that names the key when the value is of another
 * kind.
 */

/* nil when config has no such key, or is nil itself. */
struct value step_config_get(struct value config, const char *key);
bool step_config_has(struct value config, const char *key);
/* The text of a string, keyword, symbol, number or boolean; TEXT_NONE of nil; false of all else. */
bool step_config_show(struct arena *arena, struct value value, struct text *out) MUST_CHECK;
/* A text, or TEXT_NONE when it is absent. */
bool step_config_text(struct arena *arena, struct value config, const char *key, struct text *out,
                      struct error *err) MUST_CHECK;
bool step_config_bool(struct value config, const char *key, bool otherwise, bool *out,
                      struct error *err) MUST_CHECK;
bool step_config_int(struct value config, const char *key, int64_t min, int64_t max,
                     int64_t otherwise, int64_t *out, struct error *err) MUST_CHECK;
/* Seconds, or text such as "5m"; in milliseconds, from 0 to max_ms. */
bool step_config_duration(struct value config, const char *key, int64_t max_ms, int64_t otherwise,
                          int64_t *out_ms, struct error *err) MUST_CHECK;
/* How long to pause: one of :duration, :seconds and :millis; *out_count says how many there are. */
bool step_config_pause(struct value config, int64_t max_ms, int64_t *out_ms, int *out_count,
                       struct error *err) MUST_CHECK;
/* One of the names, a keyword or string; its index, or `otherwise` when it is absent. */
bool step_config_choice(struct value config, const char *key, const char *const *names,
                        int otherwise, int *out, struct error *err) MUST_CHECK;
