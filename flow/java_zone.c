#include "flow/java_zone.h"

#include "base/limits.h"
#include "base/memory.h"
#include "base/zone.h"
#include "flow/java_field.h"
#include "flow/java_value.h"
#include "flow/string.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

/* How many zones' rules a heap keeps: some kilobytes each. */
enum { CACHED_ZONES = 8 };

struct java_zone_cache {
    struct {
        struct zone *zone;
        char name[LIMIT_ZONE_NAME + 1];
    } items[CACHED_ZONES];

    size_t next; /* to be replaced */
};

void java_zone_cache_free(struct java_zone_cache *cache)
{
    for (size_t i = 0; cache && i < CACHED_ZONES; i++) {
        zone_free(cache->items[i].zone);
    }
    memory_free(cache);
}

static bool unknown(struct text id, struct error *err)
{
    return error_set(err, E_ZONE_RULES, "Unknown time-zone ID: " TEXT_FMT, TEXT_ARG(id));
}

/* NULL: there is no such zone. */
static const struct zone *rules_of(struct heap *heap, struct text id, struct error *err)
{
    if (!heap->zones) heap->zones = MEMORY_NEW(struct java_zone_cache);
    struct java_zone_cache *cache = heap->zones;

    for (size_t i = 0; i < CACHED_ZONES; i++) {
        if (cache->items[i].zone && text_equal(text_from(cache->items[i].name), id)) {
            return cache->items[i].zone;
        }
    }
    struct zone *zone = zone_load(id, NULL);

    if (!zone) {
        unknown(id, err);
        return NULL;
    }
    size_t at = cache->next;

    cache->next = (at + 1) % CACHED_ZONES;
    zone_free(cache->items[at].zone);
    cache->items[at].zone = zone;
    snprintf(cache->items[at].name, sizeof cache->items[at].name, TEXT_FMT, TEXT_ARG(id));
    return zone;
}

/* Values */

struct value java_zone_offset(struct heap *heap, int32_t offset_s)
{
    return java_value_new(heap, JAVA_OFFSET, offset_s, 0);
}

struct value java_zone_region(struct heap *heap, struct text id)
{
    struct value text = string_from_utf8(heap, id), made = java_value_new(heap, JAVA_REGION, 0, 0);

    OBJECT_AS(java_object, made.object)->text = text.object;
    return made;
}

bool java_zone_is(struct value value)
{
    return java_value_is(value, JAVA_OFFSET) || java_value_is(value, JAVA_REGION);
}

static int64_t seconds_of(struct value offset)
{
    return OBJECT_AS(java_object, offset.object)->number;
}

static struct text id_of(struct value region, struct buf *out)
{
    string_append_utf8(object_value(OBJECT_AS(java_object, region.object)->text), out);
    return buf_get(out);
}

void java_zone_print_offset(int32_t offset_s, struct buf *out)
{
    int size = offset_s < 0 ? -offset_s : offset_s;

    if (size == 0) {
        buf_char(out, 'Z');
        return;
    }
    buf_printf(out, "%c%02d:%02d", offset_s < 0 ? '-' : '+', size / 3600, size / 60 % 60);
    if (size % 60) buf_printf(out, ":%02d", size % 60);
}

void java_zone_print(struct value zone, struct buf *out)
{
    if (java_value_is(zone, JAVA_OFFSET)) {
        java_zone_print_offset((int32_t)seconds_of(zone), out);
    } else {
        id_of(zone, out);
    }
}

/* Offsets */

bool java_zone_check_offset(int64_t offset_s, struct error *err)
{
    if (offset_s >= -JAVA_OFFSET_MAX && offset_s <= JAVA_OFFSET_MAX) return true;
    return error_set(err, E_DATE_TIME, "Zone offset not in valid range: -18:00 to +18:00");
}

static bool check_part(const char *name, int64_t value, int64_t most, struct error *err)
{
    if (value >= -most && value <= most) return true;
    return error_set(err, E_DATE_TIME,
                     "Zone offset %s not in valid range: value %" PRId64
                     " is not in the range -%" PRId64 " to %" PRId64,
                     name, value, most, most);
}

