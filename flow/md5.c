#include "flow/md5.h"

#include <string.h>

struct state {
    uint32_t a, b, c, d;
};

static const uint32_t sines[64] = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};
static const uint8_t rotations[4][4] = {
    {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

static uint32_t mix(int round, uint32_t b, uint32_t c, uint32_t d)
{
    switch (round) {
    case 0: return (b & c) | (~b & d);
    case 1: return (d & b) | (~d & c);
    case 2: return b ^ c ^ d;
    default: return c ^ (b | ~d);
    }
}

static void add_block(struct state *state, const uint8_t block[64])
{
    static const uint8_t factors[4] = {1, 5, 3, 7}, offsets[4] = {0, 1, 5, 0};
    struct state s = *state;
    uint32_t words[16];

    memcpy(words, block, sizeof(words)); // little-endian hosts only, as all we run on
    for (int i = 0; i < 64; i++) {
        int round = i / 16;
        uint32_t sum = s.a + mix(round, s.b, s.c, s.d) + sines[i] +
                       words[(i * factors[round] + offsets[round]) % 16];
        int by = rotations[round][i % 4];

        s = (struct state){s.d, s.b + (sum << by | sum >> (32 - by)), s.b, s.c};
    }
    state->a += s.a;
    state->b += s.b;
    state->c += s.c;
    state->d += s.d;
}

void md5(struct text data, uint8_t out[16])
{
    struct state state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    uint8_t tail[128] = {0};
    size_t whole = data.len / 64 * 64, rest = data.len - whole;
    size_t tail_len = rest < 56 ? 64 : 128;
    uint64_t bits = (uint64_t)data.len * 8;

    for (size_t at = 0; at < whole; at += 64) {
        add_block(&state, (const uint8_t *)data.ptr + at);
    }
    if (rest) memcpy(tail, data.ptr + whole, rest);
    tail[rest] = 0x80;
    memcpy(tail + tail_len - 8, &bits, sizeof(bits));
    for (size_t at = 0; at < tail_len; at += 64) {
        add_block(&state, tail + at);
    }
    memcpy(out, &state, 16);
}
