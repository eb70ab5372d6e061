#include "flow/native.h"

bool native_pending(struct native_call *call, struct value lazy)
{
    call->pending = lazy;
    return false;
}

bool native_pending_ahead(struct native_call *call, struct value lazy, uint32_t count)
{
    call->ahead = count;
    return native_pending(call, lazy);
}

bool native_charge(struct native_call *call, int64_t fuel)
{
    if (fuel <= *call->fuel) {
        *call->fuel -= fuel;
        return true;
    }
    *call->fuel = 0;
    return error_set(call->err, E_FUEL, "%s: the run has no fuel left", call->entry->name);
}

int64_t native_budget(const struct native_call *call)
{
    return MIN(*call->fuel, INT64_MAX / NATIVE_LOOKS) * NATIVE_LOOKS;
}

bool native_spend(struct native_call *call, int64_t budget_left)
{
    int64_t spent = native_budget(call) - budget_left;

    return native_charge(call, spent / NATIVE_LOOKS + (budget_left < 0));
}

bool native_wrong_type(struct native_call *call, uint32_t index, const char *expected)
{
    struct value value = call->args[index];

    return error_set(call->err, value_is_nil(value) ? E_NULL : E_CAST,
                     "%s: argument %u is %s; expected a %s", call->entry->name, index + 1,
                     value_type_phrase(value), expected);
}
