/* Runs by their public ids. */
#include "gateway/lookup.h"

#include "gateway/workflow_id.h"

static void not_found(struct lookup *lookup)
{
    struct error err = {0};

    error_set(&err, E_NOT_FOUND, "there is no run " TEXT_FMT,
              TEXT_ARG(text_slice(lookup->workflow_id, 0, 200)));
    error_hint(&err, "See `weir runs list`.");
    lookup->on_done(lookup, &err);
}

static void on_found(struct storage_call *call, const struct error *err)
{
    struct lookup *lookup = CONTAINER_OF(call, struct lookup, find.call);
    struct error problem = {0};

    if (err) {
        lookup->on_done(lookup, err);
        return;
    }
    if (lookup->find.match_count == 0) {
        not_found(lookup);
        return;
    }
    if (lookup->find.match_count > 1) {
        error_set(&problem, E_CONFLICT, "more than one flow has a run " TEXT_FMT,
                  TEXT_ARG(lookup->workflow_id));
        error_hint(&problem, "Use the whole id; see `weir runs list`.");
        lookup->on_done(lookup, &problem);
        return;
    }
    lookup->run = lookup->find.id;
    lookup->on_done(lookup, NULL);
}

void lookup_start(struct lookup *lookup)
{
    struct text slug;
    int64_t number;

    if (!workflow_id_parse(lookup->workflow_id, lookup->request->workspace_name, &slug, &number)) {
        not_found(lookup);
        return;
    }
    lookup->find = (struct run_find){
        .call = request_read(lookup->request, on_found), .slug = slug, .number = number};
    run_record_find_start(&lookup->find);
}
