#pragma once

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/*
 * Egress: the guard that every connection on behalf of a tenant passes. It decides on the binary
 * address at the time of connecting, so that neither spelling (0x7f.1, 2130706433) nor DNS that
 * changes its mind gets around it.
 *
 * Open by default: IPv4 less the special ranges of RFC 6890, and IPv6 2000::/3 less special ranges.
 * IPv4 inside IPv6 (::ffff:a.b.c.d) is judged as IPv4. The operator may allow further ranges.
 * Immutable once parsed, so that threads share it.
 */
#define EGRESS_RANGES_MAX 64

struct egress_range {
    uint8_t address[16]; /* IPv4: the first four bytes */
    uint8_t bits;
    bool is_v4;
};

/* A zeroed struct allows what is open by default. */
struct egress_policy {
    struct egress_range allowed[EGRESS_RANGES_MAX]; /* Private. */
    size_t allowed_count;
};

/* Comma-separated ranges, "127.0.0.0/8, ::1/128" (a bare address is one host); empty: none. Bits
 * behind the prefix must be zero. E_INPUT names what is wrong. */
bool egress_policy_parse(struct text source, struct egress_policy *out, struct error *err)
    MUST_CHECK;

/* E_EGRESS names the address. What is neither IPv4 nor IPv6 is refused. policy NULL: the default.
 */
bool egress_check(const struct egress_policy *policy, const struct sockaddr *address,
                  struct error *err) MUST_CHECK;
