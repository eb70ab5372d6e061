#pragma once

#include "base/buf.h"

struct request;

/* GET /openapi.json: made from the tables of routes and commands. */
void openapi_get(struct request *request);
void openapi_write(struct buf *out);
