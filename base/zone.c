/*
 * TZif files (RFC 8536). Version 1's block (32-bit times) is skipped; the 64-bit table counts, and
 * after its last change the rule of the footer.
 *
 *     header | v1 block | header | times[n] types[n] ttinfo[m] names leaps flags | \n rule \n
 *
 * Invariant: times ascend strictly, every type index has an offset; checked on reading, since the
 * file is input.
 */
#include "base/zone.h"

#include "base/assert.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/zone_rule.h"

#include <stdio.h>
#include <string.h>

#define ZONE_ROOT      "/usr/share/zoneinfo"
#define HEADER_SIZE    44
#define TTINFO_SIZE    6
#define OFFSET_MIN_S   (-89999) /* RFC 8536 section 3.2 */
#define OFFSET_MAX_S   93599
#define TYPE_COUNT_MAX 256

struct zone {
    size_t count;
    int64_t *times_s;   /* of changes, ascending */
    int32_t *offsets_s; /* from each change on */
    bool *daylight;     /* whether that is daylight saving time */
    int32_t first_s;    /* before all changes */
    bool has_rule;
    struct zone_rule rule; /* after all changes */
};

struct header {
    char version;
    uint32_t utc_flags, standard_flags, leaps, times, types, chars;
};

static uint32_t read_u32(const char *at)
{
    const uint8_t *bytes = (const uint8_t *)at;

    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static int64_t read_i64(const char *at)
{
    return (int64_t)((uint64_t)read_u32(at) << 32 | read_u32(at + 4));
}

static struct zone *damaged(struct error *err, const char *what)
{
    error_set(err, E_TIMEZONE, "the time zone's file is damaged: %s", what);
    return NULL;
}

/* Cuts the header off; every count is bounded by the file's size, so sums do not overflow. */
static bool take_header(struct text *rest, struct header *out)
{
    if (rest->len < HEADER_SIZE || memcmp(rest->ptr, "TZif", 4) != 0) return false;
    const char *counts = rest->ptr + 20;

    *out = (struct header){
        .version = rest->ptr[4],
        .utc_flags = read_u32(counts),
        .standard_flags = read_u32(counts + 4),
        .leaps = read_u32(counts + 8),
        .times = read_u32(counts + 12),
        .types = read_u32(counts + 16),
        .chars = read_u32(counts + 20),
    };
    *rest = text_slice(*rest, HEADER_SIZE, rest->len);
    return out->utc_flags <= LIMIT_ZONE_FILE && out->standard_flags <= LIMIT_ZONE_FILE &&
           out->leaps <= LIMIT_ZONE_FILE && out->times <= LIMIT_ZONE_FILE &&
           out->types <= TYPE_COUNT_MAX && out->chars <= LIMIT_ZONE_FILE;
}

static size_t block_size(const struct header *header, size_t time_size)
{
    return header->times * (time_size + 1) + header->types * (size_t)TTINFO_SIZE + header->chars +
           header->leaps * (time_size + 4) + header->standard_flags + header->utc_flags;
}

static bool read_table(struct zone *zone, const struct header *header, const char *block)
{
    const char *types = block + header->times * sizeof(int64_t);
    const char *infos = types + header->times;
    int32_t offsets_s[TYPE_COUNT_MAX];

    for (size_t i = 0; i < header->types; i++) {
        offsets_s[i] = (int32_t)read_u32(infos + i * TTINFO_SIZE);
        if (offsets_s[i] < OFFSET_MIN_S || offsets_s[i] > OFFSET_MAX_S) return false;
    }
    zone->first_s = offsets_s[0];
    zone->times_s = memory_array(header->times + 1, sizeof(int64_t));
    zone->offsets_s = memory_array(header->times + 1, sizeof(int32_t));
    zone->daylight = memory_array(header->times + 1, sizeof(bool));
    zone->count = header->times;
    for (size_t i = 0; i < zone->count; i++) {
        uint8_t type = (uint8_t)types[i];

        if (type >= header->types) return false;
        zone->times_s[i] = read_i64(block + i * sizeof(int64_t));
        zone->offsets_s[i] = offsets_s[type];
        zone->daylight[i] = infos[type * TTINFO_SIZE + sizeof(int32_t)] != 0;
        if (i > 0 && zone->times_s[i] <= zone->times_s[i - 1]) return false;
    }
    return true;
}

static bool read_footer(struct zone *zone, struct text footer)
{
    if (footer.len < 2 || footer.ptr[0] != '\n') return false;
    struct text rest = text_slice(footer, 1, footer.len);
    ptrdiff_t end = text_index_of_char(rest, '\n');

    if (end < 0) return false;
    if (end == 0) return true; // no rule: the last offset stays
    zone->has_rule = zone_rule_parse(text_slice(rest, 0, (size_t)end), &zone->rule);
    return zone->has_rule;
}

struct zone *zone_parse(struct text bytes, struct error *err)
{
    struct header header;
    struct text rest = bytes;

    if (!take_header(&rest, &header)) return damaged(err, "it has no TZif header");
    if (header.version < '2') return damaged(err, "version 1 is too old");
    if (rest.len < block_size(&header, 4)) return damaged(err, "it is cut short");
    rest = text_slice(rest, block_size(&header, 4), rest.len);
    if (!take_header(&rest, &header)) return damaged(err, "it has no second header");
    if (header.types == 0) return damaged(err, "it has no offsets");
    if (header.leaps > 0) return damaged(err, "it counts leap seconds");
    if (rest.len < block_size(&header, 8)) return damaged(err, "it is cut short");
    struct zone *zone = MEMORY_NEW(struct zone);

    if (!read_table(zone, &header, rest.ptr) ||
        !read_footer(zone, text_slice(rest, block_size(&header, 8), rest.len))) {
        zone_free(zone);
        return damaged(err, "its table is not well-formed");
    }
    return zone;
}

void zone_free(struct zone *zone)
{
    if (!zone) return;
    memory_free(zone->times_s);
    memory_free(zone->offsets_s);
    memory_free(zone->daylight);
    memory_free(zone);
}

/* Area/Location, each part letters, digits, _ + -, the first letter upper case: no dots, so no way
 * out of the directory, and none of its files that are no zones (posixrules, zone.tab, right/…). */
static bool is_zone_name(struct text name)
{
    char before = '/';

    if (name.len == 0 || name.len > LIMIT_ZONE_NAME) return false;
    if (name.ptr[0] < 'A' || name.ptr[0] > 'Z') return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

        if (!word && c != '_' && c != '+' && c != '-' && c != '/') return false;
        if (c == '/' && before == '/') return false;
        before = c;
    }
    return before != '/';
}

