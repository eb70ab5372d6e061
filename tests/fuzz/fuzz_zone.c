/* Any bytes are a TZif file or refused; the clocks of a zone never go back as instants are asked
 * for in order. */
#include "base/zone.h"
#include "tests/fuzz/fuzz.h"

void fuzz_input(struct text input)
{
    struct error err = {0};
    struct zone *zone = zone_parse(input, &err);
    int64_t before = INT64_MIN;

    if (!zone) {
        ASSERT(err.code == E_TIMEZONE);
        return;
    }
    for (int64_t local = -3000000000; local < 9000000000; local += 86400 * 37 + 1801) {
        int64_t utc = zone_utc_s(zone, local);

        ASSERT(utc >= before);
        before = utc;
        (void)zone_offset_s(zone, local);
        ASSERT(zone_next_change_s(zone, local) > local);
    }
    zone_free(zone);
}
