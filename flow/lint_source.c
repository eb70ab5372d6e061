/*
 * Source: what must not be written out in any part of a flow file: secrets, ids of a workspace,
 * texts that belong into resources. Looks at every string, keyword and symbol that was read, quoted
 * or not; comments and #_ are no longer there.
 */
#include "flow/lint_internal.h"

#define LARGE_STRING 4000 /* bytes */

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_token_char(char c)
{
    return is_word(c) || c == '-';
}

/* How many token characters stand from there on. */
static size_t token_len(struct text text, size_t from)
{
    size_t end = from;

    while (end < text.len && is_token_char(text.ptr[end])) {
        end++;
    }
    return end - from;
}

/* Where the prefix begins a word and at least min more token characters follow. */
static bool has_token(struct text text, struct text prefix, size_t min)
{
    for (size_t i = 0; i + prefix.len <= text.len; i++) {
        if (memcmp(text.ptr + i, prefix.ptr, prefix.len) != 0) continue;
        bool begins = i == 0 || !is_token_char(text.ptr[i - 1]);

        if (begins && token_len(text, i + prefix.len) >= min) return true;
    }
    return false;
}

/* What examples have in place of a password, or what is filled in. */
static bool is_placeholder(struct text password)
{
    static const char *const names[] = {"password", "pass", "secret", "pw", "xxx", "***", "..."};

    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (text_equal_nocase(password, text_from(names[i]))) return true;
    }
    return password.len < 4 || text_index_of(password, TEXT("{{")) >= 0 || password.ptr[0] == '<' ||
           password.ptr[0] == '$';
}

/* scheme://user:password@host */
static bool has_password(struct text text)
{
    for (ptrdiff_t at; (at = text_index_of(text, TEXT("://"))) >= 0;) {
        size_t end = 0;

        text = text_slice(text, (size_t)at + 3, text.len);
        while (end < text.len && !strchr("/?# \t\n\"'", text.ptr[end])) {
            end++;
        }
        struct text password = text_slice(text, 0, end);
        ptrdiff_t host = text_index_of_char(password, '@');

        if (host < 0) continue;
        password = text_slice(password, 0, (size_t)host);
        text_cut(&password, ':');
        if (password.ptr && !is_placeholder(password)) return true;
    }
    return false;
}

/* Shapes of well-known credentials. */
static const char *find_secret(struct text text)
{
    static const struct {
        struct text prefix;
        size_t min;
        const char *what;
    } shapes[] = {
        {TEXT("sk_live_"), 16, "a Stripe key"},
        {TEXT("rk_live_"), 16, "a Stripe key"},
        {TEXT("sk-"), 32, "an API key"},
        {TEXT("ghp_"), 30, "a GitHub token"},
        {TEXT("gho_"), 30, "a GitHub token"},
        {TEXT("ghs_"), 30, "a GitHub token"},
        {TEXT("github_pat_"), 30, "a GitHub token"},
        {TEXT("glpat-"), 20, "a GitLab token"},
        {TEXT("xoxb-"), 20, "a Slack token"},
        {TEXT("xoxp-"), 20, "a Slack token"},
        {TEXT("AKIA"), 16, "an AWS key id"},
        {TEXT("AIza"), 30, "a Google API key"},
        {TEXT("whsec_"), 24, "a webhook secret"},
        {TEXT("weir_user_"), 20, "a weir token"},
        {TEXT("weir_service_"), 20, "a weir token"},
    };

    for (size_t i = 0; i < ARRAY_COUNT(shapes); i++) {
        if (has_token(text, shapes[i].prefix, shapes[i].min)) return shapes[i].what;
    }
    if (text_index_of(text, TEXT("-----BEGIN ")) >= 0 &&
        text_index_of(text, TEXT("PRIVATE KEY-----")) >= 0) {
        return "a private key";
    }
    return has_password(text) ? "a URL with a password" : NULL;
}

