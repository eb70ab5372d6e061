#include "tests/unit/executor/worker_fixture.h"

#define HTTP(path, rest) \
    "(flow/step :http :call {:url (str \"http://127.0.0.1:\" port \"" path "\") " rest "})"

static void a_body_without_steps_completes(void **state)
{
    (void)state;
    assert_result(bench_start("{:sum (+ 1 (:n input)) :slug (:flow-slug (:flow/ctx input))}",
                              "{\"n\": 41}", ""),
                  "{\"sum\":42,\"slug\":\"flow-1\"}");
}

static void function_steps_run_by_code_and_by_reference(void **state)
{
    const char *functions =
        ":functions [{:id :twice :language :clojure :code '(fn [input] (* 2 (:n input)))}]";

    (void)state;
    assert_result(
        bench_start("{:a (flow/step :function :a {:code \"(fn [x] (inc (:n x)))\" :input {:n 1}}) "
                    ":b (flow/step :function :b {:ref :twice :input {:n 21}})}",
                    "{}", functions),
        "{\"a\":2,\"b\":42}");
}

static void an_http_step_answers_status_and_body(void **state)
{
    int before = target_calls();

    (void)state;
    assert_result(bench_start("(let [r " HTTP("/json", "") "] [(:status r) (:n (:body r)) "
                                                           "(:content-type (:headers r))])",
                              "{}", ""),
                  "[200,1,\"application/json\"]");
    assert_int_equal(target_calls(), before + 1);
}

static void a_post_sends_json_with_an_idempotency_key(void **state)
{
    (void)state;
    assert_result(
        bench_start("(:body " HTTP("/echo", ":method :post :json {:a [1 {:b nil}]}") ")", "{}", ""),
        "{\"a\":[1,{\"b\":null}]}");
    assert_non_null(
        strstr(target.heads[(target_calls() - 1) % TARGET_CALLS_MAX], "Idempotency-Key: "));
}

static void a_retry_repeats_with_the_same_key_and_counts_once(void **state)
{
    int before = target_calls();

    (void)state;
    target.flaky = 0;
    struct uuid run = bench_start(
        HTTP("/flaky", ":method :post :retry {:max-attempts 3 :backoff-ms 20}"), "{}", "");

    (void)bench_until(run, BENCH_ENDED);
    assert_int_equal(target_calls(), before + 3);
    assert_string_equal(
        strcasestr(target.heads[before % TARGET_CALLS_MAX], "idempotency-key"),
        strcasestr(target.heads[(before + 2) % TARGET_CALLS_MAX], "idempotency-key"));
    assert_sql("select attempts || ' ' || billed || ' ' || (attempt_log is not null) from "
               "weir.steps where step_id = 'call' order by committed_at desc limit 1",
               "3 true true");
}

static void a_retry_that_is_far_off_parks(void **state)
{
    int before = target_calls();

    (void)state;
    target.flaky = 0;
    struct uuid run =
        bench_start("(:status " HTTP("/flaky", ":retry {:max-attempts 3 :backoff-ms 1100 "
                                               ":backoff :constant}") ")",
                    "{}", "");

    (void)bench_until(run, BENCH_WAITS);
    assert_result(run, "200");
    assert_int_equal(target_calls(), before + 3);
}

static void a_failed_step_can_be_caught(void **state)
{
    (void)state;
    assert_result(bench_start("(try " HTTP("/no", "") " (catch :default e (select-keys (ex-data e) "
                                                      "[:class :step-id :status :attempt :body])))",
                              "{}", ""),
                  "{\"class\":\"not_found\",\"step-id\":\"call\",\"status\":404,\"attempt\":1,"
                  "\"body\":{\"error\":\"nothing\"}}");
}

static void an_uncaught_error_fails_the_run_with_its_position(void **state)
{
    (void)state;
    struct run_record run =
        bench_until(bench_start("\n\n(/ 1 (:zero input))", "{\"zero\": 0}", ""), BENCH_ENDED);

    assert_int_equal(run.status, RUN_FAILED);
    assert_non_null(strstr(bench_json(run.error), "\"code\":\"arithmetic\""));
    assert_non_null(strstr(bench_json(run.error), "\"line\":3"));
}

