#pragma once

#include "base/json.h"

/*
 * Verdict: what a person says to an approval, checked against what was asked: the action is one of
 * :actions, the values fit :fields.
 */
struct verdict {
    struct text action; /* "approve", "reject" */
    struct text note;   /* or absent */
    const struct json *values;
};

/* asked: the decoded approval, {title params actions fields …}. Appends the encoded answer. */
bool verdict_encode(const struct json *asked, const struct verdict *verdict, struct buf *out,
                    struct error *err) MUST_CHECK;
/* Is the action among the approval's; without :actions approve and reject are. */
bool verdict_allows(const struct json *asked, struct text action);
/* An option of a select, or a value, as a form shows it: text bare, a map by its :value. */
void verdict_print_option(struct buf *out, const struct json *option);
