/*
 * Parts. An edit is looked at as one of a file: the part's ordinal and the place in it, which are
 * the same in all copies of the file.
 */
#include "flow/fix_parts.h"

#include <stdlib.h>

/* An edit as the file has it. */
struct place {
    const struct fix_part *part; /* of one copy */
    uint32_t from, to;           /* in the part */
    const struct fix_edit *edit;
};

/* At the border of two parts the inner file has it: a bracket that is missing at the end of a file
 * is put there, not behind the include. */
const struct fix_part *fix_parts_find(const struct fix_parts *parts, uint32_t from, uint32_t to,
                                      uint32_t *out_start)
{
    const struct fix_part *found = NULL;
    uint32_t start = 0;

    for (size_t i = 0; i < parts->count && start <= from; i++) {
        const struct fix_part *part = &parts->items[i];
        uint32_t end = start + part->len - part->added;
        bool holds = from < end || (from == to && from == end);

        if (holds && to <= end && (!found || part->depth > found->depth)) {
            found = part;
            *out_start = start;
        }
        start += part->len;
    }
    return found;
}

static bool is_same_file_place(const struct place *a, const struct place *b)
{
    return a->part->file == b->part->file && a->part->ordinal == b->part->ordinal &&
           a->from == b->from && a->to == b->to &&
           text_equal(a->edit->edit.text, b->edit->edit.text);
}

/* The edits as those of files: what is said of several copies is one. */
static struct place *find_places(struct arena *arena, const struct fix_parts *parts,
                                 const struct fix_edits *edits, size_t *out_count)
{
    struct place *places = ARENA_ARRAY(arena, edits->count + 1, struct place);
    size_t count = 0;

    for (size_t i = 0; i < edits->count; i++) {
        const struct fix_edit *edit = &edits->items[i];
        uint32_t start = 0;
        struct place place = {.edit = edit};
        bool known = false;

        place.part = fix_parts_find(parts, edit->edit.from, edit->edit.to, &start);
        if (!place.part) return NULL;
        place.from = edit->edit.from - start;
        place.to = edit->edit.to - start;
        for (size_t k = 0; k < count && !known; k++) {
            known =
                is_same_file_place(&places[k], &place) && places[k].part->copy != place.part->copy;
        }
        if (!known) places[count++] = place;
    }
    *out_count = count;
    return places;
}

static int compare_edits(const void *a, const void *b)
{
    const struct fix_edit *left = a, *right = b;

    if (left->edit.from != right->edit.from) return left->edit.from < right->edit.from ? -1 : 1;
    return left->edit.to < right->edit.to ? -1 : left->edit.to > right->edit.to;
}

/* In order and linked; false: two of them overlap, or insert at one place. */
static bool link_edits(struct fix_edits *edits)
{
    qsort(edits->items, edits->count, sizeof(struct fix_edit), compare_edits);
    for (size_t i = 0; i + 1 < edits->count; i++) {
        struct diagnostic_edit *edit = &edits->items[i].edit;
        const struct diagnostic_edit *next = &edits->items[i + 1].edit;

        if (next->from < edit->to || (next->from == edit->from && next->to == edit->to)) {
            return false;
        }
        edit->next = &edits->items[i + 1].edit;
    }
    if (edits->count > 0) edits->items[edits->count - 1].edit.next = NULL;
    return true;
}

bool fix_parts_spread(struct arena *arena, const struct fix_parts *parts, struct fix_edits *edits)
{
    struct fix_edits spread = {0};
    size_t place_count = 0, capacity = 0;
    struct place *places = find_places(arena, parts, edits, &place_count);

    if (!places) return false;
    for (size_t i = 0; i < place_count; i++) {
        const struct place *place = &places[i];
        uint32_t start = 0;

        for (size_t k = 0; k < parts->count; k++) {
            const struct fix_part *part = &parts->items[k];

            if (part->file == place->part->file && part->ordinal == place->part->ordinal) {
                spread.items = arena_grow(arena, spread.items, spread.count, &capacity,
                                          sizeof(struct fix_edit));
                spread.items[spread.count++] = (struct fix_edit){
                    .edit = {.from = start + place->from,
                             .to = start + place->to,
                             .text = place->edit->edit.text},
                    .code = place->edit->code,
                    .copy = part->copy,
                };
            }
            start += part->len;
        }
    }
    *edits = spread;
    return link_edits(edits);
}

struct fix_parts fix_parts_behind(struct arena *arena, const struct fix_parts *parts,
                                  const struct fix_edits *edits)
{
    struct fix_parts behind = {.count = parts->count};

    behind.items = ARENA_ARRAY(arena, parts->count + 1, struct fix_part);
    for (size_t i = 0; i < parts->count; i++) {
        behind.items[i] = parts->items[i];
    }
    for (size_t i = 0; i < edits->count; i++) {
        const struct diagnostic_edit *edit = &edits->items[i].edit;
        uint32_t start = 0;
        const struct fix_part *part = fix_parts_find(parts, edit->from, edit->to, &start);

        if (!part) continue;
        behind.items[part - parts->items].len += (uint32_t)edit->text.len - (edit->to - edit->from);
    }
    return behind;
}
