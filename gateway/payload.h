#pragma once

#include "gateway/request.h"

/*
 * Payload: what was posted from outside, as JSON. JSON is taken as it is, an empty body is {}, all
 * other text becomes {"body": "…"}. NULL: E_BAD_JSON when the content type promises JSON,
 * E_BAD_UTF8.
 */
const struct json *payload_read(struct request *request, struct error *err) MUST_CHECK;
/* The same, but always an object: what is JSON of another kind becomes {"body": …}. */
const struct json *payload_read_object(struct request *request, struct error *err) MUST_CHECK;
