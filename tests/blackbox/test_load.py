"""The load driver: what it sends arrives, and what it says is so."""
import concurrent.futures
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
from flows import flow, function
from harness import BIN, ROOT, Program, environment, until

sys.path.insert(0, str(ROOT / "loadtest"))
import programs  # noqa: E402  (the path is set before)
import subject  # noqa: E402


def load(weir, *options, body=None, code=0):
    headers = weir.folder / "headers"
    headers.write_text(f"Authorization: Bearer {weir.token}\nX-Weir-Workspace: {weir.workspace}\n")
    done = subprocess.run([BIN / "weir-load", "--port", str(weir.port), "--path", "/api/commands", "--body",
                           json.dumps(body), "--header-file", headers, *options], text=True, capture_output=True,
                          check=False, env=environment(), timeout=60)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def start(slug, wait_ms=20000, **payload):
    return {"command": "runs.start", "args": {"flowSlug": slug, "input": payload, "waitMs": wait_ms}}


def test_a_number_of_requests_is_sent_and_memory_is_watched(weir):
    weir.push(flow("loaded", f"(do {function('a', '1')} :done)"))
    said = load(weir, "--requests", "40", "--connections", "8", "--expect", '"status":"completed"', "--watch",
                str(weir.server.process.pid), body=start("loaded"))
    assert (said["good"], said["bad"], said["unanswered"]) == (40, 0, 0)
    assert 0 < said["p50_ms"] <= said["p99_ms"] <= said["max_ms"]
    assert len(said["rss_kb"]) > 5 and min(said["rss_kb"]) > 1000
    assert len(weir.command("runs.list", {"flowSlug": "loaded", "limit": 100})["runs"]) == 40


def test_starts_that_wait_at_the_same_time_get_each_its_own_result(weir):
    weir.push(flow("echo", "{:n (:n input) :text (apply str (repeat (:size input) \"x\"))}"))

    def is_own(n):
        size = 90000 if n % 5 == 0 else 10
        answer = weir.command("runs.start", {"flowSlug": "echo", "input": {"n": n, "size": size}, "waitMs": 60000})
        return answer["run"]["result"] == {"n": n, "text": "x" * size}

    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        assert all(pool.map(is_own, range(200)))


class Moody:
    """A server on a port of its own that does to the n-th request of a connection what `moods` says of it."""

    OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    STILL = None  # says nothing, and waits
    DIES = b" "   # this connection ends, and no other one is accepted
    LATE = "late"  # answers after 1.5 s

    def __init__(self, *moods):
        self.moods, self.served, self.heads = moods, [], []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.served.append(0)
            threading.Thread(target=self.serve, args=(connection, len(self.served) - 1), daemon=True).start()

    def serve(self, connection, index):
        with connection:
            while head := connection.recv(65536):
                mood = self.moods[min(self.served[index], len(self.moods) - 1)]
                self.served[index] += 1
                self.heads.append(head.decode())
                if mood is self.STILL:
                    continue
                if mood is self.DIES:
                    self.socket.shutdown(socket.SHUT_RDWR)
                    return
                if mood is self.LATE:
                    time.sleep(1.5)
                    mood = self.OK
                connection.sendall(mood)
                if mood != self.OK:
                    return


def drive(*moods, options=(), code=0):
    """What weir-load says of such a server, its stderr, and how many requests came on each connection."""
    server = Moody(*moods)
    try:
        done = subprocess.run([BIN / "weir-load", "--port", str(server.port), "--connections", "1", *options],
                              text=True, capture_output=True, check=False, env=environment(), timeout=60)
    finally:
        server.socket.close()
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout), done.stderr, [count for count in server.served if count]


def test_a_request_that_may_come_twice_is_sent_again_when_its_kept_connection_was_closed():
    for options in (("--method", "GET"), ("--idempotent",)):
        said, errors, served = drive(Moody.OK, b"", options=("--requests", "4", *options))
        assert (said["good"], said["bad"], said["repeated"], said["lost"]) == (4, 0, 3, {}), errors
        assert served == [2, 2, 2, 1]


