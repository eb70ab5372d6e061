/*
 * Options: the table of LANGUAGE section 9 for the step types that this server runs.
 */
#include "flow/lint_options.h"

static const char *const on_errors[] = {"fail", "skip", NULL};
static const char *const effects[] = {"at-least-once", "at-most-once", NULL};
static const char *const methods[] = {"get",    "post", "put",     "patch",
                                      "delete", "head", "options", NULL};
static const char *const operations[] = {"get",       "set",    "delete",    "exists",
                                         "increment", "append", "list-keys", NULL};
static const char *const on_timeouts[] = {"fail", "continue", NULL};
static const char *const targets[] = {"live", "draft", NULL};
static const char *const responses[] = {"json", "text", "bytes", "auto", NULL};

static const struct lint_option common[] = {
    {"title"},
    {"label"},
    {"description"},
    {"timeout", LINT_DURATION},
    {"retry", LINT_RETRY},
    {"on-error", LINT_CHOICE, on_errors},
    {"effects", LINT_CHOICE, effects},
    {"metering", LINT_REFUSED, NULL, "Remove it: every step execution is counted."},
    {"connection", LINT_REFUSED, NULL,
     "Give the step its :url, and secrets by {:secret-ref :name}."},
    {"template", LINT_REFUSED, NULL, "Only :http steps take a template on this server."},
    {"persist", LINT_REFUSED, NULL, "Keep what you need with a :kv step."},
    {"expect", LINT_REFUSED, NULL, "Check the result in the body, with if and throw."},
    {"review", LINT_REFUSED, NULL, "Put a :wait step with :approval before this one."},
    {"confirm", LINT_REFUSED, NULL, "Put a :wait step with :approval before this one."},
    {"compensate", LINT_REFUSED, NULL, "Undo it in a catch of try."},
    {"sensitive", LINT_REFUSED, NULL, "Do not pass such data through the run; name secrets only."},
    {NULL},
};

static const struct lint_option http[] = {
    {"template", LINT_TEMPLATE},
    {"data"},
    {"url", LINT_URL},
    {"base-url", LINT_URL},
    {"path"},
    {"method", LINT_CHOICE, methods},
    {"query", LINT_MAP},
    {"headers", LINT_MAP},
    {"json"},
    {"form", LINT_MAP},
    {"body"},
    {"auth", LINT_MAP},
    {"response-as", LINT_CHOICE, responses},
    {"follow-redirects", LINT_FLAG},
    {"throw-on-error", LINT_FLAG},
    {"multipart", LINT_REFUSED, NULL, "Send :json, :form or :body."},
    {"body-from-ref", LINT_REFUSED, NULL, "Send :json, :form or :body."},
    {NULL},
};

static const struct lint_option function[] = {
    {"ref"}, {"code"}, {"input"}, {"language"}, {NULL},
};

static const struct lint_option kv[] = {
    {"operation", LINT_CHOICE, operations},
    {"key"},
    {"value"},
    {"ttl", LINT_DURATION},
    {"by"},
    {"amount"},
    {"default"},
    {"prefix"},
    {"limit", LINT_COUNT},
    {NULL},
};

static const struct lint_option pause[] = {
    {"duration", LINT_DURATION},
    {"seconds", LINT_DURATION},
    {"millis", LINT_DURATION},
    {NULL},
};

static const struct lint_option wait[] = {
    {"key"},
    {"on-timeout", LINT_CHOICE, on_timeouts},
    {"default-value"},
    {"approval", LINT_APPROVAL},
    {"event", LINT_EVENT},
    {"duration", LINT_DURATION},
    {"seconds", LINT_DURATION},
    {"millis", LINT_DURATION},
    {"notify", LINT_REFUSED, NULL, "Send the link with an :http step before the wait."},
    {"webhook", LINT_REFUSED, NULL, "Hand out (:url (flow/callback :step-id)) instead."},
    {"roles", LINT_REFUSED, NULL, "Give the approval's link only to those who may decide."},
    {"validation", LINT_REFUSED, NULL, "Check the answer in the body."},
    {"context", LINT_REFUSED, NULL, "Show it in :approval {:params {…}}."},
    {NULL},
};

