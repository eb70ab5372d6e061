#pragma once

struct request;

/* Starts a run through a flow's :http or :manual interface; the token is checked by the router. */
void interface_post(struct request *request);
