#pragma once

#include "gateway/request.h"

/*
 * Reply: a run's own answer to a webhook: a result that is a map with :status, and maybe :headers
 * and :body. It is a tenant's content on our origin, so it is sent with a policy that keeps it from
 * acting there, and without headers that concern the connection or set cookies.
 */

/* False: the result is no reply; the request is not answered then. */
bool reply_send(struct request *request, struct text encoded_result) MUST_CHECK;
/* The pure parts. */
bool reply_header_is_allowed(struct text name, struct text value);
