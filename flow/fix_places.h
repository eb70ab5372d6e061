#pragma once

#include "flow/diagnostic.h"

/*
 * Places: which diagnostics stand where, in the order of the text, so that those of two texts with
 * edits between them are compared by a look at each instead of each with each.
 */
struct fix_place {
    uint32_t offset;
    const char *code; /* static */
    enum diagnostic_severity severity;
};

struct fix_places {
    struct fix_place *items; /* by offset */
    size_t count, capacity;
};

struct fix_places fix_places_of(struct arena *arena, const struct diagnostics *list);
struct fix_places fix_places_copy(struct arena *arena, const struct fix_places *places);
void fix_places_add(struct arena *arena, struct fix_places *places, const struct diagnostic *item);
/* To where they stand behind the edits, as diagnostic_carried() has it for one. */
void fix_places_carry(struct fix_places *places, const struct diagnostic_edit *edits);
/* Whether one of that code stands where the diagnostic stands. */
bool fix_places_has(const struct fix_places *places, const struct diagnostic *item);
/* And is an error or a warning as that one is. */
bool fix_places_has_same(const struct fix_places *places, const struct diagnostic *item);
/* How many stand there or before. */
size_t fix_places_before(const struct fix_places *places, uint32_t offset);
/* The index of the one that is nearest to there; there is one. */
size_t fix_places_nearest(const struct fix_places *places, uint32_t offset);
