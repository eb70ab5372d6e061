"""The bench around the load driver: what it refuses, measures, counts, says and draws."""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

import pytest
from harness import BIN, ROOT, environment

sys.path.insert(0, str(ROOT / "loadtest"))
import bench  # noqa: E402  (the path is set before)
import figures  # noqa: E402
import flame  # noqa: E402
import plot  # noqa: E402
import profile_run  # noqa: E402
import programs  # noqa: E402
import rivals  # noqa: E402
import workloads  # noqa: E402


def test_a_workload_gives_its_figures_as_json_lines_and_a_table():
    done = subprocess.run([sys.executable, ROOT / "loadtest" / "bench.py", "bench", "W4", "--seconds", "1", "--bin",
                           BIN], text=True, capture_output=True, check=False, env=environment(), timeout=300)
    assert done.returncode == 0, done.stderr
    told = {line["figure"]: line["weir"] for line in map(json.loads, done.stdout.split("\n\n")[0].splitlines())}
    assert {"runs_s", "p50_ms", "p99_ms", "cpu_s_per_1k_steps", "disk_bytes_per_step", "rss_mb"} <= set(told)
    assert told["bad"] == 0 and "| bad |" not in done.stdout
    assert 0 < told["p50_ms"] <= told["p99_ms"] and told["runs_s"] > 0
    assert f"| W4 | p50_ms | {told['p50_ms']:g} |" in done.stdout


def test_cpu_of_processes_is_counted_finer_than_ticks():
    mine = [os.getpid(), 2 ** 22 + 1]  # nobody has the second one
    seen = [programs.cpu_seconds(mine) for _ in range(50)]
    assert seen == sorted(seen) and len(set(seen)) > 25
    assert 0 < seen[-1] - seen[0] < 1


def test_medians_and_ratios_are_of_the_rounds():
    class Options:
        against, out = ["other"], None

    table = figures.Figures(Options)
    for ours, theirs in ((10, 2), (30, 4), (20, 3)):
        table.add("weir", [("W1", "steps_s", ours), ("W8", "requests_s", ours)])
        table.add("other", [("W1", "steps_s", theirs)])
    assert list(table.lines(("W1", "steps_s"))) == [
        {"workload": "W1", "figure": "steps_s", "weir": 20.0, "rounds": [10.0, 30.0, 20.0], "rival": "other",
         "rival_value": 3.0, "ratio": 6.667, "rival_rounds": [2.0, 4.0, 3.0]}]
    assert [line["weir"] for line in table.lines(("W8", "requests_s"))] == [20.0]


def test_of_bad_answers_and_lost_runs_the_worst_round_counts():
    class Options:
        against, out = [], None

    table = figures.Figures(Options)
    for bad in (0, 3, 0):
        table.add("weir", [("W1", "bad", bad), ("W1", "runs_s", 5)])
    assert table.faults() and table.median(("W1", "bad"), "weir") == 3


class Pretended:
    """A subject without an engine, whose driver says what the test wants."""

    name, connections, folder = "weir", 1, None
    said = {"good": 10, "bad": 0, "unanswered": 0, "unsent": 0, "due": 10, "per_s": 5.0, "p50_ms": 1.0, "p99_ms": 2.0}
    ended = ()

    def __init__(self, _options=None):
        self.bad, self.asked, self.cpu_at = {}, [], []

    def up(self):
        pass

    def down(self):
        return 0

    def pids(self):
        self.cpu_at.append(len(self.asked))
        return []

    engine_pids = pids

    def disk_bytes(self):
        return 0

    def next_serial(self):
        return 0

    def run_request(self, _kind):
        return []

    def load(self, *options):
        self.asked.append(options)
        return self.said

    def completed(self):
        return set(self.ended)


def options_of(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["bench.py", *arguments, "--bin", str(BIN)])
    return bench.parse()


def test_bad_answers_are_a_figure_and_the_exit_status(monkeypatch, capsys):
    class Worse(Pretended):
        said = {**Pretended.said, "bad": 1, "unanswered": 1, "unsent": 1}

    for subject, bad, status in ((Pretended, 0, 0), (Worse, 6, 1)):  # the warm-up's count too
        monkeypatch.setattr(bench, "Weir", subject)
        assert bench.bench(options_of(monkeypatch, "bench", "W4")) == status
        assert json.dumps({"workload": "W4", "figure": "bad", "weir": float(bad)}) in capsys.readouterr().out


def test_the_warm_up_is_over_before_cpu_and_disk_are_counted(monkeypatch):
    subject = Pretended()
    workloads.WORKLOADS["W4"].play(subject, options_of(monkeypatch, "bench", "W4"))
    assert len(subject.asked) == 2 and subject.cpu_at[0] == 1
    assert all(options[options.index("--warmup") + 1] == 0 for options in subject.asked)