static bool read_file(struct text name, struct buf *out)
{
    char path[sizeof ZONE_ROOT + LIMIT_ZONE_NAME + 2];

    snprintf(path, sizeof path, ZONE_ROOT "/" TEXT_FMT, TEXT_ARG(name));
    FILE *file = fopen(path, "rbe");

    if (!file) return false;
    char *space = buf_reserve(out, LIMIT_ZONE_FILE);

    ASSERT(space);
    size_t len = fread(space, 1, LIMIT_ZONE_FILE, file);
    bool ok = !ferror(file) && len > 0 && len < LIMIT_ZONE_FILE;

    buf_commit(out, len);
    (void)fclose(file);
    return ok;
}

struct zone *zone_load(struct text name, struct error *err)
{
    struct buf bytes CLEANUP(buf_done) = {0};

    if (text_equal(name, TEXT("UTC")) || text_equal(name, TEXT("Etc/UTC"))) {
        return MEMORY_NEW(struct zone);
    }
    if (!is_zone_name(name) || !read_file(name, &bytes)) {
        int shown = (int)MIN(name.len, LIMIT_ZONE_NAME);

        error_set(err, E_TIMEZONE, "there is no time zone \"%.*s\"", shown, name.ptr);
        return NULL;
    }
    return zone_parse(buf_get(&bytes), err);
}

/* How many changes of the table are at or before utc_s. */
static size_t count_until(const struct zone *zone, int64_t utc_s)
{
    size_t low = 0, high = zone->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (zone->times_s[middle] <= utc_s) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

int32_t zone_offset_s(const struct zone *zone, int64_t utc_s)
{
    size_t past = count_until(zone, utc_s);

    if (past == zone->count && zone->has_rule) return zone_rule_offset_s(&zone->rule, utc_s);
    return past == 0 ? zone->first_s : zone->offsets_s[past - 1];
}

bool zone_is_daylight(const struct zone *zone, int64_t utc_s)
{
    size_t past = count_until(zone, utc_s);

    if (past == zone->count && zone->has_rule) {
        const struct zone_rule *rule = &zone->rule;

        return rule->has_daylight &&
               zone_rule_offset_s(rule, utc_s) == MAX(rule->standard_s, rule->daylight_s);
    }
    if (past == 0) return false;
    // Ireland's winter is daylight saving time by its law: what counts is which clock is ahead
    for (size_t i = past - 1; i <= past && i < zone->count; i++) {
        if (zone->daylight[i] && i > 0 && zone->offsets_s[i] < zone->offsets_s[i - 1]) {
            return i == past;
        }
    }
    return zone->daylight[past - 1];
}

int64_t zone_next_change_s(const struct zone *zone, int64_t utc_s)
{
    size_t past = count_until(zone, utc_s);

    if (past < zone->count) return zone->times_s[past];
    return zone->has_rule ? zone_rule_next_s(&zone->rule, utc_s) : INT64_MAX;
}

int64_t zone_utc_s(const struct zone *zone, int64_t local_s)
{
    // earlier than any instant that can show local_s; then change by change
    int64_t from_s = local_s - OFFSET_MAX_S - 1;

    for (;;) {
        int64_t change_s = zone_next_change_s(zone, from_s);
        int64_t utc_s = local_s - zone_offset_s(zone, from_s);

        if (utc_s < change_s) return MAX(utc_s, from_s); // before from_s: it is in the gap there
        from_s = change_s;
    }
}
