/*
 * Approval pages. Links go through mail and chat, where programs open them to look: so a GET
 * changes nothing, and every state of the wait has its page.
 *
 *     workspace -> link's token -> wait -> page (GET)
 *                                       -> verdict -> delivery -> page (POST)
 */
#include "gateway/approval.h"

#include "base/clock.h"
#include "gateway/delivery.h"
#include "gateway/page.h"
#include "gateway/record.h"
#include "gateway/tenant.h"
#include "gateway/verdict.h"
#include "gateway/workflow_id.h"
#include "storage/wait_record.h"

struct approval {
    struct request *request;
    bool decides;
    struct text action;
    const struct json *asked; /* the approval: title, params, actions, fields */
    struct wait_get get;
    struct delivery delivery;
};

static void send_message(struct request *request, int status, const char *title,
                         struct text message)
{
    const struct page_value values[] = {
        {.name = "title", .value = text_from(title)}, {.name = "message", .value = message}, {0}};

    page_send(request, status, "message.html", values);
}

static void send_error(struct request *request, const struct error *err)
{
    send_message(request, error_http_status(err->code), "This did not work",
                 arena_text(&request->arena, text_from(err->message)));
}

static void send_gone(struct request *request)
{
    send_message(request, 404, "This link is not valid",
                 TEXT("It may have been cut off when it was copied. Open it again from where it "
                      "was sent to you."));
}

/* "approve" as a button says it: "Approve". */
static struct text capitalized(struct arena *arena, struct text word)
{
    char *copy = arena_cstr(arena, word);

    if (word.len > 0 && copy[0] >= 'a' && copy[0] <= 'z') copy[0] = (char)(copy[0] - 32);
    return (struct text){copy, word.len};
}

/* A field of the posted form, decoded; absent when it is not there. */
static struct text form_field(struct request *request, struct text wanted)
{
    struct text rest = request->body;

    while (rest.ptr) {
        struct text pair = text_cut(&rest, '&');
        struct text key = request_decode(&request->arena, text_cut(&pair, '='), true);

        if (key.ptr && text_equal(key, wanted)) {
            return request_decode(&request->arena, pair.ptr ? pair : TEXT(""), true);
        }
    }
    return TEXT_NONE;
}

static void write_attribute(struct buf *out, const char *name, struct text value)
{
    buf_printf(out, " %s=\"", name);
    page_escape(out, value);
    buf_char(out, '"');
}

static void write_select(struct buf *out, const struct json *options, struct text name,
                         struct text chosen)
{
    buf_cstr(out, "<select");
    write_attribute(out, "name", name);
    buf_cstr(out, "><option value=\"\"></option>");
    for (size_t i = 0; i < json_count(options); i++) {
        struct buf option CLEANUP(buf_done) = {0};

        verdict_print_option(&option, json_item(options, i));
        buf_cstr(out, "<option");
        if (text_equal(buf_get(&option), chosen)) buf_cstr(out, " selected");
        buf_char(out, '>');
        page_escape(out, buf_get(&option));
        buf_cstr(out, "</option>");
    }
    buf_cstr(out, "</select>");
}

/* What types a person's input best; the value is checked when it comes. */
static const char *input_type(struct text type)
{
    static const char *const same[] = {"date", "time", "email", "password"};

    for (size_t i = 0; i < ARRAY_COUNT(same); i++) {
        if (text_equal(type, text_from(same[i]))) return same[i];
    }
    return "text";
}

static void write_input(struct buf *out, const struct json *field, struct text name,
                        struct text value)
{
    struct text type = json_get_text(field, "type");

