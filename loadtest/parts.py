"""What each part takes for a step: the workload `parts`, for who plans a cluster (docs/performance.md).

Runs of W1 and of W2 at saturation, with gateway and workers in one process and in two ("apart"),
where each run takes the queue. CPU is counted by thread, by the kernel's scheduler, in nanoseconds.
"""
import collections
import pathlib

RUNS = 20000
WARM_RUNS = 5000
KINDS = {"chain-5": 5, "http-3": 3}  # steps a run
FIGURES = {"worker": "worker", "gateway": "gateway", "scheduler": "scheduler", "postgres": "postgres",
           "redis-server": "redis"}  # thread or program: figure


def cpu_ns(pids):
    """By name of thread, of what FIGURES names; the rest as one."""
    found = collections.Counter()
    for pid in pids:
        for task in pathlib.Path(f"/proc/{pid}/task").glob("*"):
            try:
                name = (task / "comm").read_text().strip()
                found[FIGURES.get(name, "other")] += int((task / "schedstat").read_text().split()[0])
            except OSError:
                pass
    return found


def log_bytes(weir, since="0/0"):
    return float(weir.sql(f"select pg_wal_lsn_diff(pg_current_wal_lsn(), '{since}')")[0][0])


def commits(weir):
    return weir.count("select sum(xact_commit) from pg_stat_database where datname = 'weir'")


def measure(weir, kind, load):
    """`load` sends requests, and notes those that have no good answer."""
    request = weir.run_request(kind)
    load("--connections", weir.connections, "--requests", WARM_RUNS, *request)
    cpu, log, committed = cpu_ns(weir.pids()), log_bytes(weir), commits(weir)
    done = load("--connections", weir.connections, "--requests", RUNS, *request)
    used = cpu_ns(weir.pids())
    steps = done["good"] * KINDS[kind]
    figures = {f"{part}_us_per_step": (used[part] - cpu[part]) / 1000 / steps
               for part in [*FIGURES.values(), "other"]}
    sessions = weir.count("select count(*) from pg_stat_activity where usename like 'weir_%'")
    return {"steps_s": done["per_s"] * KINDS[kind], **figures,
            "log_bytes_per_step": (log_bytes(weir) - log) / steps,
            "commits_per_1k_steps": (commits(weir) - committed) * 1000 / steps, "sessions": sessions}