static void what_cannot_be_encoded_is_refused_and_not_counted(void **state)
{
    (void)state;
    assert_result(bench_start("(try (flow/step :kv :keep {:operation :set :key \"f\" :value inc}) "
                              "(catch :default e (:class (ex-data e))))",
                              "{}", ""),
                  "\"input\"");
    assert_sql("select billed from weir.steps where step_id = 'keep'", "f");
}

/* All steps of the loop in commits of their own would take each longer than AHEAD_MS. */
static void steps_without_effects_share_commits_and_others_wait_for_theirs(void **state)
{
    (void)state;
    assert_result(
        bench_start("(let [n (loop [n 0] (if (= n 200) n (recur (flow/step :function :add "
                    "{:code \"(fn [n] (inc n))\" :input n}))))] "
                    "(:status " HTTP("/json", "") "))",
                    "{}", ""),
        "200");
    assert_sql("select count(distinct committed_at) < 100 from weir.steps where step_id = 'add'",
               "t");
    assert_sql("select count(*) from weir.steps c join weir.steps a using (workspace, run) "
               "where c.step_id = 'call' and a.step_id = 'add' and c.committed_at = a.committed_at",
               "0");
}

static void the_store_counts_and_appends_and_lists(void **state)
{
    (void)state;
    assert_result(
        bench_start("(do (flow/step :kv :a {:operation :increment :key \"t/hits\"}) "
                    "(flow/step :kv :b {:operation :increment :key \"t/hits\" :by 4}) "
                    "(flow/step :kv :c {:operation :set :key \"t/map\" :value {:x #{1}}}) "
                    "(flow/step :kv :d {:operation :append :key \"t/list\" :value :one}) "
                    "[(:value (flow/step :kv :e {:operation :get :key \"t/hits\"})) "
                    "(:value (flow/step :kv :f {:operation :get :key \"t/map\"})) "
                    "(:value (flow/step :kv :g {:operation :append :key \"t/list\" :value 2})) "
                    "(:keys (flow/step :kv :h {:operation :list-keys :prefix \"t/\"})) "
                    "(flow/step :kv :i {:operation :get :key \"t/none\" :default 7})])",
                    "{}", ""),
        "[5,{\"x\":[1]},[\"one\",2],[\"t/hits\",\"t/list\",\"t/map\"],"
        "{\"success\":true,\"value\":7,\"exists\":false}]");
}

static void a_short_sleep_stays_in_memory_and_a_long_one_parks(void **state)
{
    (void)state;
    struct uuid run = bench_start("(do (flow/step :sleep :short {:millis 50}) "
                                  "(flow/step :sleep :long {:millis 1200}) :rested)",
                                  "{}", "");

    (void)bench_until(run, BENCH_WAITS);
    assert_result(run, "\"rested\"");
    assert_sql("select string_agg(billed::text, ' ') from weir.steps where step_type = 'sleep'",
               "true true");
}

static void recorded_values_are_the_same_after_a_park(void **state)
{
    (void)state;
    struct uuid run = bench_start("(let [id (flow/uuid) now (flow/now-ms) r (flow/random)] "
                                  "(flow/step :function :first {:code \"(fn [x] nil)\" "
                                  ":input [(str id) now r]}) "
                                  "(flow/step :sleep :nap {:millis 1100}) "
                                  "(flow/step :function :second {:code \"(fn [x] nil)\" "
                                  ":input [(str id) now r]}) :same)",
                                  "{}", "");

    assert_result(run, "\"same\"");
    assert_sql("select count(distinct input) || ' ' || count(*) from weir.steps where step_id in "
               "('first', 'second')",
               "1 2");
}

static void an_approval_parks_until_somebody_decides(void **state)
{
    (void)state;
    struct uuid run = bench_start("(select-keys (flow/step :wait :ask {:key \"k\" :approval "
                                  "{:title \"Go?\" :params {:n 1}}}) [:action :by :note])",
                                  "{}", "");

    (void)bench_until(run, BENCH_WAITS);
    assert_sql("select status || ' ' || mode || ' ' || octet_length(digest) from weir.waits where "
               "step_id = 'ask'",
               "0 1 32");
    bench_signal(run, "ask#1", "approve", "{\"note\": \"fine\"}");
    assert_result(run, "{\"action\":\"approve\",\"by\":\"ann\",\"note\":\"fine\"}");
    assert_sql("select billed || ' ' || kind from weir.steps where step_id = 'ask'", "false 1");
}

