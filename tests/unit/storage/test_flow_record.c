/*
 * Flows, versions, releases, doors and schedules.
 */
#include "tests/unit/storage/storage_fixture.h"

static struct flow_get get_flow(const char *slug, enum flow_source which, int number)
{
    struct flow_get get = {.call = fixture_call(),
                           .slug = text_from(slug),
                           .which = which,
                           .number = number,
                           .with_source = true};

    flow_record_get_start(&get);
    fixture_await_well();
    return get;
}

static void the_same_bytes_twice_are_one_version(void **state)
{
    int64_t first = fixture_flow("same", "one", false);
    (void)state;

    assert_int_not_equal(fixture_flow("same", "two", false), first);
    assert_int_equal(fixture_flow("same", "one", false), first);

    struct flow_get draft = get_flow("same", FLOW_DRAFT, 0);

    assert_int_equal(draft.version.number, 1);
    assert_text(draft.version.source, "one");
    assert_int_equal(draft.flow.draft_number, 1);
    assert_text(get_flow("same", FLOW_LATEST, 0).version.source, "two");
    assert_text(get_flow("same", FLOW_VERSION, 2).version.source, "two");
    assert_false(get_flow("same", FLOW_VERSION, 3).has_version);
    assert_false(get_flow("same", FLOW_ACTIVE, 0).has_version);
    assert_false(get_flow("none", FLOW_DRAFT, 0).found);
}

static void a_release_moves_live_and_a_draft_does_not(void **state)
{
    (void)state;

    int64_t first = fixture_flow("live", "one", true);

    fixture_flow("live", "two", false);
    struct flow_get live = get_flow("live", FLOW_ACTIVE, 0);

    assert_int_equal(live.version.id, first);
    assert_int_equal(live.version.release, 1);
    assert_text(live.version.note, "a note");
    assert_int_equal(live.flow.live_release, 1);
    assert_int_equal(live.flow.draft_number, 2);
    fixture_flow("live", "two", true);
    assert_int_equal(get_flow("live", FLOW_ACTIVE, 0).flow.live_release, 2);

    struct version_get version = {.call = fixture_call(), .id = first};

    flow_record_version_start(&version);
    fixture_await_well();
    assert_true(version.found);
    assert_text(version.version.source, "one");
    assert_text(version.version.slug, "live");

    struct version_list list = {.call = fixture_call(), .slug = TEXT("live"), .limit = 1};

    flow_record_versions_start(&list);
    fixture_await_well();
    assert_true(list.found);
    assert_int_equal(list.count, 1);
    assert_true(list.has_more);
    assert_int_equal(list.versions[0].number, 2);
    assert_null(list.versions[0].source.ptr);
}

static void flows_are_listed_by_slug_and_archived_ones_only_when_asked(void **state)
{
    (void)state;
    fixture_flow("la", "1", false);
    fixture_flow("lb", "1", true);
    fixture_flow("lc", "1", true);
    struct flow_archive archive = {.call = fixture_call(), .slug = TEXT("lb")};

    flow_record_archive_start(&archive);
    fixture_await_well();
    struct flow_list list = {.call = fixture_call(), .after_slug = TEXT("l"), .limit = 1};

    flow_record_list_start(&list);
    fixture_await_well();
    assert_int_equal(list.count, 1);
    assert_text(list.flows[0].slug, "la");
    assert_true(list.has_more);
    list = (struct flow_list){.call = fixture_call(), .after_slug = TEXT("la"), .limit = 1};
    flow_record_list_start(&list);
    fixture_await_well();
    assert_text(list.flows[0].slug, "lc");
    list = (struct flow_list){
        .call = fixture_call(), .after_slug = TEXT("la"), .limit = 1, .with_archived = true};
    flow_record_list_start(&list);
    fixture_await_well();
    assert_text(list.flows[0].slug, "lb");
    assert_true(list.flows[0].archived_ms > 0);
    fixture_flow("lb", "1", false); // a push brings it back, as a draft
    assert_int_equal(get_flow("lb", FLOW_DRAFT, 0).flow.archived_ms, 0);
    assert_false(get_flow("lb", FLOW_ACTIVE, 0).has_version);
}

