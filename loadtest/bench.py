#!/usr/bin/env python3
"""How fast weir is, and whether it keeps its memory: `./dev bench` and `./dev soak` call it.

Starts private servers (Postgres and Redis with weir's own settings: fsync and synchronous_commit
on), puts the workloads of loadtest/README.md on them with weir-load, and prints one JSON line a
figure and a table. `soak` plays very many runs and shows the server's memory on the way.
"""
import argparse
import http.client
import json
import os
import pathlib
import re
import resource
import signal
import shutil
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
START_SECONDS = 120
TICKS = os.sysconf("SC_CLK_TCK")
WORKSPACE = "ws-load"
SOAK_GROWTH_MB = 8  # from the second tenth of the runs to the end
SECRET = "load-secret"


def flow(slug, body, interfaces='{:manual [{:id :run :label "Run" :enabled true}]}'):
    return f"""{{:slug :{slug} :name "{slug}" :description "A workload"
 :concurrency {{:type :keyed :key-field :key :on-new-version :coexist :on-conflict :coexist}}
 :interfaces {interfaces}
 :functions [{{:id :pad :language :clojure
              :code "(fn [input] {{:n (inc (:n input 0)) :pad (apply str (repeat 180 \\"x\\"))}})"}}]
 :flow '(let [input (flow/input)] {body})}}
"""


def chain(count):
    """`count` sequential :function steps; each gets what the one before gave."""
    steps = " ".join(f"s{i} (flow/step :function :s{i} {{:ref :pad :input {'s' + str(i - 1) if i else '{:n 0}'}}})"
                     for i in range(count))
    return f"(let [{steps}] {{:n (:n s{count - 1})}})"


def mixed(port):
    """Three steps of three kinds: one that computes, one that calls out, one that stores."""
    return f'''(let [a (flow/step :function :compute {{:ref :pad :input {{:n 0}}}})
          b (flow/step :http :fetch {{:url "http://127.0.0.1:{port}/" :method :get}})
          c (flow/step :kv :store {{:operation :set :key (:workflow-id (:flow/ctx input)) :value a}})]
      {{:n (:n a) :status (:status b)}})'''


def gets(count, port):
    steps = " ".join(f's{i} (flow/step :http :g{i} {{:url "http://127.0.0.1:{port}/{i}" :method :get}})'
                     for i in range(count))
    return f"(let [{steps}] {{:status (:status s{count - 1})}})"


class Program:
    """A program that prints one JSON line when it is ready."""

    def __init__(self, arguments, log):
        self.log = open(log, "ab")
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("WEIR_", "BREYTA_"))}
        self.process = subprocess.Popen([str(a) for a in arguments], stdout=subprocess.PIPE, stderr=self.log,
                                        stdin=subprocess.DEVNULL, env=environment, text=True)
        timer = threading.Timer(START_SECONDS, self.process.kill)
        timer.start()
        line = next((line for line in self.process.stdout if line.startswith("{")), None)
        timer.cancel()
        if line is None:
            sys.exit(f"bench: {arguments[0]} did not start; see {log}:\n"
                     + pathlib.Path(log).read_text(errors="replace")[-2000:])
        self.ready = json.loads(line)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=120)
        self.log.close()
        return code


def children(pid):
    """The process and all below it."""
    found = [pid]
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in task.read_text().split():
                found += children(int(child))
        except OSError:
            pass
    return found


def cpu_seconds(pids):
    total = 0
    for pid in pids:
        try:
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += sum(int(field) for field in fields[11:15])  # its own, and of children that ended
    return total / TICKS