static void report_secret(struct lint *lint, const struct form *at, const char *what)
{
    lint_error(lint, "secret_in_source", at, NULL,
               "Store it as a secret and write {:secret-ref :name} in its place; then replace it "
               "where it is in use, since it has been in a file.",
               "%s stands in the flow's source", what);
}

/* "Bearer 0123…" written out under an Authorization header. */
static bool is_authorization(const struct form *key, const struct form *value)
{
    if (value->kind != FORM_STRING) return false;
    if (!text_equal_nocase(form_name(key), TEXT("authorization"))) return false;
    struct text rest = value->text;
    struct text scheme = text_cut(&rest, ' ');
    bool known = text_equal_nocase(scheme, TEXT("bearer")) ||
                 text_equal_nocase(scheme, TEXT("basic")) ||
                 text_equal_nocase(scheme, TEXT("token"));

    return known && rest.len >= 12 && text_index_of(rest, TEXT("{{")) < 0;
}

/* {:auth {… :password "literal"}} */
static void check_auth_map(struct lint *lint, const struct form *map)
{
    static const char *const keys[] = {"password", "token", "secret", "api-key", "value", "key"};

    for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
        const struct form *value = form_get(map, keys[i]);

        // what {{…}} brings in is no secret of the source
        if (value && value->kind == FORM_STRING && value->text.len >= 8 &&
            text_index_of(value->text, TEXT("{{")) < 0) {
            report_secret(lint, value, "a credential");
        }
    }
}

/* The auth of an interface was looked at when the definition was read. */
static bool known_auth(const struct lint *lint, const struct form *map)
{
    for (uint32_t i = 0; i < lint->definition->interface_count; i++) {
        if (lint->definition->interfaces[i].auth.form == map) return true;
    }
    return false;
}

static bool has_workspace_id(struct text text)
{
    for (size_t i = 0; i + 3 < text.len; i++) {
        if (memcmp(text.ptr + i, "ws-", 3) != 0) continue;
        if ((i == 0 || !is_word(text.ptr[i - 1])) && token_len(text, i + 3) > 0) return true;
    }
    return false;
}

static void check_text(struct lint *lint, const struct form *form, struct text text)
{
    const char *secret = find_secret(text);

    if (secret) report_secret(lint, form, secret);
    if (has_workspace_id(text)) {
        lint_warn(lint, "hardcoded_workspace_id", form, NULL,
                  "Take it from (:workspace-id (:flow/ctx (flow/input))), or from the input.",
                  "the id of a workspace is written out in the flow");
    }
}

static void scan(struct lint *lint, const struct form *form, bool may_be_large)
{
    switch (form->kind) {
    case FORM_STRING:
        check_text(lint, form, form->text);
        if (form->text.len > LARGE_STRING && !may_be_large) {
            lint_warn(lint, "large_inline_string", form, NULL,
                      "Put large texts into templates, files or resources.",
                      "a string of %zu bytes is written out in the flow", form->text.len);
        }
        return;
    case FORM_SYMBOL:
    case FORM_KEYWORD: check_text(lint, form, form->name); return;
    default: break;
    }
    for (uint32_t i = 0; i < form->count; i++) {
        if (form->kind == FORM_MAP && i % 2 == 1) {
            const struct form *key = form->items[i - 1], *value = form->items[i];

            if (form_is_keyword(key, "auth") && !known_auth(lint, value)) {
                check_auth_map(lint, value);
            }
            if (is_authorization(key, value)) report_secret(lint, value, "a credential");
        }
        scan(lint, form->items[i], may_be_large);
    }
}

void lint_source(struct lint *lint)
{
    const struct form *root = lint->definition->root;

    for (uint32_t i = 1; i < root->count; i += 2) {
        const struct form *key = root->items[i - 1];
        bool may_be_large = form_is_keyword(key, "functions") || form_is_keyword(key, "templates");

        scan(lint, root->items[i], may_be_large);
    }
}