static void a_callback_that_comes_early_is_delivered(void **state)
{
    (void)state;
    struct uuid run = bench_start("(let [c (flow/callback :later)] "
                                  "(flow/step :http :tell {:url (str \"http://127.0.0.1:\" port "
                                  "\"/hang\") :method :post :json {:url (:url c)}}) "
                                  "(flow/step :wait :later {}))",
                                  "{}", "");
    int before = target_calls();

    while (target_calls() == before) {
        bench_pause(5);
    }
    bench_signal(run, "later#1", NULL, "{\"score\": [1, {\"deep\": true}]}");
    target_release();
    assert_result(run, "{\"score\":[1,{\"deep\":true}]}");
    const char *body = target.bodies[before % TARGET_CALLS_MAX];

    assert_non_null(strstr(body, "http://weir.test/ws-bench/callbacks/"));
    // The token is not in the journal.
    char token[48];

    (void)snprintf(token, sizeof(token), "%.40s", strstr(body, "/callbacks/") + 11);
    char sql[160];

    (void)snprintf(sql, sizeof(sql),
                   "select count(*) from weir.steps where position('%s' in "
                   "encode(input, 'escape')) > 0",
                   token);
    assert_sql(sql, "0");
}

static void a_wait_that_times_out_takes_its_default_or_fails(void **state)
{
    (void)state;
    assert_result(bench_start("[(flow/step :wait :a {:timeout 1 :on-timeout :continue "
                              ":default-value {:x 1}}) "
                              "(try (flow/step :wait :b {:timeout \"1s\"}) "
                              "(catch :default e (:class (ex-data e))))]",
                              "{}", ""),
                  "[{\"x\":1},\"timeout\"]");
}

static void a_run_is_cancelled_while_its_step_runs(void **state)
{
    int before = target_calls();

    (void)state;
    struct uuid run = bench_start(HTTP("/hang", ":timeout 60"), "{}", "");

    while (target_calls() == before) {
        bench_pause(5);
    }
    struct run_cancel cancel = {
        .call = fixture_call(), .id = run, .reason = TEXT("enough"), .by = TEXT("ann")};

    run_record_cancel_start(&cancel);
    fixture_await_well();
    assert_int_equal(cancel.outcome, RUN_CANCEL_ASKED);
    queue_publish_cancel(bench.queue, run);
    struct run_record record = bench_until(run, BENCH_ENDED);

    assert_int_equal(record.status, RUN_CANCELLED);
    target_release();
    assert_sql("select status || ' ' || billed from weir.steps s where s.step_id = 'call' order by "
               "committed_at desc limit 1",
               "3 true");
}

static void a_stop_hands_a_sleeping_run_to_another_worker(void **state)
{
    (void)state;
    struct uuid run = bench_start("(do (flow/step :function :one {:code \"(fn [x] 1)\"}) "
                                  "(flow/step :sleep :nap {:millis 900}) "
                                  "(flow/step :function :two {:code \"(fn [x] 2)\"}))",
                                  "{}", "");

    while (
        strcmp(
            fixture_sql("select count(*) from weir.waits where step_id = 'nap' and status = 0").ptr,
            "0") == 0 &&
        strcmp(fixture_sql("select count(*) from weir.steps where step_id = 'two'").ptr, "0") ==
            0) {
        bench_pause(5);
    }
    bench_stop_worker();
    bench_start_worker(2);
    assert_result(run, "2");
    assert_sql("select count(*) from weir.steps where step_id = 'one'", "1");
}

static void many_runs_end_each_with_its_own_result(void **state)
{
    enum { RUNS = 200 };
    struct admission admissions[RUNS];
    char inputs[RUNS][32];
    struct buf encoded[RUNS];
    struct error err = {0};

    (void)state;
    (void)fixture_flow("many",
                       "{:slug :many :name \"many\" :concurrency {:type :keyed :key-field :n "
                       ":on-new-version :coexist} :flow '(let [i (flow/input)] (flow/step :kv :k "
                       "{:operation :increment :key \"many\"}) (flow/step :function :f {:code "
                       "\"(fn [x] (* x x))\" :input (:n i)}))}",
                       true);
    for (int i = 0; i < RUNS; i++) {
        (void)snprintf(inputs[i], sizeof(inputs[i]), "{\"n\": %d}", i);
        encoded[i] = (struct buf){0};
        assert_true(codec_from_json(text_from(inputs[i]), false, &encoded[i], &err));
        admissions[i] = fixture_admission("many");
        admissions[i].input = buf_get(&encoded[i]);
    }
    fixture_admit_all(admissions, RUNS);
    for (int i = 0; i < RUNS; i++) {
        bench_push(admissions[i].run);
    }
    for (int i = 0; i < RUNS; i++) {
        char expected[32];

        (void)snprintf(expected, sizeof(expected), "%d", i * i);
        assert_result(admissions[i].run, expected);
        buf_done(&encoded[i]);
    }
    assert_sql("select number from weir.kv where key = 'many'", "200");
}

