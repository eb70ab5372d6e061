#include "flow/java_zone_names.h"

#include "flow/java_zone.h"

/* Standard, daylight, either: short ones, then whole ones. */
static const struct {
    const char *names[6];
    const char *zones; /* by a space between them */
} rows[] = {

#define X(standard, daylight, either, whole, whole_daylight, whole_either, zones) \
    {{standard, daylight, either, whole, whole_daylight, whole_either}, zones},
#include "flow/java_zone_names.def"
#undef X
};

static bool has_zone(const char *zones, struct text id)
{
    struct text rest = text_from(zones);

    while (rest.len > 0) {
        if (text_equal(text_cut(&rest, ' '), id)) return true;
    }
    return false;
}

bool java_zone_names_print(struct heap *heap, struct value region, const struct java_moment *at,
                           bool whole, struct buf *out, struct error *err)
{
    struct buf id CLEANUP(buf_done) = {0};
    bool daylight = false;

    if (at &&
        !java_zone_is_daylight(heap, region, java_moment_instant(at).seconds, &daylight, err)) {
        return false;
    }
    java_zone_print(region, &id);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        if (!has_zone(rows[i].zones, buf_get(&id))) continue;
        buf_cstr(out, rows[i].names[(whole ? 3 : 0) + (!at ? 2 : daylight)]);
        return true;
    }
    buf_text(out, buf_get(&id));
    return true;
}

/* What is read: the names by a | between them. */
static const struct {
    bool whole;
    const char *id, *names;
} reads[] = {

#define SHORT(zone, names) {false, zone, names},
#define WHOLE(zone, names) {true, zone, names},
#include "flow/java_zone_reads.def"
#undef SHORT
#undef WHOLE
};

size_t java_zone_names_match(struct text source, bool whole, struct text *out_id)
{
    size_t longest = 0;

    for (size_t i = 0; i < ARRAY_COUNT(reads); i++) {
        struct text rest = text_from(reads[i].names);

        while (reads[i].whole == whole && rest.len > 0) {
            struct text name = text_cut(&rest, '|');

            if (name.len <= longest || !text_starts_with(source, name)) continue;
            longest = name.len;
            *out_id = text_from(reads[i].id);
        }
    }
    return longest;
}
