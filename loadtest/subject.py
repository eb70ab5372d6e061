"""What is measured: weir, or a rival. All of them are driven by weir-load, over HTTP on loopback.

A subject runs from up() to down() in a folder of its own. For the generic workloads it says which
request starts a run of a kind and answers at its end; kinds: "chain-5", "http-3", "latency-1".
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import programs


class Subject:
    name = ""
    saturating = 256  # connections at which it does best
    log_name = "server.log"  # of what weir-load talks to, in the folder

    def __init__(self, options):
        self.bin = options.bin
        self.keep_logs = options.keep_logs
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f"weir-bench-{self.name}-"))
        self.folder.chmod(0o711)  # as root, databases run as another user
        self.port = 0
        self.headers = []
        self.code = None  # of the engine, when it has ended
        self.connections = options.connections or self.saturating
        self.bad = {}  # workload -> requests without a good answer
        self.serial = 0  # ids of runs are never used twice

    def up(self):
        raise NotImplementedError

    def down(self):
        """The exit code of the engine. Stops whatever is up: up() may not have come to its end."""
        raise NotImplementedError

    def close(self, code=0):
        if self.keep_logs or code != 0:
            print(f"bench: {self.name} ended with {code}; logs are in {self.folder}", file=sys.stderr)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    # what it uses

    def engine_pids(self):
        """The engine and its workers, without databases."""
        raise NotImplementedError

    def pids(self):
        """All its processes."""
        raise NotImplementedError

    def disk_bytes(self):
        raise NotImplementedError

    # what it is asked

    def run_request(self, kind):
        """Options of weir-load: starts a run, answered at its end."""
        raise NotImplementedError

    def load_command(self, *options):
        """weir-load, with the headers in a file: everybody sees what stands in a command line."""
        headers = ["--header-file", self.write_lines("headers", self.headers)] if self.headers else []
        return [str(a) for a in (self.bin / "weir-load", "--port", self.port, *headers, *options)]

    def load(self, *options):
        """What weir-load says. Ends the bench when nobody answered it."""
        done = subprocess.run(self.load_command(*options), stdout=subprocess.PIPE, text=True, check=False)
        if not done.stdout:
            sys.exit(f"bench: weir-load failed with {done.returncode}")
        said = json.loads(done.stdout)
        if "silence" in said:
            self.keep_logs = True
            sys.exit(f"bench: the server does not answer: {said['silence']}; its log: {self.folder / self.log_name}")
        return said

    def write_lines(self, name, lines):
        """A file in the folder that nobody else may read: lines hold tokens."""
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text("".join(f"{line}\n" for line in lines))
        return path

    def next_serial(self, count=1000000):
        """The first of `count` numbers for {n}."""
        first = self.serial
        self.serial += count
        return first


class Usage:
    """CPU and disk between its making and since()."""

    def __init__(self, subject):
        self.subject = subject
        self.cpu = programs.cpu_seconds(subject.pids())
        self.disk = subject.disk_bytes()

    def since(self, steps):
        """Figures for as many steps."""
        cpu = programs.cpu_seconds(self.subject.pids()) - self.cpu
        disk = self.subject.disk_bytes() - self.disk
        return {"cpu_s_per_1k_steps": cpu * 1000 / steps, "disk_bytes_per_step": disk / steps} if steps else {}


def shares(said):
    """How much of a core weir-load used, and its target where it was told one: none of them is the bottleneck."""
    return {name: said[name] for name in ("driver_cpu_pct", "target_cpu_pct") if name in said}


def memory(subject):
    return {"rss_mb": programs.resident_mb(subject.engine_pids()), "all_mb": programs.shared_mb(subject.pids())}
