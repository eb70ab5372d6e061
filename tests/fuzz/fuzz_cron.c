/*
 * Three lines: a cron expression, a zone, seconds since 1970. Any of them is refused, or the
 * instants that follow are in order and the two searches agree.
 */
#include "base/cron.h"
#include "base/parse.h"
#include "base/zone.h"
#include "tests/fuzz/fuzz.h"

#define INSTANTS      5
#define SECONDS_MAX   253402300799 /* the end of year 9999 */
#define NEXT_YEARS_MS (9LL * 366 * 86400 * 1000)

static void check_instants(const struct cron *cron, const struct zone *zone, int64_t after_ms)
{
    for (int i = 0; i < INSTANTS; i++) {
        int64_t next = cron_next(cron, zone, after_ms);

        if (next == -1) return;
        ASSERT(next > after_ms);
        ASSERT(next - after_ms < NEXT_YEARS_MS);
        ASSERT(cron_next(cron, zone, next - 1) == next);
        ASSERT(cron_latest(cron, zone, after_ms, next) == next);
        ASSERT(cron_latest(cron, zone, after_ms, next - 1) == -1);
        after_ms = next;
    }
}

void fuzz_input(struct text input)
{
    struct text rest = input;
    struct text expression = text_cut(&rest, '\n');
    struct text name = text_cut(&rest, '\n');
    struct cron cron;
    struct error err = {0};
    int64_t seconds = 0;

    if (!parse_int64(text_trim(rest), &seconds)) seconds = 1700000000;
    seconds = (int64_t)((uint64_t)seconds % SECONDS_MAX); // -1 would mean that there is none
    if (cron_check(expression, name, &err)) ASSERT(cron_parse(expression, &cron, &err));
    if (!cron_parse(expression, &cron, &err)) {
        ASSERT(err.code == E_CRON);
        return;
    }
    struct zone *zone = zone_load(name, &err);

    check_instants(&cron, zone, seconds * 1000);
    zone_free(zone);
}
