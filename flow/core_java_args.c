#include "flow/core_java_args.h"

#include "flow/java_zone.h"
#include "flow/number.h"

/* Reading a zone's rules from its file, should the heap not have them. */
#define ZONE_FUEL 100

bool core_java_args_charge_zone(struct native_call *call)
{
    return native_charge(call, ZONE_FUEL);
}

static bool is_of(struct value value, uint32_t kinds)
{
    return value.type == VALUE_JAVA && (kinds & CORE_JAVA_KIND(value.object->kind));
}

/* What stands in a message: one of the kinds, the first. */
static const char *example_of(uint32_t kinds)
{
    for (uint32_t kind = 0; kind < JAVA_KINDS; kind++) {
        if (kinds & CORE_JAVA_KIND(kind)) return java_value_class_of((enum java_kind)kind);
    }
    return "a value of java.time";
}

bool core_java_args_method(struct native_call *call, uint32_t kinds)
{
    if (!is_of(call->args[0], kinds)) return core_args_wrong(call, 0, example_of(kinds));
    return !is_of(call->args[0], CORE_JAVA_KIND(JAVA_ZONED_DATE_TIME)) ||
           core_java_args_charge_zone(call);
}

bool core_java_args_self(struct native_call *call, uint32_t kinds, struct java_moment *out)
{
    return core_java_args_method(call, kinds) &&
           (java_moment_of(call->args[0], out) || core_args_wrong(call, 0, "a date or a time"));
}

bool core_java_args_kind(struct native_call *call, uint32_t index, enum java_kind kind)
{
    if (java_value_is(call->args[index], kind)) return true;
    return core_args_wrong(call, index, java_value_class_of(kind));
}

bool core_java_args_moment(struct native_call *call, uint32_t index, enum java_kind kind,
                           struct java_moment *out)
{
    *out = (struct java_moment){.kind = kind, .zone = value_nil()};
    return core_java_args_kind(call, index, kind) &&
           (java_moment_of(call->args[index], out) || core_args_wrong(call, index, "a time"));
}

bool core_java_args_temporal(struct native_call *call, uint32_t index, struct java_moment *out)
{
    if (!java_moment_of(call->args[index], out)) {
        return core_args_wrong(call, index, "a date or a time of java.time");
    }
    return out->kind != JAVA_ZONED_DATE_TIME || core_java_args_charge_zone(call);
}

bool core_java_args_unit(struct native_call *call, uint32_t index, enum java_time_unit *out)
{
    *out = JAVA_TIME_NANO;
    if (!java_value_is(call->args[index], JAVA_UNIT)) {
        return core_args_wrong(call, index, "a unit, as java.time.temporal.ChronoUnit/DAYS");
    }
    *out = (enum java_time_unit)java_value_time(call->args[index]).seconds;
    return true;
}

bool core_java_args_field(struct native_call *call, uint32_t index, enum java_field *out)
{
    *out = JAVA_FIELD_YEAR;
    if (!java_value_is(call->args[index], JAVA_FIELD)) {
        return core_args_wrong(call, index, "a field, as java.time.temporal.ChronoField/YEAR");
    }
    *out = (enum java_field)java_value_time(call->args[index]).seconds;
    return true;
}

bool core_java_args_zone(struct native_call *call, uint32_t index, struct value *out)
{
    *out = call->args[index];
    if (!java_zone_is(*out)) {
        return core_args_wrong(call, index, "a zone, as (java.time.ZoneId/of \"Europe/Oslo\")");
    }
    return core_java_args_charge_zone(call);
}

bool core_java_args_offset(struct native_call *call, uint32_t index, int32_t *out_s)
{
    *out_s = 0;
    return core_java_args_kind(call, index, JAVA_OFFSET) &&
           java_zone_is_fixed(call->args[index], out_s);
}

/* Where Java has a method of integers and one that takes a month, it chooses by the classes of all
 * arguments before it converts one. */
static bool are_ints(struct native_call *call, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct value arg = call->args[i];
        bool month = i == 1 && (value_is_nil(arg) || java_value_is(arg, JAVA_MONTH));

        if (arg.type != VALUE_INT && !month) return core_args_invalid(call, i, "an integer");
    }
    return true;
}

bool core_java_args_ints(struct native_call *call, uint32_t count, bool chosen, int64_t *out)
{
    if (chosen && !are_ints(call, count)) return false;
    for (uint32_t i = 0; i < count; i++) {
        struct java_moment month;

        if (i == 1 && java_value_is(call->args[i], JAVA_MONTH) &&
            java_moment_of(call->args[i], &month)) {
            if (!java_moment_get(&month, JAVA_FIELD_MONTH_OF_YEAR, &out[i], call->err)) {
                return false;
            }
        } else if (i == 1 && value_is_nil(call->args[i])) {
            return native_wrong_type(call, i, "month");
        } else if (!core_args_int32(call, i, &out[i])) {
            return false;
        }
    }
    return true;
}

bool core_java_args_give(struct native_call *call, const struct java_moment *moment,
                         struct value *out)
{
    *out = java_moment_value(call->heap, moment);
    return true;
}

enum java_kind core_java_args_class(const struct native_call *call)
{
    struct text name = text_from(call->entry->name), prefix = TEXT("java.time.");

    ASSERT(text_starts_with(name, prefix));
    name = text_slice(name, prefix.len, name.len);
    name = text_cut(&name, '/');
    for (uint32_t kind = JAVA_INSTANT; kind < JAVA_KINDS; kind++) {
        if (text_equal(name, text_from(java_value_class_short((enum java_kind)kind)))) {
            return (enum java_kind)kind;
        }
    }
    ASSERT(!"the class of the entry is a kind");
    return JAVA_KINDS;
}