static struct endpoint_find find_door(const char *path, enum flow_target target)
{
    struct endpoint_find find = {.call = fixture_call(),
                                 .kind = ENDPOINT_WEBHOOK,
                                 .target = target,
                                 .path = text_from(path)};

    endpoint_find_start(&find);
    fixture_await_well();
    return find;
}

static struct flow_put put_with_door(const char *slug, const struct endpoint *door)
{
    struct flow_put put = {.call = fixture_call(),
                           .slug = text_from(slug),
                           .name = TEXT("n"),
                           .source = TEXT("s"),
                           .language = 1,
                           .endpoints = door,
                           .endpoint_count = door ? 1 : 0};

    flow_record_put_start(&put);
    fixture_await_well();
    return put;
}

static void a_door_belongs_to_one_flow_of_a_target(void **state)
{
    struct endpoint door = {.kind = ENDPOINT_WEBHOOK,
                            .path = TEXT("orders.created"),
                            .interface_id = TEXT("hook"),
                            .invocation = TEXT("default"),
                            .auth_type = TEXT("hmac-sha256"),
                            .secret_name = TEXT("orders"),
                            .auth_header = TEXT("X-Signature"),
                            .respond_ack = true,
                            .enabled = true};
    (void)state;

    struct flow_put put = put_with_door("door", &door);

    assert_int_equal(put.outcome, FLOW_PUT_SAVED);
    struct endpoint_find find = find_door("orders.created", TARGET_DRAFT);

    assert_true(find.found);
    assert_text(find.endpoint.slug, "door");
    assert_text(find.endpoint.secret_name, "orders");
    assert_true(find.endpoint.respond_ack);
    assert_null(find.endpoint.auth_query.ptr);
    assert_false(find_door("orders.created", TARGET_LIVE).found);

    struct flow_put other = put_with_door("otherdoor", &door);

    assert_int_equal(other.outcome, FLOW_PUT_TAKEN);
    assert_text(other.taken, "door has orders.created");
    assert_false(get_flow("otherdoor", FLOW_DRAFT, 0).has_version);

    struct flow_release release = {.call = fixture_call(),
                                   .slug = TEXT("door"),
                                   .version = put.version,
                                   .endpoints = &door,
                                   .endpoint_count = 1};

    flow_record_release_start(&release);
    fixture_await_well();
    assert_int_equal(release.outcome, FLOW_RELEASED);
    put_with_door("door", NULL); // the draft gives it up, live keeps it
    assert_false(find_door("orders.created", TARGET_DRAFT).found);
    assert_true(find_door("orders.created", TARGET_LIVE).found);
    struct endpoint_list list = {.call = fixture_call(), .slug = TEXT("door")};

    endpoint_list_start(&list);
    fixture_await_well();
    assert_int_equal(list.count, 1);
}

