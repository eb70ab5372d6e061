/* Places. Edits keep their order, so a list is carried in one go along with them. */
#include "flow/fix_places.h"

#include <stdlib.h>
#include <string.h>

static struct fix_place place_of(const struct diagnostic *item)
{
    return (struct fix_place){item->offset, item->code, item->severity};
}

static int compare_places(const void *a, const void *b)
{
    const struct fix_place *left = a, *right = b;

    return (left->offset > right->offset) - (left->offset < right->offset);
}

struct fix_places fix_places_of(struct arena *arena, const struct diagnostics *list)
{
    struct fix_places places = {0};

    for (const struct diagnostic *item = list->first; item; item = item->next) {
        places.items = arena_grow(arena, places.items, places.count, &places.capacity,
                                  sizeof(struct fix_place));
        places.items[places.count++] = place_of(item);
    }
    if (places.count > 1) {
        qsort(places.items, places.count, sizeof(struct fix_place), compare_places);
    }
    return places;
}

struct fix_places fix_places_copy(struct arena *arena, const struct fix_places *places)
{
    struct fix_places copy = {.count = places->count, .capacity = places->count};

    if (places->count == 0) return copy;
    copy.items = ARENA_ARRAY(arena, places->count, struct fix_place);
    memcpy(copy.items, places->items, places->count * sizeof(struct fix_place));
    return copy;
}

size_t fix_places_before(const struct fix_places *places, uint32_t offset)
{
    size_t low = 0, high = places->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (places->items[middle].offset <= offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

size_t fix_places_nearest(const struct fix_places *places, uint32_t offset)
{
    size_t after = fix_places_before(places, offset);

    if (after == 0) return 0;
    if (after == places->count) return after - 1;
    uint32_t to_next = places->items[after].offset - offset;
    uint32_t from_last = offset - places->items[after - 1].offset;

    return to_next < from_last ? after : after - 1;
}

void fix_places_add(struct arena *arena, struct fix_places *places, const struct diagnostic *item)
{
    size_t at = fix_places_before(places, item->offset);

    places->items = arena_grow(arena, places->items, places->count, &places->capacity,
                               sizeof(struct fix_place));
    memmove(places->items + at + 1, places->items + at,
            (places->count - at) * sizeof(struct fix_place));
    places->items[at] = place_of(item);
    places->count++;
}

void fix_places_carry(struct fix_places *places, const struct diagnostic_edit *edits)
{
    uint32_t shift = 0; // modulo 2^32, as the sums are

    for (size_t i = 0; i < places->count; i++) {
        uint32_t *offset = &places->items[i].offset;

        for (; edits && *offset >= edits->from && *offset >= edits->to; edits = edits->next) {
            shift += (uint32_t)edits->text.len - (edits->to - edits->from);
        }
        bool inside = edits && *offset >= edits->from;

        *offset = (inside ? edits->from : *offset) + shift;
    }
}

static bool has(const struct fix_places *places, const struct diagnostic *item, bool any_severity)
{
    for (size_t i = fix_places_before(places, item->offset); i > 0; i--) {
        const struct fix_place *place = &places->items[i - 1];

        if (place->offset != item->offset) return false;
        if (!any_severity && place->severity != item->severity) continue;
        if (text_equal(text_from(place->code), text_from(item->code))) return true;
    }
    return false;
}

bool fix_places_has(const struct fix_places *places, const struct diagnostic *item)
{
    return has(places, item, true);
}

bool fix_places_has_same(const struct fix_places *places, const struct diagnostic *item)
{
    return has(places, item, false);
}
