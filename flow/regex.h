#pragma once

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Regex: Java's patterns on UTF-16 units, carried out by PCRE2 (the only file that includes it).
 * A pattern is translated first (regex_translate.h), so that what PCRE2 would read otherwise than
 * Java is either expressed in its terms or refused.
 *
 * Errors: E_ARGUMENT for what is no pattern in Java either, E_REGEX for what PCRE2 cannot mean,
 * E_FUEL and E_MEMORY when a match would take too long or too much.
 */
struct regex;

#define REGEX_GROUPS_MAX 100 /* capturing groups in a pattern, the whole match included */

/* Where the groups matched, in units; group 0 is the whole match. A group that took no part has
 * start REGEX_UNSET. */
#define REGEX_UNSET ((size_t)-1)

struct regex_match {
    uint32_t group_count; /* groups that the pattern has, group 0 included */
    size_t start[REGEX_GROUPS_MAX], end[REGEX_GROUPS_MAX];
};

/* What the subjects hold at most; with surrogates a pair counts as one character. */
enum regex_subject { REGEX_ASCII, REGEX_NO_PAIRS, REGEX_PAIRS };

struct regex *regex_new(const uint16_t *pattern, size_t len, enum regex_subject subject,
                        struct error *err) MUST_CHECK;
void regex_free(struct regex *regex); /* accepts NULL */
uint32_t regex_group_count(const struct regex *regex);
/* The number of the named group, or 0. */
uint32_t regex_group_number(const struct regex *regex, const char *name);

enum regex_result { REGEX_MATCH, REGEX_NO_MATCH, REGEX_ERROR };

/* The first match at or after `from`; whole: only one that covers all of the subject. *fuel is
 * charged for the work and bounds the backtracking. */
enum regex_result regex_find(struct regex *regex, const uint16_t *subject, size_t len, size_t from,
                             bool whole, int64_t *fuel, struct regex_match *out, struct error *err)
    MUST_CHECK;
/* The text in upper or lower case, by Unicode as Java's toUpperCase and toLowerCase in the root
 * locale; appends units. */
void regex_change_case(const uint16_t *units, size_t len, bool upper, struct buf *out);
/* The least kind that these units are. */
enum regex_subject regex_subject_of(const uint16_t *units, size_t len);