static const struct lint_option call[] = {
    {"timeout", LINT_DURATION},
    {"on-error", LINT_CHOICE, on_errors},
    {"target", LINT_CHOICE, targets},
    {"version"},
    {"retry", LINT_REFUSED, NULL, "Call again in a catch of try; each call is a run of its own."},
    {"effects", LINT_REFUSED, NULL, "Remove it: a child is started once, whatever crashes."},
    {"template", LINT_REFUSED, NULL, "Pass what the child needs as its input."},
    {"data", LINT_REFUSED, NULL, "Pass what the child needs as its input."},
    {NULL},
};

static const struct lint_type call_type = {"flow/call-flow", call, {NULL}, NULL};

static const struct lint_type types[] = {
    {"http", http, {"url", "base-url", "connection", "template"}, "Add :url \"https://…\"."},
    {"function", function, {NULL}, NULL},
    {"code", function, {NULL}, NULL},
    {"kv", kv, {"operation"}, "Add :operation :get, :set or another."},
    {"sleep", pause, {"duration", "seconds", "millis"}, "Add :duration \"5m\" or :seconds 30."},
    {"wait", wait, {NULL}, NULL},
    {NULL},
};

const struct lint_type *lint_options_types(void)
{
    return types;
}

const struct lint_type *lint_options_call(void)
{
    return &call_type;
}

const struct lint_type *lint_options_type(struct text name)
{
    for (const struct lint_type *type = types; type->name; type++) {
        if (text_equal(text_from(type->name), name)) return type;
    }
    return NULL;
}

const struct lint_option *lint_options_in(const struct lint_option *options, const struct form *key)
{
    for (; options->name; options++) {
        if (form_is_keyword(key, options->name)) return options;
    }
    return NULL;
}

const struct lint_option *lint_options_find(const struct lint_type *type, const struct form *key)
{
    const struct lint_option *option = lint_options_in(type->options, key);

    return option ? option : lint_options_in(common, key);
}

static void nearer(const struct lint_option *options, struct text name, const char **best,
                   size_t *best_distance)
{
    for (; options->name; options++) {
        size_t distance = text_distance(name, text_from(options->name), *best_distance);

        if (distance >= *best_distance) continue;
        *best = options->name;
        *best_distance = distance;
    }
}

/* What other tools call it. */
static const char *const synonyms[][2] = {
    {"query-params", "query"},
    {"params", "query"},
    {"qs", "query"},
    {"as", "response-as"},
    {"content-type", "headers"},
    {"accept", "headers"},
    {"form-params", "form"},
    {"json-params", "json"},
    {"payload", "json"},
    {"basic-auth", "auth"},
    {"oauth-token", "auth"},
    {"token", "auth"},
    {"retries", "retry"},
    {"max-retries", "retry"},
    {"attempts", "max-attempts"},
    {"delay-ms", "backoff-ms"},
    {"op", "operation"},
    {"args", "input"},
    {"fn", "code"},
    {"ms", "millis"},
    {"delay", "duration"},
    {"minutes", "duration"},
    {"deadline", "timeout"},
    {"timeout-ms", "timeout"},
    {"on-failure", "on-error"},
    {"endpoint", "url"},
    {"uri", "url"},
    {"id", "key"},
    {"text", "title"},
    {"choices", "actions"},
};

static const char *synonym(const struct lint_option *options, struct text name)
{
    for (size_t i = 0; i < ARRAY_COUNT(synonyms); i++) {
        if (!text_equal(text_from(synonyms[i][0]), name)) continue;
        for (; options->name; options++) {
            if (strcmp(options->name, synonyms[i][1]) == 0) return options->name;
        }
    }
    return NULL;
}

const char *lint_options_nearest_in(const struct lint_option *options, struct text name)
{
    const char *best = synonym(options, name);
    size_t best_distance = 3;

    if (!best) nearer(options, name, &best, &best_distance);
    return best;
}

const char *lint_options_nearest(const struct lint_type *type, struct text name)
{
    const char *best = synonym(type->options, name);
    size_t best_distance = 3;

    if (!best) best = synonym(common, name);
    if (best) return best;
    nearer(type->options, name, &best, &best_distance);
    nearer(common, name, &best, &best_distance);
    return best;
}