    if (text_equal(type, TEXT("select"))) {
        write_select(out, json_get(field, "options"), name, value);
    } else if (text_equal(type, TEXT("checkbox")) || text_equal(type, TEXT("boolean"))) {
        // A box that is not ticked sends nothing, which would stand for the default.
        buf_cstr(out, "<select");
        write_attribute(out, "name", name);
        buf_printf(out,
                   "><option value=\"true\"%s>yes</option><option value=\"false\"%s>no</option>",
                   text_equal(value, TEXT("true")) ? " selected" : "",
                   text_equal(value, TEXT("true")) ? "" : " selected");
        buf_cstr(out, "</select>");
    } else if (text_equal(type, TEXT("textarea")) || text_equal(type, TEXT("json"))) {
        buf_cstr(out, "<textarea");
        write_attribute(out, "name", name);
        buf_char(out, '>');
        page_escape(out, value);
        buf_cstr(out, "</textarea>");
    } else {
        buf_printf(out, "<input type=\"%s\"%s", input_type(type),
                   text_equal(type, TEXT("number")) ? " inputmode=\"decimal\"" : "");
        write_attribute(out, "name", name);
        write_attribute(out, "value", value);
        buf_char(out, '>');
    }
}

/* The form's fields, one input each: with what was posted, or else their defaults. */
static void write_fields(struct buf *out, struct request *request, const struct json *fields)
{
    for (size_t i = 0; i < json_count(fields); i++) {
        const struct json *field = json_item(fields, i);
        struct text label = json_get_text(field, "label");
        struct text name = arena_printf(&request->arena, "value." TEXT_FMT,
                                        TEXT_ARG(json_get_text(field, "name")));
        struct text posted = form_field(request, name);
        struct buf value CLEANUP(buf_done) = {0};

        if (posted.ptr) {
            buf_text(&value, posted);
        } else {
            verdict_print_option(&value, json_get(field, "default"));
        }
        buf_cstr(out, "<label>");
        page_escape(out, label.ptr ? label : json_get_text(field, "name"));
        if (json_bool(json_get(field, "required"), false)) buf_cstr(out, " (required)");
        write_input(out, field, name, buf_get(&value));
        buf_cstr(out, "</label>");
    }
}

static void send_form(struct approval *approval, const char *problem)
{
    struct request *request = approval->request;
    const struct wait_record *wait = &approval->get.wait;
    struct text title = json_get_text(approval->asked, "title");
    const struct json *params = json_get(approval->asked, "params");
    struct buf shown CLEANUP(buf_done) = {0};
    struct buf fields CLEANUP(buf_done) = {0};
    struct buf until CLEANUP(buf_done) = {0};

    if (params) page_write_json(&shown, params);
    if (text_equal(approval->action, TEXT("approve"))) {
        write_fields(&fields, request, json_get(approval->asked, "fields"));
    }
    if (wait->deadline_ms > 0) clock_format_iso(&until, wait->deadline_ms);
    const struct page_value values[] = {
        {.name = "title", .value = title.ptr ? title : TEXT("A decision is asked of you")},
        {.name = "params", .value = buf_get(&shown), .is_markup = true},
        {.name = "fields", .value = buf_get(&fields), .is_markup = true},
        {.name = "action", .value = capitalized(&request->arena, approval->action)},
        {.name = "kind", .value = approval->action},
        {.name = "problem", .value = text_from(problem)},
        {.name = "flow", .value = wait->slug},
        {.name = "run",
         .value = workflow_id_format(&request->arena, wait->slug, request->workspace_name,
                                     wait->run_number)},
        {.name = "workspace", .value = request->workspace_name},
        {.name = "until", .value = buf_get(&until)},
        {0},
    };

    page_send(request, problem[0] ? 422 : 200, "approval.html", values);
}

static void send_state(struct request *request, const struct wait_record *wait)
{
    if (wait->status == WAIT_RESOLVED) {
        send_message(request, 200, "This has been decided",
                     arena_printf(&request->arena,
                                  "The answer was “" TEXT_FMT "”, by " TEXT_FMT ".",
                                  TEXT_ARG(wait->action), TEXT_ARG(wait->resolved_by)));
    } else {
        send_message(request, 410, "This is no longer asked",
                     TEXT("The time to decide has passed, or the run has ended."));
    }
}

static void on_delivered(struct delivery *delivery, const struct error *err)
{
    struct approval *approval = CONTAINER_OF(delivery, struct approval, delivery);
    struct error problem = {0};

    if (err || delivery_error(delivery, &problem)) {
        send_error(approval->request, err ? err : &problem);
        return;
    }
    send_message(approval->request, 200,
                 text_equal(approval->action, TEXT("reject")) ? "Rejected" : "Approved",
                 TEXT("Your decision is recorded and the run goes on. You can close this page."));
}

