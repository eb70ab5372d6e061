#pragma once

#include "gateway/request.h"
#include "io/gather.h"
#include "storage/endpoint.h"

/*
 * Door reader: the endpoint of a webhook and the secret that its requests are signed with. Requests
 * at the same door at the same time share a read: whoever comes while one is under way waits for
 * the next, so that nobody sees a door or a secret of before its request. Nothing is kept.
 */
struct gateway;
struct door_reader;

struct door_get {
    struct request *request; /* In: of the workspace; what is found is copied into its arena. */
    enum flow_target target; /* drafts: without the secret */
    struct text path;
    /* From the loop. err NULL: it was read. */
    void (*on_done)(struct door_get *get, const struct error *err);

    bool found; /* Out. */
    struct endpoint endpoint;
    struct text sealed; /* absent: there is no such secret, or it was not asked for */

    struct gather_item gathered; /* Private. */
};

struct door_reader *door_reader_new(struct gateway *gateway);
void door_reader_free(struct door_reader *reader); /* nothing is under way */
void door_reader_start(struct door_reader *reader, struct door_get *get);
