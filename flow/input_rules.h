#pragma once

#include "base/json.h"

/*
 * Rules: what :min, :max and :accept of a declared input mean (LANGUAGE section 4), the same where
 * a flow is linted, where a run starts and where a reviewer fills in a form.
 *
 *   :number                                :min and :max bound the value, both inclusive
 *   :date :time :datetime                  so they do, written as values of the type; a :datetime
 *                                          without a zone is taken as UTC for that
 *   :text :string :textarea :email         they bound the length in characters
 *   :password :secret
 *   :file :blob :blob-ref :resource        :accept, as HTML has it: a list such as ".pdf,text/csv",
 *                                          or a vector of such; a value that says neither its
 *                                          content type nor a file name is taken
 *
 * Of an input with :multiple they are said of each value. Other types take none of them.
 */
struct input_rules {
    struct text type;
    const struct json *min, *max, *accept; /* NULL: not declared */
};

extern const char *const input_rules_types[]; /* all that inputs may have; NULL-terminated */

bool input_rules_is_date(struct text source);
bool input_rules_is_time(struct text source);
/* With a zone, or the local form of HTML's datetime-local. */
bool input_rules_is_datetime(struct text source);
bool input_rules_is_email(struct text source);

/* Whether the rules make sense. False: *out_key is the one that does not, err says why. */
bool input_rules_declared(const struct input_rules *rules, const char **out_key, struct error *err)
    MUST_CHECK;
/* Whether the fields of a form, an array of {name type …}, can be filled in: each a map with a name
 * of its own and a known type. NULL: there are none. */
bool input_rules_form(const struct json *fields, struct error *err) MUST_CHECK;
/* Whether the rules, which make sense, take a value that is one of the type. False: err names it,
 * what and name: "the input", "amount". */
bool input_rules_check(const struct input_rules *rules, const char *what, struct text name,
                       const struct json *value, struct error *err) MUST_CHECK;
