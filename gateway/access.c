/* Roles: each is a set of accesses. A role that is not in the table allows nothing. */
#include "gateway/access.h"

#include "base/assert.h"
#include "base/macros.h"

#define BIT(name) (1U << ACCESS_##name)

static const struct {
    const char *name;
    unsigned allows;
} roles[] = {
    {"viewer", BIT(READ)},
    {"reviewer", BIT(READ) | BIT(DECIDE)},
    {"runner", BIT(READ) | BIT(RUN)},
    {"developer", BIT(READ) | BIT(RUN) | BIT(DECIDE) | BIT(WRITE)},
    {"admin", BIT(READ) | BIT(RUN) | BIT(DECIDE) | BIT(WRITE) | BIT(SECRET) | BIT(ADMIN)},
};

static const struct {
    const char *name, *roles;
} accesses[ACCESS_COUNT] = {
    [ACCESS_PUBLIC] = {"public", "anybody"},
    [ACCESS_TOKEN] = {"token", "any role"},
    [ACCESS_READ] = {"read", "viewer, reviewer, runner, developer, admin"},
    [ACCESS_RUN] = {"run", "runner, developer, admin"},
    [ACCESS_DECIDE] = {"decide", "reviewer, developer, admin"},
    [ACCESS_WRITE] = {"write", "developer, admin"},
    [ACCESS_SECRET] = {"secret", "admin"},
    [ACCESS_ADMIN] = {"admin", "admin"},
};

const char *access_name(enum access access)
{
    ASSERT(access < ACCESS_COUNT);
    return accesses[access].name;
}

const char *access_roles(enum access access)
{
    ASSERT(access < ACCESS_COUNT);
    return accesses[access].roles;
}

const char *access_role(int index)
{
    return index >= 0 && (size_t)index < ARRAY_COUNT(roles) ? roles[index].name : NULL;
}

bool access_is_role(struct text role)
{
    for (size_t i = 0; i < ARRAY_COUNT(roles); i++) {
        if (text_equal(role, text_from(roles[i].name))) return true;
    }
    return false;
}

bool access_allows(struct text role, enum access access)
{
    ASSERT(access < ACCESS_COUNT);
    if (access == ACCESS_PUBLIC || access == ACCESS_TOKEN) return true;
    for (size_t i = 0; i < ARRAY_COUNT(roles); i++) {
        if (text_equal(role, text_from(roles[i].name))) return roles[i].allows & (1U << access);
    }
    return false;
}
