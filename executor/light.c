#include "executor/light.h"

#include "base/assert.h"
#include "base/memory.h"

struct light_workspace {
    int64_t id; /* the key */
    int run_count;
};

static struct text key_of(const int64_t *id)
{
    return (struct text){(const char *)id, sizeof(*id)};
}

void light_done(struct light *light)
{
    ASSERT(light->workspaces.count == 0 && light->count == 0);
    map_done(&light->workspaces);
}

void light_enter(struct light *light, struct light_place *place, int64_t workspace, bool is_known)
{
    struct light_workspace *entry = map_find(&light->workspaces, key_of(&workspace));

    if (!entry) {
        entry = MEMORY_NEW(struct light_workspace);
        entry->id = workspace;
        map_put(&light->workspaces, key_of(&entry->id), entry);
    }
    place->workspace = entry;
    place->is_light =
        is_known || (entry->run_count < LIGHT_RUNS_EACH && light->count < LIGHT_RUNS_MAX &&
                     light->run_count - entry->run_count >= LIGHT_BESIDE);
    entry->run_count++;
    light->run_count++;
    light->count += place->is_light;
}

void light_leave(struct light *light, struct light_place *place)
{
    struct light_workspace *entry = place->workspace;

    light->count -= place->is_light;
    light->run_count--;
    if (--entry->run_count > 0) return;
    map_remove(&light->workspaces, key_of(&entry->id));
    memory_free(entry);
}