static const struct json *form_values(struct approval *approval)
{
    struct request *request = approval->request;
    const struct json *fields = json_get(approval->asked, "fields");
    struct buf json CLEANUP(buf_done) = {0};
    struct json_writer writer;
    struct error ignored = {0};

    if (json_count(fields) == 0) return NULL;
    json_write_init(&writer, &json);
    json_write_object(&writer);
    for (size_t i = 0; i < json_count(fields); i++) {
        struct text name = json_get_text(json_item(fields, i), "name");
        struct text value =
            form_field(request, arena_printf(&request->arena, "value." TEXT_FMT, TEXT_ARG(name)));

        if (!value.ptr) continue;
        json_write_key_text(&writer, name);
        json_write_text(&writer, value);
    }
    json_write_object_end(&writer);
    return json_read(&request->arena, buf_get(&json), &ignored);
}

static void decide(struct approval *approval)
{
    struct request *request = approval->request;
    const struct wait_record *wait = &approval->get.wait;
    struct buf payload CLEANUP(buf_done) = {0};
    struct error err = {0};
    struct verdict verdict = {.action = approval->action,
                              .note = form_field(request, TEXT("note")),
                              .values = form_values(approval)};

    if (!verdict_encode(approval->asked, &verdict, &payload, &err)) {
        send_form(approval, arena_cstr(&request->arena, text_from(err.message)));
        return;
    }
    approval->delivery = (struct delivery){
        .request = request,
        .wait_id = wait->id,
        .mode = WAIT_APPROVAL,
        .action = approval->action,
        .by = TEXT("link"),
        .digest = wait->digest,
        .payload = arena_text(&request->arena, buf_get(&payload)),
        .on_done = on_delivered,
    };
    delivery_start(&approval->delivery);
}

static void on_wait(struct storage_call *call, const struct error *err)
{
    struct approval *approval = CONTAINER_OF(call, struct approval, get.call);
    struct request *request = approval->request;
    const struct wait_record *wait = &approval->get.wait;

    if (err) {
        send_error(request, err);
        return;
    }
    if (!approval->get.found || wait->mode != WAIT_APPROVAL) {
        send_gone(request);
        return;
    }
    if (wait->status != WAIT_OPEN) {
        send_state(request, wait);
        return;
    }
    approval->asked = json_get(record_decode(&request->arena, wait->asked), "approval");
    if (!verdict_allows(approval->asked, approval->action)) {
        send_gone(request);
        return;
    }
    if (json_int(json_get(approval->asked, "approvers"), 1) > 1) {
        send_message(request, 403, "Sign in to decide",
                     TEXT("This approval takes more than one reviewer, so a link is not enough: "
                          "use the API or `weir waits approve` with a token of your own."));
        return;
    }
    if (approval->decides) {
        decide(approval);
    } else {
        send_form(approval, "");
    }
}

static void open_wait(struct request *request, bool decides)
{
    struct approval *approval = ARENA_NEW(&request->arena, struct approval);
    struct text id = request_param(request, "waitId");
    struct text token = request_query(request, "token");

    approval->request = request;
    approval->decides = decides;
    approval->action = request_param(request, "action");
    if (!token.ptr || !vault_link_check(request->wait_key, request->wait_key_version, id,
                                        approval->action, token)) {
        send_gone(request);
        return;
    }
    approval->get = (struct wait_get){.call = request_read(request, on_wait), .id = id};
    wait_record_get_start(&approval->get);
}

static void open_to_show(struct request *request)
{
    open_wait(request, false);
}

static void open_to_decide(struct request *request)
{
    open_wait(request, true);
}

void approval_show(struct request *request)
{
    tenant_load(request, request_param(request, "workspace"), open_to_show);
}

void approval_decide(struct request *request)
{
    tenant_load(request, request_param(request, "workspace"), open_to_decide);
}