static void a_secret_goes_out_and_does_not_come_back(void **state)
{
    struct buf sealed = {0};
    uint8_t data_key[VAULT_KEY_SIZE];
    struct error err = {0};
    struct workspace_find find = {.call = fixture_call(), .id = world.workspace};

    (void)state;
    workspace_find_start(&find);
    fixture_await_well();
    assert_true(vault_key_open(master_key, find.workspace.name, VAULT_DATA_KEY,
                               find.workspace.data_key, data_key, &err));
    vault_secret_seal(data_key, TEXT("shop"), TEXT("s3cret-token"), &sealed);
    struct secret_put put = {.call = fixture_call(),
                             .name = TEXT("shop"),
                             .sealed = buf_get(&sealed),
                             .by = TEXT("ann")};

    secret_store_put_start(&put);
    fixture_await_well();
    buf_done(&sealed);
    struct uuid run = bench_start(
        "(:body " HTTP("/echo", ":method :post :auth {:type :bearer :token {:secret-ref :shop}} "
                                ":json {:key {:secret-ref :shop} :n 1}") ")",
        "{}", "");

    assert_result(run, "{\"key\":\"************\",\"n\":1}");
    const char *head = target.heads[(target_calls() - 1) % TARGET_CALLS_MAX];

    assert_non_null(strstr(head, "Authorization: Bearer s3cret-token"));
    assert_non_null(
        strstr(target.bodies[(target_calls() - 1) % TARGET_CALLS_MAX], "\"key\":\"s3cret-token\""));
    assert_sql("select count(*) from weir.steps where position('s3cret-token' in "
               "encode(coalesce(input, '') || coalesce(output, ''), 'escape')) > 0",
               "0");
}

static void a_missing_secret_fails_the_step_by_name(void **state)
{
    static const char body[] =
        "(try (flow/step :http :call {:url \"http://127.0.0.1\" :headers {:x-key {:secret-ref "
        ":nobody}}}) (catch :default e (:message (ex-data e))))";
    int before = target_calls();

    (void)state;
    assert_result(bench_start(body, "{}", ""), "\"there is no secret nobody\"");
    assert_int_equal(target_calls(), before);
}

static void a_journal_of_many_pages_is_replayed(void **state)
{
    (void)state;
    assert_result(bench_start("(do (dotimes [i 600] (flow/now-ms)) "
                              "(flow/step :kv :mark {:operation :increment :key \"pages\"}) "
                              "(flow/step :sleep :nap {:millis 1050}) "
                              "(:value (flow/step :kv :read {:operation :get :key \"pages\"})))",
                              "{}", ""),
                  "1");
    assert_sql("select max(sequence) from weir.steps where step_id = 'read'", "603");
}

static void a_result_that_is_too_large_is_an_error_of_class_limit(void **state)
{
    (void)state;
    assert_result(bench_start("(try (flow/step :function :big {:code \"(fn [x] (vec (range "
                              "400000)))\"}) (catch :default e (:class (ex-data e))))",
                              "{}", ""),
                  "\"limit\"");
}

static void an_error_may_be_skipped(void **state)
{
    (void)state;
    assert_result(bench_start("[" HTTP("/no", ":on-error :skip") "]", "{}", ""), "[null]");
}

static void an_http_step_does_not_hold_its_run_for_days(void **state)
{
    (void)state;
    assert_result(bench_start("(try " HTTP("/json", ":timeout \"2h\"") " (catch :default e (:class "
                                                                       "(ex-data e))))",
                              "{}", ""),
                  "\"limit\"");
}