def resident_mb(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


class Weir:
    """Services and a server on free ports with a data directory of their own."""

    def __init__(self, binaries, keep_logs):
        self.bin = binaries
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="weir-bench-"))
        self.folder.chmod(0o711)  # as root, the services run as another user
        self.keep_logs = keep_logs
        self.data = self.folder / "data"
        self.services = self.server = self.target = None
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self):
        self.services = Program([self.bin / "weir-server", "services", "--json", "--data", self.data],
                                self.folder / "services.log")
        subprocess.run([str(self.bin / "weir-server"), "migrate", "--data", str(self.data)], check=True,
                       stdout=subprocess.DEVNULL, stderr=self.services.log)
        self.server = Program([self.bin / "weir-server", "run", "--json", "--data", self.data, "--port", "0",
                               "--egress-allow", "127.0.0.0/8"], self.folder / "server.log")
        self.port = int(self.server.ready["url"].rsplit(":", 1)[1].strip("/"))
        done = subprocess.run([str(self.bin / "weir-server"), "token", "--json", "--data", str(self.data),
                               "--workspace", WORKSPACE], check=True, capture_output=True, text=True)
        self.headers = [f"Authorization: Bearer {json.loads(done.stdout)['token']}", f"X-Weir-Workspace: {WORKSPACE}"]
        self.target = Program([self.bin / "weir-load-target"], self.folder / "target.log")

    @property
    def pid(self):
        return self.server.process.pid

    def pids(self):
        return [self.pid] + children(self.services.process.pid)

    def disk_bytes(self):
        """Of Postgres, its write-ahead log apart: that is recycled."""
        total = 0
        for folder, _, files in os.walk(self.data):
            if "pg_wal" in folder:
                continue
            for name in files:
                try:
                    total += os.lstat(os.path.join(folder, name)).st_blocks * 512
                except OSError:
                    pass
        return total

    def command(self, name, args):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = dict(header.split(": ", 1) for header in self.headers)
        connection.request("POST", "/api/commands", json.dumps({"command": name, "args": args}),
                           {"Content-Type": "application/json", **headers})
        answer = json.loads(connection.getresponse().read())
        connection.close()
        if not answer["ok"]:
            sys.exit(f"bench: {name}: {json.dumps(answer)}")
        return answer["data"]

    def push(self, source):
        slug = self.command("flows.put_draft", {"flowLiteral": source})["flowSlug"]
        self.command("flows.release", {"flowSlug": slug})
        return slug

    def load(self, *options, command=None, args=None):
        """What weir-load says of one command, sent over and over (or of the request in options)."""
        arguments = [str(self.bin / "weir-load"), "--port", str(self.port)]
        for header in self.headers:
            arguments += ["--header", header]
        if command:
            arguments += ["--path", "/api/commands", "--body", json.dumps({"command": command, "args": args})]
        done = subprocess.run(arguments + [str(o) for o in options], stdout=subprocess.PIPE, text=True, check=False)
        if not done.stdout:
            sys.exit("bench: weir-load failed")
        return json.loads(done.stdout)

    def close(self):
        """The exit code of the server."""
        if self.target:
            self.target.stop()
        code = self.server.stop() if self.server else 1
        if self.services:
            self.services.stop()
        if self.keep_logs or code != 0:
            print(f"bench: the server ended with {code}; logs are in {self.folder}", file=sys.stderr)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
        return code


FIGURES = []


def figure(workload, name, value):
    value = float(f"{value:.4g}")
    FIGURES.append((workload, name, value))
    print(json.dumps({"workload": workload, "figure": name, "weir": value}), flush=True)


COMPLETED = '"status":"completed"'


def runs(weir, options, workload, slug, steps):
    """Saturation, then latency at half of it."""
    started = {"command": "runs.start", "args": {"flowSlug": slug, "input": {}, "waitMs": 30000}}
    weir.load("--connections", 32, "--requests", 500, "--expect", COMPLETED, **started)  # warm, compiled, prepared
    cpu, disk = cpu_seconds(weir.pids()), weir.disk_bytes()
    result = weir.load("--connections", options.connections, "--seconds", options.seconds, "--warmup", 2,
                       "--expect", COMPLETED, **started)
    done = result["good"] * steps
    trouble(workload, result)
    figure(workload, "runs_s", result["per_s"])
    figure(workload, "steps_s", result["per_s"] * steps)
    figure(workload, "cpu_s_per_1k_steps", (cpu_seconds(weir.pids()) - cpu) * 1000 / done)
    figure(workload, "disk_bytes_per_step", (weir.disk_bytes() - disk) / done)
    half = weir.load("--connections", 1000, "--seconds", options.seconds, "--warmup", 1, "--rate",
                     max(1, int(result["per_s"] / 2)), "--expect", COMPLETED, **started)
    trouble(workload, half)
    figure(workload, "p50_ms", half["p50_ms"])
    figure(workload, "p99_ms", half["p99_ms"])
    figure(workload, "rss_mb", resident_mb(weir.pid))


def trouble(workload, result):
    if result["bad"] or result["unanswered"]:
        print(f"bench: {workload}: {result['bad']} answers were bad, {result['unanswered']} did not come",
              file=sys.stderr)


def w1(weir, options):
    runs(weir, options, "W1", weir.push(flow("chain-5", chain(5))), 5)


def w2(weir, options):
    runs(weir, options, "W2", weir.push(flow("http-3", gets(3, weir.target.ready["port"]))), 3)