def test_runs_that_do_not_end_after_a_crash_are_lost():
    subject = Pretended()
    subject.ended = ("r1", "r3")
    assert workloads.left_after(subject, {"r1", "r2", "r3"}, seconds=0) == {"r2"}
    assert workloads.left_after(subject, {"r1"}, seconds=0) == set()


def test_a_wait_is_compared_with_one_alone_where_there_was_one():
    waits = {"alone_p99_ms": 0.0, "beside_p99_ms": 3.0, "alone_step_p99_ms": 2.0, "beside_step_p99_ms": 6.0,
             "alone_run_p99_ms": 4.0, "beside_run_p99_ms": 6.0}
    assert workloads.beside_to_alone(waits) == {"beside_to_alone_step_p99": 3.0, "beside_to_alone_run_p99": 1.5}


def test_each_rival_has_the_connections_that_suit_it_unless_some_are_given(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for arguments, wanted in (((), [256, 256, 64, 128]), (("--connections", "7"), [7, 7, 7, 7])):
        options = options_of(monkeypatch, "bench", *arguments)
        subjects = [bench.Weir, *(rivals._ALL[name] for name in ("restate", "dbos", "bullmq"))]
        assert [make(options).connections for make in subjects] == wanted


def processes_of(folder):
    """Those that were told of it, or have a file open that was in it."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            told = process.joinpath("cmdline").read_bytes().decode(errors="replace")
            files = [os.readlink(file) for file in process.glob("fd/*")]
        except OSError:  # it ended, or is not ours
            continue
        if any(str(folder) in text for text in (told, *files)):
            found.append((process.name, told))
    return found


def unignore():
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


@pytest.mark.parametrize("workload", ["W4", "W5"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_bench_and_all_that_it_started(workload, number):
    with subprocess.Popen([sys.executable, ROOT / "loadtest" / "bench.py", "bench", workload, "--seconds", "60",
                           "--bin", BIN], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=environment(), start_new_session=True, preexec_fn=unignore) as process:
        up = re.fullmatch(r"bench: weir is up in (\S+)\n", process.stderr.readline())
        assert up and len(processes_of(up[1])) > 5
        if number == signal.SIGINT:
            os.killpg(process.pid, number)  # as the terminal does
        else:
            process.send_signal(number)
        out, errors = process.communicate(timeout=100)
    assert (process.returncode, out, errors) == (128 + number, "", f"bench: ended by {number.name}\n")
    assert not processes_of(up[1]) and not pathlib.Path(up[1]).exists()


def test_a_signal_waits_for_what_must_not_be_broken_off():
    script = """
import os, signal, ending
ending.listen()
try:
    with ending.held():
        os.kill(os.getpid(), signal.SIGTERM)
        print("whole")
    print("not reached")
except ending.Ended as ended:
    os.kill(os.getpid(), signal.SIGINT)
    print(ended.number)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT / "loadtest", text=True, capture_output=True,
                          check=True, preexec_fn=unignore)
    assert done.stdout == "whole\n15\n"


def bench_fails(*arguments):
    done = subprocess.run([sys.executable, ROOT / "loadtest" / "bench.py", *arguments, "--bin", BIN], text=True,
                          capture_output=True, check=False, env=environment(), timeout=60)
    assert done.returncode == 2 and not done.stdout
    return done.stderr.splitlines()[-1]


def test_what_cannot_be_measured_is_refused():
    for option in ("seconds", "rounds", "fan-outs", "connections", "rates", "sizes", "steps", "grow-workspaces"):
        assert bench_fails("bench", f"--{option}", "0") == (
            f"./dev bench: error: argument --{option}: 0 is not a number of 1 or more")
    assert bench_fails("bench", "--workspaces", "3").endswith("3 is not a number of 4 or more")
    assert bench_fails("bench", "--sizes", "10,5").endswith("of 10,5 each must be more than the one before")
    assert "there is no workload W9; there are idle W1" in bench_fails("bench", "W9")
    assert bench_fails("bench", "W1", "W3", "--profile").endswith(
        "--profile cannot do W3; it can do W1 W2 W4 W7 W8 grow-workspaces")
    assert "there is no rival x; there are restate" in bench_fails("bench", "--against", "x")
    assert bench_fails("soak", "--rounds", "3").endswith("unrecognized arguments: --rounds 3")


