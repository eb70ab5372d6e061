#include "base/random.h"

#include "base/assert.h"

#include <errno.h>
#include <sys/random.h>

void random_bytes(void *out, size_t len)
{
    char *next = out;

    while (len > 0) {
        ssize_t got = getrandom(next, len, 0);

        if (got < 0) {
            ASSERT(errno == EINTR);
            continue;
        }
        next += got;
        len -= (size_t)got;
    }
}

uint64_t random_u64(void)
{
    uint64_t value;

    random_bytes(&value, sizeof(value));
    return value;
}

uint64_t random_below(uint64_t bound)
{
    if (bound == 0) return 0;
    // The first 2^64 mod bound values would come once more often than the others: draw again.
    uint64_t skipped = -bound % bound;
    uint64_t value = random_u64();

    while (value < skipped) {
        value = random_u64();
    }
    return value % bound;
}
