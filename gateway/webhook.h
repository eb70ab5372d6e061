#pragma once

struct request;

/*
 * Webhooks (PROTOCOL, "Doors"). Live ones are public and prove themselves by their signature; a
 * draft one is sent with a token; validate checks the signature of a live one and starts nothing.
 */
void webhook_live(struct request *request);
void webhook_draft(struct request *request);
void webhook_validate(struct request *request);
