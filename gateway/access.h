#pragma once

#include "base/text.h"

#include <stdbool.h>

/*
 * Access: what a token's role allows. One table of roles; routes and commands name the access that
 * they take. The tests go through role × route and role × command.
 */
enum access {
    ACCESS_PUBLIC, /* no token: the door checks a signature or a link itself */
    ACCESS_TOKEN,  /* any valid token */
    ACCESS_READ,
    ACCESS_RUN,    /* start and cancel runs */
    ACCESS_DECIDE, /* approve, reject, complete */
    ACCESS_WRITE,  /* push, release, archive */
    ACCESS_SECRET, /* write secrets */
    ACCESS_ADMIN,  /* settings of the workspace */
    ACCESS_COUNT
};

const char *access_name(enum access access);
bool access_is_role(struct text role);
bool access_allows(struct text role, enum access access);
/* The roles that allow it, for messages: "developer, admin". */
const char *access_roles(enum access access);
/* Role by index, NULL at the end. */
const char *access_role(int index);
