"""Starts the real programs for a test: private Postgres and Redis, weir-server, the weir command.

A cluster is made once for each run of the suite and copied for each test, since making one takes
seconds. Everything talks through HTTP and the command line only.
"""
import fcntl
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.parse
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = pathlib.Path(os.environ.get("WEIR_BIN", ROOT / "build" / "dev"))
EXAMPLES = ROOT / "examples"
START_SECONDS = 90


def environment(**extra):
    """Ours without anything of weir's or breyta's; sanitizers stop at the first finding."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("WEIR_", "BREYTA_"))}
    return {**kept, "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:exitcode=99",
            "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=99", **extra}


class Program:
    """A program that prints one JSON line when it is ready; its stderr is kept for the failure."""

    def __init__(self, arguments, log, **extra_environment):
        self.log = pathlib.Path(log)
        self.errors = open(self.log, "ab")
        self.process = subprocess.Popen([str(a) for a in arguments], stdout=subprocess.PIPE, stderr=self.errors,
                                        stdin=subprocess.DEVNULL, env=environment(**extra_environment), text=True)
        self.ready = self._wait_ready()

    def _wait_ready(self):
        timer = threading.Timer(START_SECONDS, self.process.kill)
        timer.start()
        try:
            for line in self.process.stdout:
                if line.startswith("{"):
                    return json.loads(line)
        finally:
            timer.cancel()
        raise AssertionError(f"{self.process.args[0]} did not become ready:\n{self.output()}")

    def output(self):
        return self.log.read_text(errors="replace")[-20000:]

    def stop(self, number=signal.SIGTERM, expect=0):
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(timeout=60)
        self.process.stdout.close()
        self.errors.close()
        if expect is not None and code != expect:
            raise AssertionError(f"{self.process.args[:2]} ended with {code}:\n{self.output()}")

    def kill(self):
        self.stop(signal.SIGKILL, expect=None)


def template_cluster():
    """The data directory of a stopped, migrated installation; made by whoever comes first."""
    folder = pathlib.Path(tempfile.gettempdir()) / f"weir-tests-{os.getuid()}-{os.environ.get('WEIR_TEST_RUN', os.getpid())}"
    folder.mkdir(mode=0o711, exist_ok=True)
    with open(folder / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            data = folder / "template"
            services = Program([BIN / "weir-server", "services", "--json", "--data", data], folder / "template.log")
            try:
                subprocess.run([BIN / "weir-server", "migrate", "--data", data], check=True, env=environment(),
                               capture_output=True, text=True)
            finally:
                services.stop()
            (folder / "made").touch()
    return folder / "template"


class Weir:
    """One installation: services, a server, a workspace with a token."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="weir-test-"))
        self.folder.chmod(0o711)
        self.data = self.folder / "data"
        subprocess.run(["cp", "-a", "--", str(template_cluster()), str(self.data)], check=True)
        (self.data / "lock").unlink(missing_ok=True)
        self.services = Program([BIN / "weir-server", "services", "--json", "--data", self.data],
                                self.folder / "services.log")
        self.server = None
        self.port = 0
        self.start()
        self.workspace = "ws-test"
        self.token = self.make_token(self.workspace)

    def start(self, *arguments, environment=None):
        self.server = Program([BIN / "weir-server", "run", "--json", "--data", self.data, "--port", self.port,
                               "--egress-allow", "127.0.0.0/8", *arguments], self.folder / "server.log",
                              **(environment or {}))
        self.url = self.server.ready["url"]
        self.port = urllib.parse.urlsplit(self.url).port

    def kill(self):
        self.server.kill()

    def restart(self):
        self.server.stop()
        self.start()

    def close(self):
        try:
            if self.server and self.server.process.poll() is None:
                self.server.stop()
        finally:
            self.services.stop(expect=None)
            shutil.rmtree(self.folder, ignore_errors=True)

    def make_token(self, workspace, role="admin", principal="tester"):
        done = subprocess.run([BIN / "weir-server", "token", "--json", "--data", self.data, "--workspace", workspace,
                               "--role", role, "--principal", principal], check=True, env=environment(),
                              capture_output=True, text=True)
        return json.loads(done.stdout)["token"]

    # HTTP

    def http(self, method, path, body=None, headers=None):
        """(status, headers, body): the body parsed when it is JSON. path may be a whole URL."""
        parts = urllib.parse.urlsplit(path)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, target, body=body, headers=headers or {})
            answer = connection.getresponse()
            data = answer.read()
        finally:
            connection.close()
        if "json" in answer.getheader("Content-Type", ""):
            data = json.loads(data)
        return answer.status, dict(answer.getheaders()), data

    def command_raw(self, command, args=None, token=None, workspace=None, **headers):
        body = json.dumps({"command": command, "args": args or {}})
        return self.http("POST", "/api/commands", body, {
            "Authorization": f"Bearer {token or self.token}", "Content-Type": "application/json",
            "X-Weir-Workspace": workspace or self.workspace, **headers})

    def command(self, command, args=None, **options):
        """The data of an answer that must be ok."""
        status, _, answer = self.command_raw(command, args, **options)
        assert status == 200 and answer["ok"], f"{command}: {status} {json.dumps(answer)}"
        return answer["data"]

    def command_until(self, command, args=None):
        """As command(), sent again with the same operation id as long as the database is away."""
        operation = {"X-Weir-Operation-ID": str(uuid.uuid4())}

        def answered():
            status, _, answer = self.command_raw(command, args, **operation)
            assert status in (200, 503), f"{command}: {status} {json.dumps(answer)}"
            return status == 200 and (answer["data"],)

        return until(answered, f"{command} is not answered")[0]

    def refused(self, command, args=None, **options):
        """(status, error) of an answer that must not be ok."""
        status, _, answer = self.command_raw(command, args, **options)
        assert status >= 400 and not answer["ok"], f"{command}: {status} {json.dumps(answer)}"
        return status, answer["error"]

    def webhook(self, path, payload, secret=None, delivery=None, signature=None):
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        headers = {"Content-Type": "application/json"}
        if secret:
            signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        if signature is not None:
            headers["X-Signature"] = signature
        if delivery:
            headers["Idempotency-Key"] = delivery
        return self.http("POST", f"/{self.workspace}/events/{path}", body, headers)

    # the command line

    def cli(self, *arguments, code=0, stdin=None):
        """The JSON that `weir …` prints; its exit code must be `code`."""
        done = subprocess.run([str(BIN / "weir"), *[str(a) for a in arguments]], text=True, capture_output=True,
                              check=False, input=stdin, timeout=60,
                              env=environment(WEIR_API_URL=self.url, WEIR_TOKEN=self.token,
                                              WEIR_WORKSPACE=self.workspace, HOME=str(self.folder)))
        assert done.returncode == code, f"weir {arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout)

    # flows and runs

    def push(self, source, release=True):
        """Pushes a flow (its text or a file of examples/); answers its slug."""
        if isinstance(source, pathlib.Path):
            source = source.read_text()
        slug = self.command("flows.put_draft", {"flowLiteral": source})["flowSlug"]
        if release:
            self.command("flows.release", {"flowSlug": slug})
        return slug

    def run(self, slug, payload=None, wait_ms=20000, **args):
        """Starts a run and answers its record when it ended or parked."""
        started = self.command("runs.start", {"flowSlug": slug, "input": payload or {}, **args})
        return self.settle(started["workflowId"], wait_ms)

    def get(self, run_id, **args):
        return self.command("runs.get", {"workflowId": run_id, "includeSteps": True, "includeResult": True, **args})["run"]

    def settle(self, run_id, wait_ms=20000, until=("waiting", "completed", "failed", "cancelled", "terminated", "timed-out")):
        """The run's record as soon as its status is one of `until`."""
        deadline = time.monotonic() + wait_ms / 1000
        while True:
            run = self.get(run_id, waitMs=2000)
            if run["status"] in until:
                return run
            assert time.monotonic() < deadline, f"{run_id} is still {run['status']}\n{self.server.output()}"

    def waits(self, run_id=None):
        waits = self.command("waits.list", {"workflowId": run_id} if run_id else {})["waits"]
        return waits


def until(condition, what="it did not come true", seconds=60):
    """What `condition` answers as soon as that is true; asks again and again."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, what
        os.sched_yield()
    return answer


def current_user_is_root():
    return pwd.getpwuid(os.getuid()).pw_name == "root"