static void an_address_that_may_not_be_reached_is_refused_and_not_counted(void **state)
{
    (void)state;
    assert_result(bench_start("(try (flow/step :http :inside {:url \"http://10.0.0.1/\"}) (catch "
                              ":default e (:code (ex-data e))))",
                              "{}", ""),
                  "\"egress_refused\"");
    assert_sql("select billed from weir.steps where step_id = 'inside'", "f");
}

static void a_run_in_line_starts_when_the_one_before_ends(void **state)
{
    struct admission admissions[2];

    (void)state;
    (void)fixture_flow("line",
                       "{:slug :line :name \"line\" :concurrency {:type :singleton "
                       ":on-new-version :coexist} :flow '(do (flow/step :sleep :nap {:millis "
                       "100}) 7)}",
                       true);
    for (int i = 0; i < 2; i++) {
        admissions[i] = fixture_admission("line");
        admissions[i].input = TEXT_NONE;
        admissions[i].key = TEXT("");
        admissions[i].limit = 1;
    }
    fixture_admit_all(admissions, 2);
    assert_int_equal(admissions[1].decision, DECISION_QUEUED);
    bench_push(admissions[0].run);
    assert_result(admissions[0].run, "7");
    assert_result(admissions[1].run, "7");
}

/* The server of the worker is taken for dead, although it goes on: the run is claimed by another
 * one, the worker's step ends and its result is refused. Then the run is anybody's again, and the
 * worker of a new server takes it, since a dead one's claims nothing. */
static void lose_run(struct uuid run)
{
    uint64_t fenced = worker_stats(bench.worker).fenced;
    struct lease_stop stop = {.call = fixture_call(), .server_id = bench.server};

    lease_stop_start(&stop);
    fixture_await_well();
    struct journal_entry entry = fixture_entry(run, fixture_claim(run));

    assert_int_equal(entry.epoch, 2);
    target_release();
    while (worker_stats(bench.worker).fenced == fenced) {
        bench_pause(5);
    }
    entry.change = JOURNAL_GIVES_BACK;
    assert_int_equal(fixture_commit(&entry), JOURNAL_COMMITTED);
    bench_stop_worker();
    bench.server = fixture_server(3600000);
    bench_start_worker(1);
    bench_push(run);
}

static void a_worker_that_lost_its_lease_writes_nothing(void **state)
{
    int before = target_calls();

    (void)state;
    struct uuid run =
        bench_start("[(flow/step :function :first {:code \"(fn [x] 1)\"}) (:status " HTTP(
                        "/hang", ":method :post :timeout 60") ")]",
                    "{}", "");

    while (target_calls() == before) {
        bench_pause(5);
    }
    lose_run(run);
    while (target_calls() == before + 1) {
        bench_pause(5);
    }
    target_release();
    assert_result(run, "[1,200]");
    assert_int_equal(target_calls(), before + 2);
    assert_string_equal(
        strcasestr(target.heads[before % TARGET_CALLS_MAX], "idempotency-key"),
        strcasestr(target.heads[(before + 1) % TARGET_CALLS_MAX], "idempotency-key"));
    assert_int_equal(fixture_run(run).claims, 3);
    assert_int_equal(fixture_run(run).step_count, 2);
}

static void a_step_that_runs_at_most_once_is_interrupted_and_not_repeated(void **state)
{
    int before = target_calls();

    (void)state;
    struct uuid run = bench_start(
        "(try " HTTP(
            "/hang",
            ":timeout 60 :effects :at-most-once") " (catch :default e (:class (ex-data e))))",
        "{}", "");

    while (target_calls() == before) {
        bench_pause(5);
    }
    lose_run(run);
    assert_result(run, "\"interrupted\"");
    assert_int_equal(target_calls(), before + 1);
}

/* The worker is told to stop while the intent of the step is on its way into the journal. */
static void a_step_that_runs_at_most_once_begins_although_the_worker_stops(void **state)
{
    int before = target_calls();

    (void)state;
    struct uuid run = bench_start(
        "(do (flow/step :wait :go {}) (try (:status " HTTP(
            "/json", ":effects :at-most-once") ") (catch :default e (:class (ex-data e)))))",
        "{}", "");

    (void)bench_until(run, BENCH_WAITS);
    fixture_sql("begin");
    fixture_sql("lock table weir.steps in share mode");
    bench_signal(run, "go#1", NULL, "{}");
    while (strcmp(fixture_sql("select count(*) from pg_locks where not granted").ptr, "0") == 0) {
        bench_pause(5);
    }
    worker_stop(bench.worker);
    fixture_sql("commit");
    thread_join(bench.thread);
    worker_free(bench.worker);
    bench_start_worker(1);
    bench_push(run);
    assert_result(run, "200");
    assert_int_equal(target_calls(), before + 1);
}