def test_a_request_that_may_not_come_twice_is_counted_as_lost_in_words():
    said, errors, served = drive(Moody.OK, b"", options=("--requests", "4"), code=1)
    assert (said["good"], said["bad"], said["repeated"], said["lost"]) == (2, 2, 0, {"closed": 2})
    assert "request 1 has no answer: its connection, after 1 answers and 0.0 s idle, was closed before a byte" in errors
    assert "status" not in errors and served == [2, 2]


def test_a_connection_that_never_answered_is_not_asked_again():
    said, _, served = drive(b"", options=("--requests", "2", "--method", "GET"), code=1)
    assert (said["bad"], said["repeated"], said["lost"], served) == (2, 0, {"closed": 2}, [1, 1])


def test_answers_that_break_off_and_answers_without_a_length_are_told_apart():
    for mood, kind, words in ((Moody.OK[:-1], "cut", "was closed within the answer"),
                              (b"HTTP/1.1 200 OK\r\n\r\nok", "unreadable", "whose status or length cannot be told")):
        said, errors, _ = drive(mood, options=("--requests", "1", "--method", "GET"), code=1)
        assert (said["lost"], said["repeated"]) == ({kind: 1}, 0) and words in errors


def test_nothing_is_sent_on_a_connection_that_the_server_said_to_close():
    said, errors, served = drive(Moody.OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
                                 options=("--requests", "5"))
    assert (said["good"], said["bad"], served) == (5, 0, [1] * 5), errors


def test_a_connection_that_was_idle_for_long_is_renewed_before_a_request():
    for idle, wanted in (("100", [1] * 3), ("4000", [3])):
        said, errors, served = drive(Moody.OK, options=("--requests", "3", "--rate", "5", "--idle-max", idle))
        assert (said["good"], served) == (3, wanted), errors


def run_load(*options, code):
    done = subprocess.run([BIN / "weir-load", *map(str, options)], text=True, capture_output=True, check=False,
                          env=environment(), timeout=60)
    assert done.returncode == code, done.stderr
    return done.stdout, done.stderr


@pytest.fixture(name="closed_port")
def make_closed_port():
    with socket.socket() as bound:  # nobody listens, and nobody else takes it
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def test_it_gives_up_when_nobody_listens(closed_port):
    for options in (("--requests", 5), ("--seconds", 30), ("--seconds", 30, "--rate", 10)):
        out, errors = run_load("--port", closed_port, "--patience", 1, *options, code=1)
        said = json.loads(out)
        words = f"no connection to 127.0.0.1:{closed_port} for 1 s: Connection refused"
        assert (said["good"], said["silence"]) == (0, words) and errors == f"weir-load: {words}\n"


def test_a_measurement_in_which_nobody_listened_is_not_good(closed_port):
    out, _ = run_load("--port", closed_port, "--seconds", 1, "--warmup", 0, code=1)
    assert json.loads(out)["silence"] == f"no connection to 127.0.0.1:{closed_port} at the end: Connection refused"


def test_it_gives_up_when_the_server_dies_on_the_way():
    for options in ((), ("--idempotent",)):
        said, errors, _ = drive(Moody.OK, Moody.OK, Moody.DIES, options=("--requests", "9", "--patience", "1", *options),
                                code=1)
        assert (said["good"], said["due"]) == (2, 9) and said["unsent"] >= 6, errors
        assert "for 1 s: Connection refused" in said["silence"]


def test_it_gives_up_when_a_server_takes_requests_and_answers_none():
    said, _, served = drive(Moody.STILL, options=("--requests", "3", "--answer-max", "1"), code=1)
    assert said["silence"] == "none of 1 requests under way was answered for 1 s"
    assert (said["unanswered"], said["unsent"], served) == (1, 2, [1])
    assert said["p50_ms"] > 900  # what has waited is not left out


def test_what_was_due_and_could_not_be_sent_in_time_is_sent_late():
    said, errors, _ = drive(Moody.LATE, Moody.OK,
                            options=("--rate", "500", "--seconds", "1", "--warmup", "0", "--patience", "50"))
    assert (said["due"], said["good"], said["unsent"]) == (500, 500, 0), errors
    assert said["p50_ms"] > 500  # counted from when they were due, and half of them were due in the first half second


