#pragma once

struct request;

/* The handlers of command.def; each ends with one answer. */
#define X(name, handler, access, flags, arguments, doc) void handler(struct request *request);
// NOLINTNEXTLINE(readability-redundant-declaration): two commands may share a handler
#include "gateway/command.def"
#undef X
