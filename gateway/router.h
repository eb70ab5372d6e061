#pragma once

#include "gateway/request.h"

/*
 * Router: from method and path to a handler (route.def), through what all doors have in common: the
 * body's limit, the token, the role.
 */
struct route {
    const char *method, *pattern;
    enum access access;
    size_t body_limit;
    void (*run)(struct request *request); /* NULL: command */
    const char *command, *doc;
};

/* All of them; ends with pattern NULL. */
const struct route *router_routes(void);

enum router_match { ROUTER_FOUND, ROUTER_NO_PATH, ROUTER_OTHER_METHOD };

/* Fills params (at most REQUEST_PARAMS_MAX). Values are decoded into the arena; a malformed one
 * makes the path none of ours. */
enum router_match router_find(struct arena *arena, struct text method, struct text path,
                              const struct route **out, struct request_param *params,
                              int *param_count);
/* Answers the request, now or later. head_error: what the head's check found, or NULL. */
void router_run(struct request *request, const struct error *head_error);
