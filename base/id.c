#include "base/id.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/random.h"

/*
 * Layout: 48 bits of milliseconds, 4 of version, a 12 bit counter, 2 of variant, 62 random ones.
 * The counter starts in the lower half of its range at random in each millisecond; when it runs
 * out, the thread takes the next millisecond early. So ids of one thread always rise.
 */

#define COUNTER_MAX 0xfff

static const char digits[] = "0123456789abcdef";

/* What id_uuid7() gave last, in this thread. */
static _Thread_local struct {
    int64_t ms;
    unsigned counter;
} last;

static struct uuid with_ms(int64_t ms)
{
    struct uuid id = {{0}};

    ASSERT(ms >= 0);
    for (int i = 0; i < 6; i++) {
        id.bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
    }
    id.bytes[6] = 0x70;
    id.bytes[8] = 0x80;
    return id;
}

struct uuid id_uuid7(void)
{
    int64_t now = clock_wall_ms();
    uint8_t random[10];

    random_bytes(random, sizeof(random));
    if (now > last.ms) {
        last.ms = now;
        last.counter = (random[8] << 8 | random[9]) & (COUNTER_MAX / 2);
    } else if (++last.counter > COUNTER_MAX) {
        last.ms++;
        last.counter = 0;
    }
    struct uuid id = with_ms(last.ms);

    memcpy(id.bytes + 8, random, 8);
    id.bytes[6] = (uint8_t)(0x70 | last.counter >> 8);
    id.bytes[7] = (uint8_t)last.counter;
    id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3f));
    return id;
}

struct uuid id_uuid7_floor(int64_t wall_ms)
{
    return with_ms(wall_ms);
}

int64_t id_uuid7_ms(struct uuid id)
{
    int64_t ms = 0;

    for (int i = 0; i < 6; i++) {
        ms = ms << 8 | id.bytes[i];
    }
    return ms;
}

static bool hyphen_stands_at(size_t index)
{
    return index == 8 || index == 13 || index == 18 || index == 23;
}

void id_format(struct uuid id, char out[UUID_TEXT_SIZE])
{
    size_t next = 0;

    for (size_t i = 0; i < sizeof(id.bytes); i++) {
        if (hyphen_stands_at(next)) out[next++] = '-';
        out[next++] = digits[id.bytes[i] >> 4];
        out[next++] = digits[id.bytes[i] & 15];
    }
    out[next] = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool id_parse(struct text source, struct uuid *out)
{
    struct uuid id = {{0}};
    size_t nibble = 0;

    if (source.len != UUID_TEXT_SIZE - 1) return false;
    for (size_t i = 0; i < source.len; i++) {
        if (hyphen_stands_at(i)) {
            if (source.ptr[i] != '-') return false;
            continue;
        }
        int value = hex_value(source.ptr[i]);

        if (value < 0) return false;
        id.bytes[nibble / 2] = (uint8_t)(id.bytes[nibble / 2] << 4 | value);
        nibble++;
    }
    *out = id;
    return true;
}

int id_compare(struct uuid a, struct uuid b)
{
    return memcmp(a.bytes, b.bytes, sizeof(a.bytes));
}

bool id_is_zero(struct uuid id)
{
    return id_compare(id, (struct uuid){{0}}) == 0;
}
