/*
 * Triggers: the older way to say how a flow starts. Each becomes an interface or a schedule, so
 * that nothing behind the definition knows of them. A trigger's :fields become an invocation of its
 * id.
 */
#include "flow/definition_internal.h"

/* :id, or the kind and the number of the trigger. */
static struct text trigger_id(struct definition_reading *reading, const struct form *map,
                              const char *kind, uint32_t index)
{
    struct text id = definition_id(definition_get(map, "id"));

    if (id.ptr) return id;
    if (index == 0) return text_from(kind);
    return arena_printf(reading->definition->arena, "%s-%u", kind, index + 1);
}

/* The invocation of the trigger's :fields; else :default, if the flow declares it. */
static struct text trigger_invocation(struct definition_reading *reading, struct text id,
                                      const struct form *config, const char *path)
{
    struct definition *definition = reading->definition;
    const struct form *fields = definition_get(config, "fields");

    if (definition_find_invocation(definition, TEXT("default"))) return TEXT("default");
    if (!fields) return TEXT_NONE;
    uint32_t count = definition->invocation_count;
    struct definition_invocation *grown =
        ARENA_ARRAY(definition->arena, count + 1, struct definition_invocation);

    if (count > 0) memcpy(grown, definition->invocations, count * sizeof(*grown));
    definition->invocations = grown;
    definition->invocation_count = count + 1;
    grown[count].id = id;
    definition_invocations_inputs(reading, &grown[count], fields,
                                  arena_printf(definition->arena, "%s :fields", path).ptr);
    return id;
}

static void read_schedule(struct definition_reading *reading, const struct form *map,
                          const struct form *config, const char *path, uint32_t index)
{
    struct definition *definition = reading->definition;
    struct diagnostics *diagnostics = reading->diagnostics;
    struct definition_schedule schedule = {.form = config ? config : map};

    schedule.id = trigger_id(reading, map, "schedule", index);
    schedule.cron = definition_string(diagnostics, config, "cron", path);
    schedule.timezone = definition_string(diagnostics, config, "timezone", path);
    if (!definition_get(config, "cron")) {
        definition_error(reading, "missing_required_field", map, path,
                         "Add :config {:cron \"0 9 * * *\"}.",
                         "a :schedule trigger needs :cron in its :config");
    }
    if (!schedule.timezone.ptr) schedule.timezone = TEXT("UTC");
    schedule.invocation = trigger_invocation(reading, schedule.id, config, path);
    schedule.catch_up = TEXT("latest");
    schedule.enabled = definition_bool(diagnostics, map, "enabled", path, true);
    schedule.input = form_unquote(definition_get(config, "input"));
    if (schedule.input && schedule.input->kind != FORM_MAP) schedule.input = NULL;
    definition->schedules[definition->schedule_count++] = schedule;
}

static void read_event(struct definition_reading *reading, const struct form *map,
                       const struct form *config, const char *path,
                       struct definition_interface *interface)
{
    struct diagnostics *diagnostics = reading->diagnostics;
    const struct form *source = definition_get(config, "source");
    struct text name = source ? form_name(source) : TEXT("webhook");

    if (!text_equal(name, TEXT("webhook"))) {
        definition_error(reading, "invalid_required_field", source, path,
                         "Use :source :webhook, with :event-name and :auth.",
                         "an :event trigger comes from a :webhook");
        return;
    }
    interface->event_name = definition_string(diagnostics, config, "event-name", path);
    interface->path = definition_string(diagnostics, config, "path", path);
    if (!interface->path.ptr) interface->path = interface->event_name;
    while (text_starts_with(interface->path, TEXT("/"))) {
        interface->path = text_slice(interface->path, 1, interface->path.len);
    }
    if (interface->path.len == 0) {
        definition_error(reading, "missing_required_field", map, path,
                         "Add :event-name \"orders.created\".",
                         "an :event trigger needs :event-name in its :config");
    }
    definition_interfaces_auth(reading, definition_get(config, "auth"), config ? config : map, path,
                               &interface->auth);
}

static void read_interface(struct definition_reading *reading, const struct form *map,
                           const struct form *config, bool event, const char *path, uint32_t index)
{
    struct definition *definition = reading->definition;
    struct diagnostics *diagnostics = reading->diagnostics;
    struct definition_interface interface = {
        .kind = event ? INTERFACE_WEBHOOK : INTERFACE_MANUAL,
        .form = map,
        .method = TEXT("post"),
        .auth.type = TEXT("none"),
    };

    interface.id = trigger_id(reading, map, event ? "event" : "manual", index);
    interface.label = definition_words(diagnostics, map, "label", path);
    interface.enabled = definition_bool(diagnostics, map, "enabled", path, true);
    for (uint32_t i = 0; i < definition->interface_count; i++) {
        if (!text_equal(definition->interfaces[i].id, interface.id)) continue;
        definition_error(reading, "duplicate_interface_id", map, path,
                         "Give the trigger another :id.", "the trigger's id is taken");
    }
    interface.invocation = trigger_invocation(reading, interface.id, config, path);
    if (event) {
        read_event(reading, map, config, path, &interface);
    } else {
        diagnostic_add(diagnostics, DIAGNOSTIC_WARNING, "deprecated_manual_trigger", map, path,
                       "Use :interfaces {:manual [{:id :run :invocation :default}]} with "
                       ":invocations.",
                       "manual triggers are the older form");
        definition_trigger_fix(reading, map, &interface);
    }
    definition->interfaces[definition->interface_count++] = interface;
}

static void read_trigger(struct definition_reading *reading, const struct form *map,
                         const char *path, uint32_t index)
{
    static const char *const keys[] = {"id",      "type",   "label", "description",
                                       "enabled", "config", NULL};
    static const char *const types[] = {"manual", "schedule", "event", NULL};
    const struct form *form = definition_get(map, "type");
    int type = definition_choice(form, types);
    const struct form *config = definition_get(map, "config");

    if (type < 0) {
        definition_error(reading, "invalid_required_field", form ? form : map, path,
                         "Use :type :manual, :schedule or :event.",
                         map->kind == FORM_MAP ? "a trigger needs a known :type"
                                               : "a trigger must be a map");
        if (form) definition_fix_choice(reading->diagnostics, form, types);
        return;
    }
    definition_check_keys(reading->diagnostics, map, keys, path);
    if (config && config->kind != FORM_MAP) {
        definition_error(reading, "invalid_required_field", config, path, "Write :config as a map.",
                         "a trigger's :config must be a map");
        return;
    }
    if (type == 1) {
        read_schedule(reading, map, config, path, index);
        return;
    }
    read_interface(reading, map, config, type == 2, path, index);
}

void definition_triggers_read(struct definition_reading *reading, const struct form *form)
{
    if (!form) return;
    if (form->kind != FORM_VECTOR) {
        definition_error(reading, "invalid_required_field", form, ":triggers",
                         "Use :interfaces and :schedules instead.",
                         ":triggers must be a vector of maps");
        return;
    }
    // Without room for all of them, interfaces or schedules have said so.
    if (!reading->definition->interfaces || !reading->definition->schedules) return;
    for (uint32_t i = 0; i < form->count; i++) {
        read_trigger(reading, form->items[i],
                     arena_printf(reading->definition->arena, ":triggers [%u]", i).ptr, i);
    }
}
