/* Near names. */
#include "flow/near.h"

#define SHORT_NAME 3 /* shorter ones are near to everything */
#define LONG_NAME  6

static bool is_swapped(struct text a, struct text b)
{
    size_t i = 0;

    if (a.len != b.len) return false;
    while (i < a.len && a.ptr[i] == b.ptr[i]) {
        i++;
    }
    return i + 1 < a.len && a.ptr[i] == b.ptr[i + 1] && a.ptr[i + 1] == b.ptr[i] &&
           memcmp(a.ptr + i + 2, b.ptr + i + 2, a.len - i - 2) == 0;
}

void near_init(struct near *near, struct text name)
{
    size_t most = name.len < SHORT_NAME ? 0 : name.len < LONG_NAME ? 1 : 2;

    *near = (struct near){.name = name, .distance = most + 1};
}

static size_t distance_of(const struct near *near, struct text candidate)
{
    if (is_swapped(near->name, candidate)) return 1;
    return text_distance(near->name, candidate, near->distance + 1);
}

bool near_is_close(const struct near *near, struct text candidate)
{
    size_t distance = distance_of(near, candidate);

    return distance > 0 && distance <= near->distance;
}

void near_consider(struct near *near, struct text candidate)
{
    size_t distance = distance_of(near, candidate);

    if (distance > near->distance || distance == 0 || text_equal(near->best, candidate)) return;
    if (distance == near->distance) {
        near->tie = true;
        return;
    }
    near->best = candidate;
    near->distance = distance;
    near->tie = false;
}

struct text near_get(const struct near *near)
{
    return near->tie ? TEXT_NONE : near->best;
}
