#pragma once

#include "gateway/request.h"

/*
 * Registry: the commands there are (command.def).
 */
enum command_flags {
    COMMAND_WRITE = 1, /* takes an operation id */
    COMMAND_KEYS = 2,  /* needs the workspace's keys */
    COMMAND_START = 4, /* the operation id is an idempotency key */
};

struct command {
    const char *name;
    void (*run)(struct request *request);
    enum access access;
    unsigned flags;
    const char *arguments, *doc;
};

/* All of them, sorted by name; ends with name NULL. */
const struct command *registry_commands(void);
const struct command *registry_find(struct text name);
/* Checks the arguments' types and that the required ones are there. args: an object. */
bool registry_check(const struct command *command, const struct json *args, struct error *err)
    MUST_CHECK;
/* The names nearest to one that is none, best first, as a JSON array. */
void registry_nearest(struct json_writer *writer, struct text name);

/* One argument of a command's table line: cuts it from *rest; false at the end. */
struct registry_argument {
    struct text name, type;
    bool required;
};

bool registry_next_argument(struct text *rest, struct registry_argument *out);

/* Runs it: access, arguments, operation id, keys, then its handler. The request is authenticated.
 */
void registry_run(struct request *request, const struct command *command, const struct json *args);
/* POST /api/commands. */
void registry_post(struct request *request);
