/* A line with a pattern, then a subject: refused, or matched within its fuel; the groups of a match
 * lie inside of the subject. */
#include "flow/regex.h"
#include "flow/utf.h"
#include "tests/fuzz/fuzz.h"

#define UNITS_MAX 2000
#define FUEL      100000

static size_t widen(struct text source, uint16_t units[UNITS_MAX])
{
    size_t len = 0;

    // two bytes above 0xef make one unit of any kind, so that surrogates come up
    for (size_t i = 0; i < source.len && len < UNITS_MAX; i++) {
        uint8_t byte = (uint8_t)source.ptr[i];

        if (byte >= 0xf0 && i + 1 < source.len) {
            i++;
            units[len++] = (uint16_t)(0xd700 + (byte - 0xf0) * 0x100 + (uint8_t)source.ptr[i]);
        } else {
            units[len++] = byte;
        }
    }
    return len;
}

static void check_match(const struct regex *regex, const struct regex_match *match, size_t len)
{
    ASSERT(match->group_count == regex_group_count(regex));
    for (uint32_t i = 0; i < match->group_count && i < REGEX_GROUPS_MAX; i++) {
        if (match->start[i] == REGEX_UNSET) continue;
        ASSERT(match->start[i] <= match->end[i]);
        ASSERT(match->end[i] <= len);
    }
}

void fuzz_input(struct text input)
{
    uint16_t pattern[UNITS_MAX], subject[UNITS_MAX];
    struct text rest = input;
    size_t pattern_len = widen(text_cut(&rest, '\n'), pattern);
    size_t len = widen(rest, subject);
    struct regex_match match;
    struct error err = {0};
    struct regex *regex = regex_new(pattern, pattern_len, regex_subject_of(subject, len), &err);

    if (!regex) {
        ASSERT(err.code == E_ARGUMENT || err.code == E_REGEX);
        return;
    }
    for (int whole = 0; whole < 2; whole++) {
        int64_t fuel = FUEL;
        enum regex_result result = regex_find(regex, subject, len, 0, whole, &fuel, &match, &err);

        if (result == REGEX_ERROR) ASSERT(err.code != E_NONE);
        if (result == REGEX_MATCH) check_match(regex, &match, len);
    }
    regex_free(regex);
}