static void without_redis_due_runs_are_found_in_postgres(void **state)
{
    (void)state;
    private_kill(&bench.redis, SIGKILL);
    struct uuid run = bench_start("(do (flow/step :sleep :nap {:millis 1100}) :there)", "{}", "");

    assert_result(run, "\"there\"");
    char path[PRIVATE_PATH_SIZE];

    private_redis_path(&bench.redis, path);
    (void)unlink(path);
    private_redis_launch(&bench.redis);
}

/* Redis is there and refuses all that writes. */
static void a_redis_that_refuses_does_not_hold_up_runs(void **state)
{
    char path[PRIVATE_PATH_SIZE];
    char command[PRIVATE_PATH_SIZE + 100];

    (void)state;
    private_redis_path(&bench.redis, path);
    (void)snprintf(command, sizeof(command), "redis-cli -s %s config set maxmemory 1 >&2", path);
    assert_int_equal(system(command), 0);
    struct uuid run = bench_start("(do (flow/step :sleep :nap {:millis 1100}) :there)", "{}", "");

    assert_result(run, "\"there\"");
    (void)snprintf(command, sizeof(command), "redis-cli -s %s config set maxmemory 0 >&2", path);
    assert_int_equal(system(command), 0);
    // Redis gets the functions again after a first call that fails for want of them.
    (void)snprintf(command, sizeof(command), "redis-cli -s %s function list | grep -q weir", path);
    while (system(command) != 0) {
        bench_push(run);
        bench_pause(20);
    }
}

static void a_callback_token_that_comes_back_is_hidden(void **state)
{
    const char *body = "(let [c (flow/callback :later) "
                       "r (flow/step :http :call {:url (str \"http://127.0.0.1:\" port \"/echo\") "
                       ":method :post :json {:key (:key c)}}) key (:key (:body r))] "
                       "[(= (count key) (count (:key c))) (subs key 20 24)])";

    (void)state;
    assert_result(bench_start(body, "{}", ""), "[true,\"****\"]");
}

static void the_key_of_an_event_is_checked_before_it_is_stored(void **state)
{
    (void)state;
    assert_result(bench_start("(for [k [(:nul input) (apply str (repeat 600 \"k\"))]] "
                              "(try (flow/step :wait :e {:event {:name \"paid\" :key k}}) "
                              "(catch :default e (:class (ex-data e)))))",
                              "{\"nul\": \"a\\u0000b\"}", ""),
                  "[\"input\",\"limit\"]");
}

static void an_approval_by_several_is_refused_at_run_time_too(void **state)
{
    (void)state;
    assert_result(bench_start("(for [more [{:approvers 2} {:roles [:admin]} {:expires \"1h\"}]] "
                              "(try (flow/step :wait :e {:approval (merge {:title \"Go?\"} more)}) "
                              "(catch :default e (:code (ex-data e)))))",
                              "{}", ""),
                  "[\"not_supported\",\"not_supported\",\"not_supported\"]");
}

/* Each of six runs holds about 2 MB over twenty rests; the worker has memory for three. */
static void runs_that_need_more_than_there_is_take_turns(void **state)
{
    struct uuid runs[6];
    (void)state;

    bench_stop_worker();
    bench.memory_bytes = 8 << 20;
    for (size_t i = 0; i < ARRAY_COUNT(runs); i++) {
        runs[i] = bench_start("(let [kept (vec (range 100000))]"
                              "  (loop [n 0]"
                              "    (if (< n 20)"
                              "      (do (flow/step :sleep :turn {:millis 20}) (recur (inc n)))"
                              "      (+ (:add input) (count kept)))))",
                              "{\"add\": 7}", "");
    }
    bench_start_worker(2); // all are due: it takes them together
    for (size_t i = 0; i < ARRAY_COUNT(runs); i++) {
        assert_result(runs[i], "100007");
    }
    assert_true(worker_stats(bench.worker).given_back > 0);
    assert_sql("select count(*) from weir.steps where step_id = 'turn'", "120"); // none ran twice
    bench_stop_worker();
    bench.memory_bytes = 0;
    bench_start_worker(3);
}