def test_bench_and_soak_have_a_help_of_their_own():
    said = {what: subprocess.run([sys.executable, ROOT / "loadtest" / "bench.py", what, "--help"], text=True,
                                 capture_output=True, check=True).stdout for what in ("bench", "soak")}
    assert said["bench"].startswith("usage: ./dev bench [-h]") and said["soak"].startswith("usage: ./dev soak [-h]")
    assert "(1000,100000)" in said["bench"] and "--no-bound" not in said["bench"]
    assert "--no-bound" in said["soak"] and "--rounds" not in said["soak"]


def test_samples_become_a_flame_graph_and_parts():
    script = ["worker\n", "  7f2 memcpy\n", "  55d pool_send\n", "  55c worker_run\n", "\n", "postgres: x\n", "  7f1 read\n"]
    samples = list(profile_run.read_script(script))
    assert samples == [("worker", ["worker_run", "pool_send", "memcpy"]), ("postgres: x", ["read"])]
    symbols = {"pool_send": "io", "worker_run": "executor"}
    assert [profile_run.part_of(*sample, symbols) for sample in samples] == ["loop and its clients (io)", "Postgres"]
    drawn = flame.draw({(command, *stack): 3 for command, stack in samples}, "<title>")
    assert "memcpy (50.00%, 3 samples)" in drawn and "&lt;title&gt;" in drawn


def test_lines_of_figures_become_plots_over_the_number_in_the_workload(tmp_path):
    lines = tmp_path / "lines"
    lines.write_text("".join(json.dumps(line) + "\n" for line in (
        {"workload": "W3 park 1000", "figure": "p50_ms", "weir": 2.0, "rival": "restate", "rival_value": 4.0, "ratio": 0.5},
        {"workload": "W3 park 100000", "figure": "p50_ms", "weir": 3.0, "rival": "restate", "rival_value": 9.0},
        {"workload": "W4", "figure": "p50_ms", "weir": 1.0})))
    found = plot.read([lines])
    grown = plot.series(found)
    assert grown == {("W3 park", "p50_ms"): {"weir": [(1000, 2.0), (100000, 3.0)],
                                             "restate": [(1000, 4.0), (100000, 9.0)]}}
    drawn = plot.line_plot("W3 park", "p50_ms", grown[("W3 park", "p50_ms")])
    assert "100,000" in drawn and drawn.count("<circle") == 4 and "p50_ms, by parked runs</text>" in drawn
    assert "0.5 × restate" in plot.bars(found)


def test_a_value_that_is_not_positive_is_drawn_on_a_linear_axis():
    drawn = plot.line_plot("W3 park", "rss_growth_mb", {"weir": [(1000, -0.5), (100000, 8.0)]})
    assert drawn.count("<circle") == 2 and "rss_growth_mb, by parked runs; linear upwards" in drawn
    up, marks = plot.linear([-0.5, 8.0])
    assert [text for _, text in marks] == ["-5", "0", "5", "10"] and 0 < up(-0.5) < up(8.0) < 1
    up, marks = plot.linear([0, 0])
    assert up(0) == 0 and marks[0] == (0, "0")
    found = {("W3 park 1000", "rss_growth_mb"): {"weir": -0.5, "dbos": 2.0}}
    assert plot.bars(found) is None


def test_the_kept_figures_are_drawn_unless_all_are_wanted(tmp_path):
    lines = tmp_path / "lines"
    lines.write_text("".join(json.dumps({"workload": f"grow steps {n}", "figure": figure, "weir": n}) + "\n"
                             for n in (10, 100) for figure in ("cpu_s_per_1k_steps", "p50_ms")))
    kept = "grow-steps-cpu-s-per-1k-steps.svg"
    for options, wanted in (((), [kept]), (("--all",), [kept, "grow-steps-p50-ms.svg"])):
        subprocess.run([sys.executable, ROOT / "loadtest" / "plot.py", lines, "--into", tmp_path / "drawn", *options],
                       check=True, stdout=subprocess.DEVNULL)
        assert sorted(path.name for path in (tmp_path / "drawn").iterdir()) == wanted


def test_what_plots_select_is_what_is_kept():
    kept = {path.name for path in (ROOT / "docs" / "performance").glob("*.svg")}
    assert {plot.file_name(f"{workload} {figure}") for workload, names in plot.SELECTION.items()
            for figure in names} <= kept


def test_the_fuel_audit_says_how_it_is_asked():
    for arguments, code, said in ((("--help",), 0, "Usage: weir-fuel-audit"), (("--rows",), 2, "a number of 1 or more"),
                                  (("--row", "1"), 2, "there is no such option"),
                                  (("nowhere",), 2, "there is no function nowhere")):
        done = subprocess.run([BIN / "weir-fuel-audit", *arguments], text=True, capture_output=True, check=False,
                              env=environment(), timeout=60)
        assert done.returncode == code and said in done.stdout + done.stderr