def test_what_is_never_sent_is_counted_with_what_it_has_waited():
    said, _, _ = drive(Moody.OK, options=("--rate", "200000", "--seconds", "1", "--warmup", "0", "--patience", "1"),
                       code=1)
    assert said["due"] == 200000 and said["unsent"] > 0 and said["good"] + said["unsent"] == 200000
    assert said["p50_ms"] > 1000  # most are unsent, and waited for the patience at least
    assert "silence" not in said


def test_headers_come_from_a_file(tmp_path):
    (tmp_path / "headers").write_text("X-One: {1}\r\n\nX-Two: 2\n")
    (tmp_path / "lines").write_text("ann\n")
    server = Moody(Moody.OK)
    run_load("--port", server.port, "--requests", 1, "--connections", 1, "--header-file", tmp_path / "headers",
             "--lines", tmp_path / "lines", code=0)
    server.socket.close()
    assert "\r\nX-One: ann\r\nX-Two: 2\r\n\r\n" in server.heads[0]
    (tmp_path / "headers").write_text("X-One: 1\nsecret\n")
    _, errors = run_load("--port", 1, "--header-file", tmp_path / "headers", code=2)
    assert errors == f"weir-load: line 2 of {tmp_path}/headers is no header\n"


def test_wrong_options_are_refused_in_one_line():
    for options, words in ((("--port", "0"), "--port is a number from 1 to 65535, not 0"),
                           (("--port", "1", "--seconds", "ten"), "--seconds is a number from 1 to 1000000, not ten"),
                           (("--port", "1", "--rate", "9" * 30), "--rate is a number from 1 to 1000000, not " + "9" * 30),
                           (("--port", "1", "--connections", "-1"), "--connections is a number from 1 to 60000, not -1"),
                           ((), "--port is missing"), (("--port", "1", "more"), "more is no option"),
                           (("--port", "1", "--header", "x"), "--header is NAME: VALUE, not x"),
                           (("--port", "1", "--watch", "1"), "--watch needs --requests"),
                           (("--port", "1", "--then-body", "x"), "--then-body and --then-expect need --then-path")):
        assert run_load(*options, code=2) == ("", f"weir-load: {words}\n")


def test_help_says_something_of_each_option():
    out, _ = run_load("--help", code=0)
    source = (ROOT / "loadtest" / "load_options.c").read_text()
    names = re.findall(r'^    \{"([a-z-]+)", KEY_', source, re.MULTILINE)
    assert len(names) > 20
    for name in names:
        assert re.search(rf"--{name}(=\S+)?\s+\w", out), name


def test_it_tells_what_driver_and_target_use(tmp_path):
    target = Program([BIN / "weir-load-target"], tmp_path / "err")
    out, _ = run_load("--port", target.ready["port"], "--method", "GET", "--seconds", 1, "--warmup", 0, "--target",
                      target.process.pid, code=0)
    target.stop(expect=None)
    said = json.loads(out)
    assert 0 < said["driver_cpu_pct"] < 110 and 0 < said["target_cpu_pct"] < 110


class Bare(subject.Subject):
    """A subject of nothing but a port."""

    name = "bare"

    def __init__(self, port):
        self.bin, self.keep_logs, self.connections = BIN, False, None
        super().__init__(self)
        self.port = port


def test_tokens_stand_in_no_command_line():
    bare = Bare(1)
    bare.headers = ["Authorization: Bearer secret"]
    command = bare.load_command("--requests", 1)
    path = pathlib.Path(command[command.index("--header-file") + 1])
    assert "secret" not in " ".join(command) and "secret" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    bare.close()
    assert not path.exists()


def test_a_subject_that_does_not_answer_is_one_line_with_its_log(closed_port):
    bare = Bare(closed_port)
    with pytest.raises(SystemExit) as ended:
        bare.load("--requests", 1, "--patience", 1)
    assert str(ended.value) == (f"bench: the server does not answer: no connection to 127.0.0.1:{closed_port} for 1 s: "
                                f"Connection refused; its log: {bare.folder}/server.log")
    bare.close()
    assert bare.folder.exists()
    shutil.rmtree(bare.folder)