/* A run of the flow "shared" in the present workspace. */
static struct uuid start_shared(void)
{
    (void)fixture_flow("shared",
                       "{:slug :shared :name \"shared\" :concurrency {:type :singleton "
                       ":on-new-version :coexist} :flow '[(:workspace-id (:flow/ctx (flow/input)))"
                       " (flow/step :kv :k {:operation :increment :key \"shared\"})]}",
                       true);
    struct admission admission = fixture_admission("shared");

    admission.input = TEXT_NONE;
    fixture_admit_all(&admission, 1);
    assert_int_equal(admission.outcome, ADMITTED);
    bench_push(admission.run);
    return admission.run;
}

static void workspaces_with_the_same_source_share_its_image_and_nothing_else(void **state)
{
    uint64_t before = worker_stats(bench.worker).compiled;
    int64_t own = world.workspace;
    (void)state;

    assert_result(start_shared(), "[\"ws-bench\",{\"success\":true,\"value\":1}]");
    world.workspace = bench_workspace("ws-other");
    assert_result(start_shared(), "[\"ws-other\",{\"success\":true,\"value\":1}]");
    world.workspace = own;
    assert_int_equal(worker_stats(bench.worker).compiled, before + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_without_steps_completes),
        cmocka_unit_test(function_steps_run_by_code_and_by_reference),
        cmocka_unit_test(an_http_step_answers_status_and_body),
        cmocka_unit_test(a_post_sends_json_with_an_idempotency_key),
        cmocka_unit_test(a_retry_repeats_with_the_same_key_and_counts_once),
        cmocka_unit_test(a_retry_that_is_far_off_parks),
        cmocka_unit_test(a_failed_step_can_be_caught),
        cmocka_unit_test(an_uncaught_error_fails_the_run_with_its_position),
        cmocka_unit_test(what_cannot_be_encoded_is_refused_and_not_counted),
        cmocka_unit_test(steps_without_effects_share_commits_and_others_wait_for_theirs),
        cmocka_unit_test(the_store_counts_and_appends_and_lists),
        cmocka_unit_test(a_short_sleep_stays_in_memory_and_a_long_one_parks),
        cmocka_unit_test(recorded_values_are_the_same_after_a_park),
        cmocka_unit_test(an_approval_parks_until_somebody_decides),
        cmocka_unit_test(a_callback_that_comes_early_is_delivered),
        cmocka_unit_test(a_wait_that_times_out_takes_its_default_or_fails),
        cmocka_unit_test(a_run_is_cancelled_while_its_step_runs),
        cmocka_unit_test(a_stop_hands_a_sleeping_run_to_another_worker),
        cmocka_unit_test(many_runs_end_each_with_its_own_result),
        cmocka_unit_test(workspaces_with_the_same_source_share_its_image_and_nothing_else),
        cmocka_unit_test(a_secret_goes_out_and_does_not_come_back),
        cmocka_unit_test(a_missing_secret_fails_the_step_by_name),
        cmocka_unit_test(a_journal_of_many_pages_is_replayed),
        cmocka_unit_test(runs_that_need_more_than_there_is_take_turns),
        cmocka_unit_test(a_result_that_is_too_large_is_an_error_of_class_limit),
        cmocka_unit_test(an_error_may_be_skipped),
        cmocka_unit_test(an_http_step_does_not_hold_its_run_for_days),
        cmocka_unit_test(an_address_that_may_not_be_reached_is_refused_and_not_counted),
        cmocka_unit_test(a_run_in_line_starts_when_the_one_before_ends),
        cmocka_unit_test(a_worker_that_lost_its_lease_writes_nothing),
        cmocka_unit_test(a_step_that_runs_at_most_once_is_interrupted_and_not_repeated),
        cmocka_unit_test(a_step_that_runs_at_most_once_begins_although_the_worker_stops),
        cmocka_unit_test(without_redis_due_runs_are_found_in_postgres),
        cmocka_unit_test(a_redis_that_refuses_does_not_hold_up_runs),
        cmocka_unit_test(a_callback_token_that_comes_back_is_hidden),
        cmocka_unit_test(the_key_of_an_event_is_checked_before_it_is_stored),
        cmocka_unit_test(an_approval_by_several_is_refused_at_run_time_too),
    };

    return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
