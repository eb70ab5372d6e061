"""The workloads: each puts a load on a subject that was just started, and answers figures.

A figure is (workload, name, value). What is kept for several workloads in loadtest/README.md: names,
units, and what each workload is unfair to.
"""
import contextlib
import dataclasses
import functools
import json
import math
import subprocess
import sys
import time
import typing

import flows
import parts
import profile_run
import programs
from installation import WORKSPACE
from subject import Usage, memory, shares

HALF_CONNECTIONS = 1000
WARM_UP_S = 2          # before a measurement of CPU and disk begins: rivals compile meanwhile
SECRET = "load-secret"
CRASH_AFTER_S = 3
CRASH_CONNECTIONS = 16
CRASH_WAIT_S = 120     # for the runs of W5 to end after the restart; what has not by then is lost
RESUMES_CALM = 1000    # of W3, for the latency; of few parked runs half
RESUMES_FAST = 10000   # as fast as they go, where as many are parked
RESUME_RATE = 100      # a second, while the latency is measured
FAN_OUT_ITEMS = 1000
FAN_OUT_CONCURRENCY = 100
BIG_WEIGHTS = (1, 2, 4)  # of W6, a big workspace each
BIG_BACKLOG = 12000    # runs for each second of W6's measurement, over all big workspaces
SMALL_RATE = 100       # starts a second, over all small workspaces
SMALL_WARMUP_S = 2     # before their measurement
FILL_STARTUP_S = 2     # from the first work on the backlog to the first small start
BARE_RUNS_BEFORE = 3000
READ_RUNS = 2000  # of W8, read in turn
GROW_CONNECTIONS = 16
GROW_STEPS = 160000    # of every length of a run, so that each takes seconds of CPU
GROW_WARM_UP = 8       # an eighth of that before


def drive(subject, workload, *options):
    """What weir-load says; requests without a good answer are the subject's trouble."""
    result = subject.load(*options)
    lacking = result["bad"] + result["unanswered"] + result["unsent"]
    subject.bad[workload] = subject.bad.get(workload, 0) + lacking
    if lacking:
        print(f"bench: {subject.name} {workload}: {result['bad']} answers were bad, {result['unanswered']} did not "
              f"come, {result['unsent']} of {result['due']} requests were never sent", file=sys.stderr)
    return result


def drive_warm(subject, options, workload, connections, *request):
    """What weir-load says of --seconds, and what was used meanwhile; the warm-up counts for neither."""
    drive(subject, workload, "--connections", connections, "--seconds", WARM_UP_S, "--warmup", 0, "--first",
          subject.next_serial(), *request)
    first = subject.next_serial()
    usage = Usage(subject)
    with profile_run.profiled(subject, options, workload):
        result = drive(subject, workload, "--connections", connections, "--seconds", options.seconds, "--warmup", 0,
                       "--first", first, *request)
    return result, usage


def named(workload, figures):
    return [(workload, name, value) for name, value in figures.items()]


def saturate(subject, options, workload, kind, steps):
    """Saturation, with as many connections as suit the subject, then latency at half of it."""
    request = subject.run_request(kind)
    target = ["--target", subject.target.pid] if kind == "http-3" else []
    full, usage = drive_warm(subject, options, workload, subject.connections, *target, *request)
    used = usage.since(full["good"] * steps)
    half = drive(subject, workload, "--connections", HALF_CONNECTIONS, "--seconds", options.seconds, "--warmup", 1,
                 "--rate", max(1, int(full["per_s"] / 2)), "--first", subject.next_serial(), *request)
    return named(workload, {"connections": subject.connections, "runs_s": full["per_s"],
                            "steps_s": full["per_s"] * steps, **used,
                            "p50_ms": half["p50_ms"], "p99_ms": half["p99_ms"], **shares(full), **memory(subject)})


def w1(subject, options):
    found = saturate(subject, options, "W1", "chain-5", 5)
    for rate in options.rates:
        result = drive(subject, f"W1 at {rate}/s", "--connections", HALF_CONNECTIONS, "--seconds", options.seconds,
                       "--warmup", 1, "--rate", rate, "--first", subject.next_serial(),
                       *subject.run_request("chain-5"))
        found += named(f"W1 at {rate}/s", {"p50_ms": result["p50_ms"], "p99_ms": result["p99_ms"]})
    return found


def w2(subject, options):
    return saturate(subject, options, "W2", "http-3", 3)