static void a_schedule_fires_once_and_keeps_what_it_fired_over_a_release(void **state)
{
    int64_t version = fixture_flow("cron", "1", false);
    int64_t nominal = clock_wall_ms() - 5000;
    struct schedule schedule = {.id = TEXT("daily"),
                                .cron = TEXT("0 9 * * *"),
                                .timezone = TEXT("Europe/Oslo"),
                                .invocation = TEXT("default"),
                                .input = TEXT("in"),
                                .enabled = true,
                                .next_ms = nominal};
    (void)state;

    for (int i = 0; i < 2; i++) {
        struct flow_release release = {.call = fixture_call(),
                                       .slug = TEXT("cron"),
                                       .version = version,
                                       .schedules = &schedule,
                                       .schedule_count = 1};

        flow_record_release_start(&release);
        fixture_await_well();
        assert_int_equal(release.outcome, FLOW_RELEASED);
        struct schedule_due due = {.call = fixture_call(), .limit = 10};

        schedule_record_due_start(&due);
        fixture_await_well();
        assert_int_equal(due.count, 1);
        assert_true(due.now_ms > nominal);
        assert_int_equal(due.schedules[0].next_ms, nominal);
        assert_int_equal(due.schedules[0].version, version);
        assert_int_equal(due.schedules[0].last_ms, i == 0 ? 0 : nominal);
        assert_text(due.schedules[0].input, "in");
        assert_text(due.schedules[0].slug, "cron");
        for (int attempt = 0; attempt < 2; attempt++) {
            struct schedule_move move = {.workspace = world.workspace,
                                         .flow = due.schedules[0].flow,
                                         .target = TARGET_LIVE,
                                         .id = TEXT("daily"),
                                         .nominal_ms = nominal,
                                         .next_ms = nominal + 86400000};
            struct schedule_advance advance = {.call = fixture_call(), .moves = &move, .count = 1};

            schedule_record_advance_start(&advance);
            fixture_await_well();
            assert_int_equal(advance.moved, attempt == 0);
        }
    }
    struct schedule_due due = {.call = fixture_call(), .limit = 10};

    schedule_record_due_start(&due);
    fixture_await_well();
    assert_int_equal(due.count, 0);
    assert_int_equal(due.next_due_ms, nominal + 86400000);
    struct schedule_list list = {.call = fixture_call()};

    schedule_record_list_start(&list);
    fixture_await_well();
    assert_int_equal(list.count, 1);
    fixture_flow("cron", "2", true); // without schedules
    list = (struct schedule_list){.call = fixture_call()};
    schedule_record_list_start(&list);
    fixture_await_well();
    assert_int_equal(list.count, 0);
}

static void a_schedule_keeps_how_its_runs_are_admitted(void **state)
{
    int64_t version = fixture_flow("keeps", "1", false);
    struct schedule schedules[2] = {
        {.id = TEXT("a"), .cron = TEXT("@daily"), .timezone = TEXT("UTC"), .enabled = true},
        {.id = TEXT("b"),
         .cron = TEXT("@daily"),
         .timezone = TEXT("UTC"),
         .enabled = true,
         .key = TEXT("customer"),
         .limit = 3,
         .priority = 2,
         .on_new_version = ON_NEW_DRAIN,
         .on_conflict = ON_CONFLICT_DROP},
    };
    struct flow_release release = {.call = fixture_call(),
                                   .slug = TEXT("keeps"),
                                   .version = version,
                                   .schedules = schedules,
                                   .schedule_count = 2};
    (void)state;

    flow_record_release_start(&release);
    fixture_await_well();
    struct schedule_list list = {.call = fixture_call(), .slug = TEXT("keeps")};

    schedule_record_list_start(&list);
    fixture_await_well();
    assert_int_equal(list.count, 2);
    assert_null(list.schedules[0].key.ptr);
    assert_text(list.schedules[1].key, "customer");
    assert_int_equal(list.schedules[1].limit, 3);
    assert_int_equal(list.schedules[1].priority, 2);
    assert_int_equal(list.schedules[1].on_new_version, ON_NEW_DRAIN);
    assert_int_equal(list.schedules[1].on_conflict, ON_CONFLICT_DROP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_bytes_twice_are_one_version),
        cmocka_unit_test(a_release_moves_live_and_a_draft_does_not),
        cmocka_unit_test(flows_are_listed_by_slug_and_archived_ones_only_when_asked),
        cmocka_unit_test(a_door_belongs_to_one_flow_of_a_target),
        cmocka_unit_test(a_schedule_fires_once_and_keeps_what_it_fired_over_a_release),
        cmocka_unit_test(a_schedule_keeps_how_its_runs_are_admitted),
    };

    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