def program_among(pids, *words):
    for pid in pids:
        try:
            arguments = pathlib.Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        except OSError:
            continue
        if all(any(word in argument for argument in arguments) for word in words):
            return pid
    return None


def test_a_bench_whose_server_dies_ends_with_1_and_leaves_nothing_but_the_logs():
    with subprocess.Popen([sys.executable, ROOT / "loadtest" / "bench.py", "bench", "W4", "--seconds", "3", "--bin",
                           BIN], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as bench:
        until(lambda: program_among(programs.children(bench.pid), "weir-load", "--port"))
        family = programs.children(bench.pid)
        os.kill(program_among(family, "weir-server", "run"), signal.SIGKILL)
        out, errors = bench.communicate(timeout=120)
    found = re.search(r"bench: the server does not answer: no connection .*; its log: (\S+)\n", errors)
    assert bench.returncode == 1 and found and out == "", errors
    log = pathlib.Path(found[1])
    assert log.exists() and "Traceback" not in errors
    assert not [pid for pid in family if pathlib.Path(f"/proc/{pid}").exists()]
    shutil.rmtree(log.parent)


def test_answers_that_are_not_expected_are_counted_apart(weir):
    said = load(weir, "--requests", "5", "--connections", "2", body=start("nowhere"), code=1)
    assert (said["good"], said["bad"]) == (0, 5)


def test_each_request_has_its_number_and_its_line(weir):
    weir.push(flow("told", "{:n (:n input) :who (:who input)}"))
    lines = weir.folder / "lines"
    lines.write_text("ann\tx\nbob\ty\n")
    load(weir, "--requests", "4", "--connections", "1", "--first", "10", "--lines", str(lines),
         body=start("told", n="{n}", who="{1}{2}{3}"))
    runs = weir.command("runs.list", {"flowSlug": "told"})["runs"]
    results = [weir.get(run["workflowId"])["result"] for run in reversed(runs)]
    assert [(r["n"], r["who"]) for r in results] == [("10", "annx"), ("11", "boby"), ("12", "annx"), ("13", "boby")]


def test_a_second_half_follows_a_good_answer_and_the_first_is_recorded(weir):
    weir.push(flow("parks", '(flow/step :wait :resume {:title "Go on"})'))
    record = weir.folder / "record"
    load(weir, "--requests", "3", "--record", str(record), "--field", "workflowId", body=start("parks"))
    begun = [line.split("\t") for line in record.read_text().splitlines()]
    assert sorted(number for number, _ in begun) == ["0", "1", "2"]
    waits = weir.waits()
    assert {wait["workflowId"] for wait in waits} == {name for _, name in begun}
    lines = weir.folder / "lines"
    lines.write_text("".join(f"{wait['callbackUrl'].split('/', 3)[3]}\t{wait['workflowId']}\n" for wait in waits))
    get = {"command": "runs.get", "args": {"workflowId": "{2}", "waitMs": 20000}}
    said = load(weir, "--requests", "3", "--lines", str(lines), "--path", "/{1}", "--then-path", "/api/commands",
                "--then-body", json.dumps(get), "--then-expect", '"status":"completed"', body={"go": True})
    assert (said["good"], said["bad"]) == (3, 0)
    assert 0 < said["then_p50_ms"] < said["p50_ms"]


def test_the_target_keeps_what_it_was_asked_in_order(tmp_path):
    target = Program([BIN / "weir-load-target", tmp_path / "log"], tmp_path / "err")
    connection = http.client.HTTPConnection("127.0.0.1", target.ready["port"])
    for path, body, key in (("/a", None, None), ("/b", "{}", "k1"), ("/b", "x" * 70000, "k1")):
        connection.request("POST" if body else "GET", path, body, {"Idempotency-Key": key} if key else {})
        answer = connection.getresponse()
        assert (answer.status, len(answer.read())) == (200, 300)
    connection.close()
    target.stop(expect=None)
    assert (tmp_path / "log").read_text() == "/a\t\n/b\tk1\n/b\tk1\n"
