#pragma once

struct request;

/* POST /:workspace/callbacks/:token: an outside system answers a wait. The token is the right to.
 */
void callback_post(struct request *request);
