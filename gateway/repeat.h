#pragma once

#include "gateway/request.h"

/*
 * Repeat: operation ids (DESIGN section 4). A write claims its id in its own transaction; its
 * answer is stored next to it; whoever sends the same id again gets that answer, or is told why
 * not.
 */

/* Reads X-Breyta-Operation-ID / X-Weir-Operation-ID into the request. name: of what is asked.
 * False: the id is no UUID. */
bool repeat_read_id(struct request *request, struct text name, struct error *err) MUST_CHECK;
/* In the on_done of a request_write(): true when the id was used before; the request is then
 * answered from what is known of the first call. */
bool repeat_answers(struct request *request, const struct storage_call *call) MUST_CHECK;
/* Stores request->answer under the claimed id, then sends it. Called by the envelope. */
void repeat_keep(struct request *request, int status);