bool java_zone_sum_offset(int64_t hours, int64_t minutes, int64_t seconds, int32_t *out_s,
                          struct error *err)
{
    if (!check_part("hours", hours, 18, err)) return false;
    if ((hours > 0 && (minutes < 0 || seconds < 0)) ||
        (hours < 0 && (minutes > 0 || seconds > 0))) {
        return error_set(err, E_DATE_TIME,
                         "Zone offset minutes and seconds must be %s because hours is %s",
                         hours > 0 ? "positive" : "negative", hours > 0 ? "positive" : "negative");
    }
    if ((minutes > 0 && seconds < 0) || (minutes < 0 && seconds > 0)) {
        return error_set(err, E_DATE_TIME,
                         "Zone offset minutes and seconds must have the same sign");
    }
    if (!check_part("minutes", minutes, 59, err) || !check_part("seconds", seconds, 59, err)) {
        return false;
    }
    if (!java_zone_check_offset(hours * 3600 + minutes * 60 + seconds, err)) return false;
    *out_s = (int32_t)(hours * 3600 + minutes * 60 + seconds);
    return true;
}

static bool refuse_offset(struct text id, const char *why, struct error *err)
{
    return error_set(err, E_DATE_TIME, "Invalid ID for ZoneOffset, %s: " TEXT_FMT, why,
                     TEXT_ARG(id));
}

bool java_zone_parse_offset(struct text id, int32_t *out_s, struct error *err)
{
    // by its length: where hours, minutes and seconds stand
    static const uint8_t places[10][3] = {
        [2] = {1}, [3] = {1}, [5] = {1, 3}, [6] = {1, 4}, [7] = {1, 3, 5}, [9] = {1, 4, 7},
    };
    int64_t parts[3] = {0};

    if (text_equal(id, TEXT("Z"))) {
        *out_s = 0;
        return true;
    }
    if (id.len >= ARRAY_COUNT(places) || !places[id.len][0]) {
        return refuse_offset(id, "invalid format", err);
    }
    for (size_t i = 0; i < 3 && places[id.len][i]; i++) {
        size_t at = places[id.len][i], count = id.len == 2 ? 1 : 2;

        if (i > 0 && (id.len == 6 || id.len == 9) && id.ptr[at - 1] != ':') {
            return refuse_offset(id, "colon not found when expected", err);
        }
        for (size_t end = at + count; at < end; at++) {
            if (!isdigit((unsigned char)id.ptr[at])) {
                return refuse_offset(id, "non numeric characters found", err);
            }
            parts[i] = parts[i] * 10 + id.ptr[at] - '0';
        }
    }
    if (id.ptr[0] != '+' && id.ptr[0] != '-') {
        return refuse_offset(id, "plus/minus not found when expected", err);
    }
    int sign = id.ptr[0] == '-' ? -1 : 1;

    return java_zone_sum_offset(sign * parts[0], sign * parts[1], sign * parts[2], out_s, err);
}

/* Regions */

static bool is_prefix(struct text text)
{
    return text_equal(text, TEXT("UTC")) || text_equal(text, TEXT("GMT")) ||
           text_equal(text, TEXT("UT"));
}

bool java_zone_prefixed(struct heap *heap, struct text prefix, int32_t offset_s, struct value *out,
                        struct error *err)
{
    struct buf id CLEANUP(buf_done) = {0};

    if (prefix.len == 0) {
        *out = java_zone_offset(heap, offset_s);
        return true;
    }
    if (!is_prefix(prefix)) {
        return error_set(err, E_ARGUMENT, "prefix should be GMT, UTC or UT, is: " TEXT_FMT,
                         TEXT_ARG(prefix));
    }
    buf_text(&id, prefix);
    if (offset_s != 0) java_zone_print_offset(offset_s, &id);
    *out = java_zone_region(heap, buf_get(&id));
    return true;
}

bool java_zone_is_id(struct text id)
{
    if (id.len < 2 || id.len > LIMIT_ZONE_NAME || !isalpha((unsigned char)id.ptr[0])) return false;
    for (size_t i = 0; i < id.len; i++) {
        if (!isalnum((unsigned char)id.ptr[i]) &&
            text_index_of_char(TEXT("/~._+-:"), id.ptr[i]) < 0) {
            return false;
        }
    }
    return true;
}

/* Names that the machine has and Java does not. */
static bool is_foreign(struct text id)
{
    static const char *const names[] = {"EST", "MST", "HST", "Factory"};

    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (text_equal(id, text_from(names[i]))) return true;
    }
    return false;
}

