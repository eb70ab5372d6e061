/*
 * Egress: two tables, one decision. Ranges that IANA's special-purpose registries (RFC 6890 and its
 * updates) do not mark as globally reachable are refused, and those that only lead elsewhere (6to4,
 * Teredo, relay anycast) too, since an inner address would escape the guard.
 */
#include "io/egress.h"

#include "base/macros.h"
#include "base/parse.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

struct address {
    uint8_t bytes[16]; /* IPv4: the first four */
    bool is_v4;
};

#define V4(a, b, c, d, prefix)                                   \
    {                                                            \
        .address = {a, b, c, d}, .bits = (prefix), .is_v4 = true \
    }
#define V6(a, b, c, d, prefix)                    \
    {                                             \
        .address = {a, b, c, d}, .bits = (prefix) \
    }

static const struct egress_range special[] = {
    V4(0, 0, 0, 0, 8),              // this network
    V4(10, 0, 0, 0, 8),             // private
    V4(100, 64, 0, 0, 10),          // carrier-grade NAT
    V4(127, 0, 0, 0, 8),            // loopback
    V4(169, 254, 0, 0, 16),         // link-local, cloud metadata
    V4(172, 16, 0, 0, 12),          // private
    V4(192, 0, 0, 0, 24),           // protocol assignments
    V4(192, 0, 2, 0, 24),           // documentation
    V4(192, 88, 99, 0, 24),         // 6to4 relays
    V4(192, 168, 0, 0, 16),         // private
    V4(198, 18, 0, 0, 15),          // benchmarks
    V4(198, 51, 100, 0, 24),        // documentation
    V4(203, 0, 113, 0, 24),         // documentation
    V4(224, 0, 0, 0, 4),            // multicast
    V4(240, 0, 0, 0, 4),            // reserved, broadcast
    V6(0x20, 0x01, 0, 0, 23),       // protocol assignments, Teredo, benchmarks
    V6(0x20, 0x01, 0x0d, 0xb8, 32), // documentation
    V6(0x20, 0x02, 0, 0, 16),       // 6to4
    V6(0x3f, 0xff, 0, 0, 20),       // documentation
};

static const struct egress_range global_v6 = V6(0x20, 0, 0, 0, 3);

static bool range_has(const struct egress_range *range, const struct address *address)
{
    size_t whole = range->bits / 8;
    unsigned rest = range->bits % 8;

    if (range->is_v4 != address->is_v4) return false;
    if (memcmp(range->address, address->bytes, whole) != 0) return false;
    if (rest == 0) return true;
    unsigned mask = 0xffU << (8 - rest) & 0xffU;

    return ((range->address[whole] ^ address->bytes[whole]) & mask) == 0;
}

static bool any_has(const struct egress_range *ranges, size_t count, const struct address *address)
{
    for (size_t i = 0; i < count; i++) {
        if (range_has(&ranges[i], address)) return true;
    }
    return false;
}

/* Parsing. */

static bool is_canonical(const struct egress_range *range)
{
    size_t len = range->is_v4 ? 4 : 16;

    for (size_t bit = range->bits; bit < 8 * len; bit++) {
        if (range->address[bit / 8] & (0x80U >> (bit % 8))) return false;
    }
    return true;
}

static bool parse_address(struct text source, struct egress_range *out)
{
    char cstr[INET6_ADDRSTRLEN] = {0};

    if (source.len == 0 || source.len >= sizeof(cstr)) return false;
    memcpy(cstr, source.ptr, source.len);
    out->is_v4 = strchr(cstr, ':') == NULL;
    return inet_pton(out->is_v4 ? AF_INET : AF_INET6, cstr, out->address) == 1;
}

static bool parse_range(struct text source, struct egress_range *out, struct error *err)
{
    struct text rest = source;
    struct text address = text_cut(&rest, '/');
    int64_t bits = 0;

    *out = (struct egress_range){0};
    if (!parse_address(address, out)) {
        return error_set(err, E_INPUT, "egress range " TEXT_FMT " is not an IP address or range",
                         TEXT_ARG(source));
    }
    int64_t bits_max = out->is_v4 ? 32 : 128;

    if (!rest.ptr) {
        bits = bits_max;
    } else if (!parse_int64(rest, &bits) || bits < 0 || bits > bits_max) {
        return error_set(err, E_INPUT, "egress range " TEXT_FMT " has no prefix from 0 to %d",
                         TEXT_ARG(source), (int)bits_max);
    }
    out->bits = (uint8_t)bits;
    if (is_canonical(out)) return true;
    return error_set(err, E_INPUT, "egress range " TEXT_FMT " has bits set behind its prefix",
                     TEXT_ARG(source));
}

bool egress_policy_parse(struct text source, struct egress_policy *out, struct error *err)
{
    struct egress_policy policy = {0};
    struct text rest = text_trim(source);

    while (rest.len > 0) {
        struct text item = text_trim(text_cut(&rest, ','));

        if (policy.allowed_count == EGRESS_RANGES_MAX) {
            return error_set(err, E_INPUT, "more than %d egress ranges", EGRESS_RANGES_MAX);
        }
        if (!parse_range(item, &policy.allowed[policy.allowed_count], err)) return false;
        policy.allowed_count++;
    }
    *out = policy;
    return true;
}

/* Deciding. */

static bool read_address(const struct sockaddr *from, struct address *out)
{
    static const uint8_t mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

    *out = (struct address){0};
    if (from->sa_family == AF_INET) {
        memcpy(out->bytes, &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
        out->is_v4 = true;
        return true;
    }
    if (from->sa_family != AF_INET6) return false;
    memcpy(out->bytes, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, 16);
    if (memcmp(out->bytes, mapped_prefix, sizeof(mapped_prefix)) == 0) {
        memmove(out->bytes, out->bytes + sizeof(mapped_prefix), 4);
        out->is_v4 = true;
    }
    return true;
}

bool egress_check(const struct egress_policy *policy, const struct sockaddr *address,
                  struct error *err)
{
    struct address target;
    char name[INET6_ADDRSTRLEN] = "?";

    if (!read_address(address, &target)) {
        return error_set(err, E_EGRESS, "connections are only made to IP addresses");
    }
    if (policy && any_has(policy->allowed, policy->allowed_count, &target)) return true;
    if ((target.is_v4 || range_has(&global_v6, &target)) &&
        !any_has(special, ARRAY_COUNT(special), &target)) {
        return true;
    }
    (void)inet_ntop(target.is_v4 ? AF_INET : AF_INET6, target.bytes, name, sizeof(name));
    return error_set(err, E_EGRESS, "connecting to %s is refused: it is not a public address",
                     name);
}