def w4(weir, options):
    slug = weir.push(flow("latency-1", chain(1)))
    started = {"command": "runs.start", "args": {"flowSlug": slug, "input": {}, "waitMs": 30000}}
    result = weir.load("--connections", 1, "--seconds", options.seconds, "--warmup", 2, "--expect", COMPLETED, **started)
    trouble("W4", result)
    figure("W4", "runs_s", result["per_s"])
    figure("W4", "p50_ms", result["p50_ms"])
    figure("W4", "p99_ms", result["p99_ms"])


def w8(weir, options):
    hook = ('{:webhook [{:id :hook :label "Hook" :event-name "load" :path "load" :auth {:type :api-key '
            ':secret-ref :hook-secret} :respond :ack :enabled true}]}')
    weir.command("secrets.put", {"name": "hook-secret", "value": SECRET})
    slug = weir.push(flow("hooked", "{:n 1}", hook))
    run = weir.command("runs.start", {"flowSlug": weir.push(flow("latency-1", chain(1))), "waitMs": 30000})
    for workload, load in (
            ("W8 runs.get", {"command": "runs.get", "args": {"workflowId": run["workflowId"]}}),
            ("W8 flows.list", {"command": "flows.list", "args": {}})):
        result = weir.load("--connections", 64, "--seconds", options.seconds, "--expect", '"ok":true', **load)
        trouble(workload, result)
        figure(workload, "requests_s", result["per_s"])
        figure(workload, "p99_ms", result["p99_ms"])
    result = weir.load("--connections", 64, "--seconds", options.seconds, "--path", f"/{WORKSPACE}/events/load",
                       "--body", "{}", "--header", f"X-API-Key: {SECRET}", "--expect", '"ok":true')
    trouble(f"W8 webhook {slug}", result)
    figure("W8 webhook", "requests_s", result["per_s"])
    figure("W8 webhook", "p99_ms", result["p99_ms"])


WORKLOADS = {"W1": w1, "W2": w2, "W4": w4, "W8": w8}


def bench(options):
    weir = Weir(options.bin, options.keep_logs)
    try:
        figure("idle", "rss_mb", resident_mb(weir.pid))
        for name in options.workloads or sorted(WORKLOADS):
            WORKLOADS[name](weir, options)
    finally:
        code = weir.close()
    print(f"\n{'workload':<14}{'figure':<22}{'weir':>12}")
    for workload, name, value in FIGURES:
        print(f"{workload:<14}{name:<22}{value:>12g}")
    return code


def soak(options):
    """Three steps a run. Growth counts from the second tenth of the way: before it, caches fill."""
    weir = Weir(options.bin, options.keep_logs)
    try:
        slug = weir.push(flow("soak-3", mixed(weir.target.ready["port"])))
        begin = time.monotonic()
        result = weir.load("--connections", options.connections, "--requests", options.runs, "--watch", weir.pid,
                           "--expect", COMPLETED, command="runs.start",
                           args={"flowSlug": slug, "input": {}, "waitMs": 30000})
        idle = resident_mb(weir.pid)
    finally:
        code = weir.close()
    points = [kb / 1024 for kb in result.get("rss_kb", [])]
    trouble("soak", result)
    print("memory of the server at each twentieth of the runs, MB: " + " ".join(f"{p:.1f}" for p in points))
    growth = points[-1] - points[2] if len(points) > 3 else 0.0
    print(json.dumps({"workload": "soak", "runs": result["good"], "bad": result["bad"], "runs_s": result["per_s"],
                      "seconds": round(time.monotonic() - begin, 1), "rss_first_mb": round(points[0], 1),
                      "rss_last_mb": round(idle, 1), "growth_mb": round(growth, 1), "exit": code}))
    well = code == 0 and result["bad"] == 0 and result["unanswered"] == 0
    if growth > SOAK_GROWTH_MB and not options.no_bound:
        print(f"bench: the server grew by {growth:.1f} MB; {SOAK_GROWTH_MB} are allowed", file=sys.stderr)
        well = False
    return 0 if well else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["bench", "soak"])
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=f"of {' '.join(WORKLOADS)} (all)")
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build" / "release")
    parser.add_argument("--seconds", type=int, default=10, help="how long each measurement takes (10)")
    parser.add_argument("--runs", type=int, default=100000, help="of the soak (100000)")
    parser.add_argument("--connections", type=int, default=256)
    parser.add_argument("--keep-logs", action="store_true")
    parser.add_argument("--no-bound", action="store_true", help="soak: growth is shown, not judged (sanitizers)")
    options = parser.parse_args()
    unknown = [name for name in options.workloads if name not in WORKLOADS]
    if unknown:
        parser.error(f"there is no workload {unknown[0]}; there are {' '.join(WORKLOADS)}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    return bench(options) if options.what == "bench" else soak(options)


if __name__ == "__main__":
    sys.exit(main())