bool java_zone_is_fixed(struct value zone, int32_t *out_s)
{
    struct buf text CLEANUP(buf_done) = {0};
    struct text id;

    if (java_value_is(zone, JAVA_OFFSET)) {
        *out_s = (int32_t)seconds_of(zone);
        return true;
    }
    id = id_of(zone, &text);
    *out_s = 0;
    if (is_prefix(id)) return true;
    for (size_t len = 2; len <= 3 && len < id.len; len++) {
        if ((id.ptr[len] == '+' || id.ptr[len] == '-') && is_prefix(text_slice(id, 0, len))) {
            return java_zone_parse_offset(text_slice(id, len, id.len), out_s, NULL);
        }
    }
    return false;
}

bool java_zone_of(struct heap *heap, struct text id, struct value *out, struct error *err)
{
    int32_t offset_s = 0;

    if (id.len <= 1 || id.ptr[0] == '+' || id.ptr[0] == '-') {
        if (!java_zone_parse_offset(id, &offset_s, err)) return false;
        *out = java_zone_offset(heap, offset_s);
        return true;
    }
    size_t len = text_starts_with(id, TEXT("UTC")) || text_starts_with(id, TEXT("GMT")) ? 3
                 : text_starts_with(id, TEXT("UT"))                                     ? 2
                                                                                        : 0;

    if (len > 0 && id.len == len) return java_zone_prefixed(heap, id, 0, out, err);
    if (len > 0 && (id.ptr[len] == '+' || id.ptr[len] == '-')) {
        if (!java_zone_parse_offset(text_slice(id, len, id.len), &offset_s, NULL)) {
            return error_set(err, E_DATE_TIME, "Invalid ID for offset-based ZoneId: " TEXT_FMT,
                             TEXT_ARG(id));
        }
        return java_zone_prefixed(heap, text_slice(id, 0, len), offset_s, out, err);
    }
    if (!java_zone_is_id(id) || text_index_of_char(id, ':') >= 0) {
        return error_set(err, E_DATE_TIME,
                         "Invalid ID for region-based ZoneId, invalid format: " TEXT_FMT,
                         TEXT_ARG(id));
    }
    if (is_foreign(id)) return unknown(id, err);
    if (!rules_of(heap, id, err)) return false;
    *out = java_zone_region(heap, id);
    return true;
}

/* Rules */

static const struct zone *rules_of_zone(struct heap *heap, struct value zone, struct error *err)
{
    struct buf text CLEANUP(buf_done) = {0};

    return rules_of(heap, id_of(zone, &text), err);
}

bool java_zone_at(struct heap *heap, struct value zone, int64_t utc_s, int32_t *out_s,
                  struct error *err)
{
    const struct zone *rules;

    if (java_zone_is_fixed(zone, out_s)) return true;
    rules = rules_of_zone(heap, zone, err);
    if (!rules) return false;
    *out_s = zone_offset_s(rules, utc_s);
    return true;
}

bool java_zone_is_daylight(struct heap *heap, struct value zone, int64_t utc_s, bool *out,
                           struct error *err)
{
    const struct zone *rules;
    int32_t fixed_s;

    *out = false;
    if (java_zone_is_fixed(zone, &fixed_s)) return true;
    rules = rules_of_zone(heap, zone, err);
    if (!rules) return false;
    *out = zone_is_daylight(rules, utc_s);
    return true;
}

bool java_zone_shift(struct heap *heap, struct value zone, int64_t local_s,
                     struct java_zone_shift *out, struct error *err)
{
    const struct zone *rules;

    if (java_zone_is_fixed(zone, &out->before_s)) {
        out->after_s = out->before_s;
        return true;
    }
    rules = rules_of_zone(heap, zone, err);
    if (!rules) return false;
    // earlier than any instant that can show local_s; then change by change
    for (int64_t from_s = local_s - 2 * JAVA_DAY_SECONDS;;) {
        int64_t change_s = zone_next_change_s(rules, from_s);

        out->before_s = out->after_s = zone_offset_s(rules, from_s);
        if (change_s == INT64_MAX) return true;
        int32_t next_s = zone_offset_s(rules, change_s);
        bool before = local_s - out->before_s < change_s, after = local_s - next_s >= change_s;

        if (before && !after) return true;
        out->after_s = next_s;
        out->change_s = change_s;
        if (before || !after) return true;
        from_s = change_s;
    }
}
