/*
 * Schedules: when the clock starts the flow. Whether a cron expression and a time zone are right is
 * asked of the caller of the lint; here they only have to be there.
 */
#include "flow/definition_internal.h"

static bool id_is_taken(const struct definition *definition, struct text id)
{
    for (uint32_t i = 0; i < definition->schedule_count; i++) {
        if (text_equal(definition->schedules[i].id, id)) return true;
    }
    return false;
}

static struct text read_id(struct definition_reading *reading, const struct form *map,
                           const char *path)
{
    const struct form *form = definition_get(map, "id");
    struct text id = definition_id(form);

    if (!form) {
        definition_error(reading, "missing_required_field", map, path,
                         "Add a stable name such as :id :daily.", "the schedule has no :id");
    } else if (!id.ptr) {
        definition_error(reading, "invalid_required_field", form, path,
                         "Use a keyword such as :daily.",
                         "a schedule's :id is a letter, then letters, digits, - and _");
    } else if (id_is_taken(reading->definition, id)) {
        definition_error(reading, "duplicate_schedule_id", form, path,
                         "Keep schedule ids unique in the flow.", "the schedule's :id is taken");
    }
    return id;
}

static struct text read_invocation(struct definition_reading *reading, const struct form *map,
                                   const char *path)
{
    const struct form *form = definition_get(map, "invocation");
    struct text id = definition_id(form);

    if (!form) return TEXT_NONE;
    if (!id.ptr || !definition_find_invocation(reading->definition, id)) {
        if (id.ptr && reading->invocations_broken) return TEXT_NONE;
        definition_error(reading, "unknown_schedule_invocation", form, path,
                         definition_invocation_hint(reading),
                         "the schedule's :invocation is not declared");
        definition_fix_invocation(reading, form);
        return TEXT_NONE;
    }
    return id;
}

static struct text read_catch_up(struct definition_reading *reading, const struct form *map,
                                 const char *path)
{
    static const char *const names[] = {"latest", "none", "all", NULL};
    const struct form *form = definition_get(map, "catch-up");
    int index = form ? definition_choice(form, names) : 0;

    if (index >= 0) return text_from(names[index]);
    definition_error(reading, "invalid_required_field", form, path, "Use :latest, :none or :all.",
                     definition_wrong(reading, "catch-up", form));
    definition_fix_choice(reading->diagnostics, form, names);
    return TEXT("latest");
}

static bool is_given(const struct form *input, struct text name)
{
    for (uint32_t i = 0; i + 1 < input->count; i += 2) {
        const struct form *key = input->items[i];

        if (key->kind != FORM_SYMBOL && text_equal(form_name(key), name)) {
            return input->items[i + 1]->kind != FORM_NIL;
        }
    }
    return false;
}

/* Nobody is there to be asked when the clock starts a run. */
static void check_input(struct definition_reading *reading,
                        const struct definition_schedule *schedule, const char *path)
{
    const struct definition_invocation *invocation =
        schedule->invocation.ptr
            ? definition_find_invocation(reading->definition, schedule->invocation)
            : NULL;

    for (uint32_t i = 0; invocation && i < invocation->input_count; i++) {
        const struct definition_input *input = &invocation->inputs[i];

        if (!input->required || input->default_value) continue;
        if (schedule->input && is_given(schedule->input, input->name)) continue;
        diagnostic_add(reading->diagnostics, DIAGNOSTIC_ERROR, "missing_schedule_input",
                       schedule->input ? schedule->input : schedule->form, path,
                       "Add it to the schedule's :input {…}, or give the input a :default.",
                       "the schedule's :input lacks :" TEXT_FMT ", which its invocation requires",
                       TEXT_ARG(input->name));
    }
}

static void read_schedule(struct definition_reading *reading, const struct form *map,
                          const char *path)
{
    static const char *const keys[] = {"id",      "label", "description", "cron",     "timezone",
                                       "enabled", "input", "invocation",  "catch-up", NULL};
    struct diagnostics *diagnostics = reading->diagnostics;
    struct definition *definition = reading->definition;

    if (map->kind != FORM_MAP) {
        definition_error(reading, "invalid_required_field", map, path,
                         "Use {:id :daily :cron \"0 9 * * *\" :timezone \"Europe/Oslo\"}.",
                         "a schedule must be a map");
        return;
    }
    struct definition_schedule schedule = {.form = map};

    definition_check_keys(diagnostics, map, keys, path);
    schedule.id = read_id(reading, map, path);
    schedule.cron = definition_string(diagnostics, map, "cron", path);
    if (!definition_get(map, "cron")) {
        definition_error(reading, "missing_required_field", map, path,
                         "Add :cron \"0 9 * * MON-FRI\".", "the schedule has no :cron");
    }
    schedule.timezone = definition_string(diagnostics, map, "timezone", path);
    if (!schedule.timezone.ptr) schedule.timezone = TEXT("UTC");
    schedule.invocation = read_invocation(reading, map, path);
    schedule.catch_up = read_catch_up(reading, map, path);
    schedule.enabled = definition_bool(diagnostics, map, "enabled", path, true);
    schedule.input = form_unquote(definition_get(map, "input"));
    if (schedule.input && schedule.input->kind != FORM_MAP) {
        definition_error(reading, "invalid_required_field", schedule.input, path,
                         "Use a map such as :input {:days 7}.",
                         "a schedule's :input must be a map");
    }
    if (!schedule.input || schedule.input->kind == FORM_MAP) {
        check_input(reading, &schedule, path);
    }
    definition->schedules[definition->schedule_count++] = schedule;
}

void definition_schedules_read(struct definition_reading *reading, const struct form *form)
{
    struct definition *definition = reading->definition;
    const struct form *triggers = definition_get(definition->root, "triggers");
    uint32_t count = (form ? form->count : 0) + (triggers ? triggers->count : 0);

    if (definition_too_many(reading, count, form ? form : triggers, ":schedules")) return;
    definition->schedules = ARENA_ARRAY(definition->arena, count + 1, struct definition_schedule);
    if (!form) return;
    if (form->kind != FORM_VECTOR) {
        definition_error(reading, "invalid_required_field", form, ":schedules",
                         "Use :schedules [{:id :daily :cron \"0 9 * * *\"}].",
                         ":schedules must be a vector of maps");
        return;
    }
    for (uint32_t i = 0; i < form->count; i++) {
        read_schedule(reading, form->items[i],
                      arena_printf(definition->arena, ":schedules [%u]", i).ptr);
    }
}