def w3(subject, options):
    """Parks more and more; at each size some are resumed, and as many parked again before the next."""
    figures = []
    warm = min(options.sizes[0], 1000)
    subject.park(warm)  # warm, and resumed: what comes then is growth
    _, resumed = resume(subject, "W3 warm-up", warm)
    parked = warm - resumed
    before = memory(subject)
    for size in options.sizes:
        workload = f"W3 park {size}"
        usage, begin, count = Usage(subject), time.monotonic(), size - parked
        subject.park(count)
        seconds = time.monotonic() - begin
        used = usage.since(count)
        now = memory(subject)
        figures += named(workload, {"parks_s": count / seconds, "disk_bytes_per_run": used["disk_bytes_per_step"],
                                    "rss_growth_mb": now["rss_mb"] - before["rss_mb"], **now})
        found, resumed = resume(subject, workload, size)
        figures += found
        parked = size - resumed
    return figures


def resume(subject, workload, parked):
    """Latency of some at a rate, then others as fast as it goes. Figures, and how many were resumed."""
    calm_count = max(1, min(RESUMES_CALM, parked // 2))
    count = calm_count + min(RESUMES_FAST, parked - calm_count)
    waiting = subject.parked(count)
    if len(waiting) < count:
        sys.exit(f"bench: {workload}: only {len(waiting)} of {count} runs are parked")
    request = [*subject.resume_request(), "--lines", subject.write_lines("resume", waiting[:calm_count])]
    calm = drive(subject, workload, "--connections", 64, "--requests", calm_count, "--rate", RESUME_RATE, *request)
    figures = {"p50_ms": calm["then_p50_ms"], "p99_ms": calm["then_p99_ms"]}
    rest = waiting[calm_count:]
    if rest:
        subject.write_lines("resume", rest)
        usage = Usage(subject)
        fast = drive(subject, workload, "--connections", 64, "--requests", len(rest), *request)
        figures |= {"resumes_s": fast["per_s"], "cpu_s_per_1k_resumes": usage.since(len(rest))["cpu_s_per_1k_steps"]}
    return named(workload, figures), count


def w4(subject, options):
    result, usage = drive_warm(subject, options, "W4", 1, *subject.run_request("latency-1"))
    return named("W4", {"runs_s": result["per_s"], "p50_ms": result["p50_ms"], "p99_ms": result["p99_ms"],
                        **usage.since(result["good"]), **memory(subject)})


def w5(subject, options):
    """Starts are accepted until the engine is killed; it comes back, and all that was accepted ends."""
    subject.prepare_crash()
    accepted = subject.folder / "accepted"
    command = subject.load_command("--connections", CRASH_CONNECTIONS, "--warmup", 0, "--seconds", CRASH_AFTER_S + 1,
                                   "--record", accepted, "--first", subject.next_serial(),
                                   *subject.start_request("crash-5"))
    load = programs.Program(command, subject.folder / "load.log", ready=False)
    time.sleep(CRASH_AFTER_S)
    subject.crash()
    load.process.wait()
    load.stop()
    began = [line.split("\t") for line in accepted.read_text().splitlines()]
    runs = {subject.run_name(number, field) for number, field in began}
    before = subject.journal_at_crash()
    at = time.monotonic()
    subject.restart()
    ready = time.monotonic() - at
    lost = len(left_after(subject, runs, CRASH_WAIT_S))
    recovered = {} if lost else {"recovered_ms": (time.monotonic() - at) * 1000}
    subject.bad["W5"] = lost
    if lost:
        print(f"bench: {subject.name} W5: {lost} of {len(runs)} accepted runs did not end within {CRASH_WAIT_S} s "
              "after the restart", file=sys.stderr)
    return named("W5", {"accepted": len(runs), "ready_ms": ready * 1000, **recovered, "lost": lost,
                        **subject.repeated(before)})


def left_after(subject, runs, seconds):
    """Those that have not ended by then; as soon as all have, none."""
    deadline = time.monotonic() + seconds
    while (left := runs - subject.completed()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def w6(weir, options):
    return named("W6", tenants(weir, options, "W6"))


def w6_apart(weir, options):
    """The same with the gateway in a process of its own: so every run takes the queue."""
    weir.is_apart = True
    return named("W6 apart", tenants(weir, options, "W6 apart"))


def tenants(weir, options, workload):
    """Small workspaces alone, then beside big ones that have runs queued from before the first moment to after
    the last; both on a server that has just started."""
    big = [f"ws-big{weight}" for weight in BIG_WEIGHTS]
    small = [f"ws-small{i}" for i in range(options.workspaces - len(big))]
    tokens = weir.make_workspaces(big + small)
    push_to_all(weir, workload, tokens, flows.flow("latency-1", flows.chain(1)))
    push_to_all(weir, workload, {name: tokens[name] for name in big}, flows.flow("chain-5", flows.chain(5)))
    for name, weight in zip(big, BIG_WEIGHTS):
        weir.sql(f"update weir.workspaces set weight = {weight} where name = '{name}'")
    # The n-th has the n-th part of the first one's share, at least one place of about a thousand.
    turns = [name for index, name in enumerate(small) for _ in range(max(1, 200 // (index + 1)))]
    lines = write_lines(weir, "small", [(tokens[name], name) for name in spread(turns)])
    request = [*weir.run_of("latency-1"), "--lines", lines, "--connections", 256, "--rate", SMALL_RATE, "--warmup",
               SMALL_WARMUP_S, "--seconds", options.seconds]
    with each_workspace(weir):
        weir.stop()
        weir.start()
        alone = measure_small(weir, workload, "alone", request)
        # As many turns as its weight, so that the backlogs end together.
        fill(weir, options, workload,
             [(tokens[name], name) for name, weight in zip(big, BIG_WEIGHTS) for _ in range(weight)])
        begin = weir.sql("select now()")[0][0]
        beside = measure_small(weir, workload, "beside", request)
        kept = weights_kept(weir, big, begin, weir.sql("select now()")[0][0])
    return {"workspaces": len(tokens), **alone, **beside, **beside_to_alone({**alone, **beside}), **kept,
            **memory(weir)}


def beside_to_alone(figures):
    """Where there was a wait alone: a claim by the admission itself takes none."""
    return {f"beside_to_alone_{name}": figures[f"beside_{name}_ms"] / figures[f"alone_{name}_ms"]
            for name in ("p99", "step_p99", "run_p99") if figures[f"alone_{name}_ms"] > 0}


def measure_small(weir, workload, which, request):
    """Waiting times; and whole runs, start to result, as their callers see them."""
    begin = weir.sql("select now()")[0][0]
    done = drive(weir, workload, *request)
    p50, p99, step_p50, step_p99 = waiting_times(weir, begin)
    return {f"{which}_p50_ms": p50, f"{which}_p99_ms": p99, f"{which}_step_p50_ms": step_p50,
            f"{which}_step_p99_ms": step_p99, f"{which}_run_p50_ms": done["p50_ms"],
            f"{which}_run_p99_ms": done["p99_ms"]}


def spread(items):
    """The same items, equal ones far apart from each other: by the golden ratio."""
    order = sorted(range(len(items)), key=lambda i: (i * 0.6180339887498949) % 1)
    return [items[i] for i in order]


def write_lines(weir, name, rows):
    return weir.write_lines(name, ["\t".join(row) for row in rows])


@contextlib.contextmanager
def each_workspace(weir):
    """Requests are of the workspaces whose token and name the lines give."""
    own, weir.headers = weir.headers, ["Authorization: Bearer {1}", "X-Weir-Workspace: {2}"]
    yield
    weir.headers = own


def push_to_all(weir, workload, tokens, source):
    """Puts and releases a flow in each workspace."""
    lines = write_lines(weir, "workspaces", [(token, name) for name, token in tokens.items()])
    with each_workspace(weir):
        for command, args in (("flows.put_draft", {"flowLiteral": source}),
                              ("flows.release", {"flowSlug": source.split()[1].lstrip(":")})):
            drive(weir, workload, "--connections", 8, "--requests", len(tokens), "--lines", lines,
                  *weir.command_request(command, args))


def fill(weir, options, workload, workspaces):
    """Queues the backlog of the big workspaces while nobody works, then lets the workers go."""
    count = BIG_BACKLOG * (options.seconds + SMALL_WARMUP_S + FILL_STARTUP_S)
    weir.stop()
    weir.start_gateway("--roles", "gateway")
    start = {"flowSlug": "chain-5", "input": {}}
    drive(weir, workload, "--connections", 128, "--requests", count, "--lines", write_lines(weir, "big", workspaces),
          *weir.command_request("runs.start", start))
    weir.stop()
    weir.start()


def waiting_times(weir, begin):
    """Of the small workspaces' runs from the beginning of their admission: until they were claimed (the queue), and
    until their first step began. By the database's clock and the worker's, which are the same machine's."""
    quantiles = ", ".join(f"percentile_cont({q}) within group (order by {t})" for t in ("claim", "step")
                          for q in (0.5, 0.99))
    row = weir.sql(
        f"select {quantiles} from (select extract(epoch from r.started_at - r.created_at) * 1000 as claim, "
        "greatest(extract(epoch from s.started_at - r.created_at) * 1000, 0) as step "
        "from weir.runs r join weir.workspaces w on w.id = r.workspace "
        "join weir.steps s on s.workspace = r.workspace and s.run = r.id and s.sequence = 1 "
        "where w.name like 'ws-small%' "
        f"and r.created_at >= timestamptz '{begin}' + interval '{SMALL_WARMUP_S} s') x")[0]
    return [float(value) for value in row]


def weights_kept(weir, big, begin, end):
    """How far the shares of the big workspaces are from their weights, from the second second on (by
    then the sweeper has told Redis the weights)."""
    names = "','".join(big)
    left = weir.count("select count(distinct r.workspace) from weir.runs r join weir.workspaces w on "
                      f"w.id = r.workspace where w.name in ('{names}') and r.status < 3")
    if left < len(big):
        sys.exit("bench: W6: the big workspaces' backlog was gone before the end; a larger BIG_BACKLOG is needed")
    rows = weir.sql(
        "select w.name, w.weight, count(*) from weir.runs r join weir.workspaces w on w.id = r.workspace "
        f"where w.name in ('{names}') and r.started_at >= timestamptz '{begin}' + interval '{SMALL_WARMUP_S} s' "
        f"and r.started_at < '{end}' group by 1, 2")
    total, weights = sum(int(row[2]) for row in rows), sum(int(row[1]) for row in rows)
    off = max(abs(int(row[2]) / total * weights / int(row[1]) - 1) for row in rows)
    return {"weights_off_pct": off * 100, "big_runs_counted": total}


def w7(weir, options):
    slug = weir.push(flows.flow("fan-out", flows.fan_out(FAN_OUT_ITEMS, FAN_OUT_CONCURRENCY)))
    request = weir.run_of(slug)
    drive(weir, "W7", "--connections", 1, "--requests", 1, *request)
    usage = Usage(weir)
    with profile_run.profiled(weir, options, "W7"):
        done = drive(weir, "W7", "--connections", 10, "--requests", options.fan_outs, *request)
    steps = done["good"] * FAN_OUT_ITEMS
    return named("W7", {"runs_s": done["per_s"], "steps_s": done["per_s"] * FAN_OUT_ITEMS, "p50_ms": done["p50_ms"],
                        "p99_ms": done["p99_ms"], **usage.since(steps), **memory(weir)})


def w8(weir, options):
    hook = ('{:webhook [{:id :hook :label "Hook" :event-name "load" :path "load" :auth {:type :api-key '
            ':secret-ref :hook-secret} :respond :ack :enabled true}]}')
    weir.command("secrets.put", {"name": "hook-secret", "value": SECRET})
    weir.push(flows.flow("hooked", "{:n 1}", hook))
    lines = weir.folder / "runs"
    drive(weir, "W8", "--connections", 64, "--requests", READ_RUNS, "--field", "workflowId", "--record", lines,
          *weir.run_request("latency-1"))
    get = ["--lines", lines, *weir.command_request("runs.get", {"workflowId": "{2}"})]
    figures = []
    for workload, connections, request in (
            ("W8 runs.get", 64, get), ("W8 runs.get 256", 256, get),
            ("W8 flows.list", 64, weir.command_request("flows.list", {})),
            ("W8 webhook", 64, ["--path", f"/{WORKSPACE}/events/load", "--body", "{}", "--header",
                                f"X-API-Key: {SECRET}", "--expect", '"ok":true'])):
        result, usage = drive_warm(weir, options, workload, connections, *request)
        cpu = usage.since(result["good"])["cpu_s_per_1k_steps"]
        figures += named(workload, {"requests_s": result["per_s"], "p50_ms": result["p50_ms"],
                                    "p99_ms": result["p99_ms"], "cpu_s_per_1k_requests": cpu, **shares(result)})
    return figures + named("W8", memory(weir))


def bare(weir, options):
    """The rows of W1's runs by the server's own SQL, without a server: sizes are those of a real run."""
    slug = weir.slug_of("chain-5")
    drive(weir, "bare", "--connections", 64, "--requests", BARE_RUNS_BEFORE, *weir.run_request("chain-5"))
    sizes = weir.sql("select coalesce(octet_length(r.input), 0), round(avg(octet_length(s.input))), "
                     "round(avg(octet_length(s.output))), octet_length(r.result) from weir.runs r join weir.steps s "
                     "on s.workspace = r.workspace and s.run = r.id group by r.input, r.result")[0]
    weir.stop()
    weir.sql("analyze")  # the server's sweeper does so while tables grow: plans of empty ones are no measure
    arguments = [weir.bin / "weir-load-bare", "--database-host", weir.services.ready["databaseHost"], "--workspace",
                 WORKSPACE, "--flow", slug, "--seconds", options.seconds]
    for name, size in zip(("run-input", "input", "output", "result"), sizes):
        arguments += [f"--{name}-bytes", size]
    figures = []
    for workload, commits in (("bare", 1), ("bare step by step", 5)):
        done = subprocess.run([str(a) for a in (*arguments, "--commits", commits)], capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            sys.exit(f"bench: {done.stderr.strip()}")
        said = json.loads(done.stdout)
        figures += named(workload, {name: said[name] for name in ("runs_s", "steps_s", "rows_s")})
    weir.start()
    return figures


def idle(subject, options):
    """Memory of a server that has just started."""
    return named("idle", memory(subject))


def grow_steps(weir, options):
    """Runs of more and more steps, as many steps in all and as many runs at a time of each length: what a step
    costs in a long run."""
    slug = weir.push(flows.flow("loop", flows.loop()))
    figures = []
    for steps in options.steps:
        workload = f"grow steps {steps}"
        request = ["--connections", GROW_CONNECTIONS, *weir.run_of(slug, {"steps": steps})]
        waves = math.ceil(GROW_STEPS / (steps * GROW_CONNECTIONS))  # whole ones: none is smaller at the end
        drive(weir, workload, "--requests", math.ceil(waves / GROW_WARM_UP) * GROW_CONNECTIONS, *request)
        usage = Usage(weir)
        done = drive(weir, workload, "--requests", waves * GROW_CONNECTIONS, *request)
        figures += named(workload, {"steps_s": done["per_s"] * steps, "p50_ms": done["p50_ms"],
                                    **usage.since(done["good"] * steps), **memory(weir)})
    return figures


def grow_workspaces(weir, options):
    """The same load over more and more workspaces."""
    figures, tokens = [], {}
    source = flows.flow("latency-1", flows.chain(1))
    for count in options.grow_workspaces:
        workload = f"grow workspaces {count}"
        fresh = weir.make_workspaces([f"ws-grow{i}" for i in range(len(tokens), count)])
        push_to_all(weir, workload, fresh, source)
        tokens |= fresh
        lines = write_lines(weir, "grow", [(token, name) for name, token in tokens.items()])
        with each_workspace(weir):
            done, usage = drive_warm(weir, options, workload, weir.connections, "--lines", lines,
                                     *weir.run_of("latency-1"))
        figures += named(workload, {"runs_s": done["per_s"], "p50_ms": done["p50_ms"], **usage.since(done["good"]),
                                    **memory(weir)})
    return figures


def parts_of_a_step(weir, _options):
    """In one process, then apart."""
    figures = []
    for is_apart in (False, True):
        weir.stop()
        weir.is_apart = is_apart
        weir.start()
        for kind in parts.KINDS:
            workload = f"parts {kind}" + (" apart" if is_apart else "")
            figures += named(workload, parts.measure(weir, kind, functools.partial(drive, weir, workload)))
    return figures


@dataclasses.dataclass(frozen=True)
class Workload:
    play: typing.Callable
    rivals: bool = False    # they play it too
    profiled: bool = False  # --profile


WORKLOADS = {
    "idle": Workload(idle, rivals=True),
    "W1": Workload(w1, rivals=True, profiled=True),
    "W2": Workload(w2, rivals=True, profiled=True),
    "W3": Workload(w3, rivals=True),
    "W4": Workload(w4, rivals=True, profiled=True),
    "W5": Workload(w5, rivals=True),
    "W6": Workload(w6), "W6-apart": Workload(w6_apart),
    "W7": Workload(w7, profiled=True),
    "W8": Workload(w8, profiled=True),
    "bare": Workload(bare),
    "grow-steps": Workload(grow_steps),
    "grow-workspaces": Workload(grow_workspaces, profiled=True),
    "parts": Workload(parts_of_a_step),
}
DEFAULT = ["idle", "W1", "W2", "W3", "W4", "W5", "W6", "W7", "W8", "bare"]
