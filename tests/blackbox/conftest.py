"""Fixtures: `weir` is an installation of the test's own; `target` a local HTTP server to call."""
import http.server
import json
import os
import socket
import threading

import pytest

os.environ.setdefault("WEIR_TEST_RUN", os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid())))

from harness import Weir  # noqa: E402  (the run's id is set before)


@pytest.fixture
def weir():
    installation = Weir()
    try:
        yield installation
    finally:
        installation.close()


class TargetServer(http.server.ThreadingHTTPServer):
    """Knows which connections it has accepted, and how many of them have not ended."""
    daemon_threads = True

    def __init__(self, *arguments):
        self.accepted, self.open, self.changed = set(), 0, threading.Condition()
        super().__init__(*arguments)

    def process_request(self, request, client_address):
        with self.changed:
            self.accepted.add(client_address)
            self.open += 1
            self.changed.notify_all()
        super().process_request(request, client_address)

    def shutdown_request(self, request):
        super().shutdown_request(request)
        with self.changed:
            self.open -= 1
            self.changed.notify_all()

    def until_all_ended(self):
        with socket.create_connection(self.server_address) as last:  # accepted behind all others
            with self.changed:
                assert self.changed.wait_for(lambda: last.getsockname() in self.accepted, 60)
        with self.changed:
            assert self.changed.wait_for(lambda: self.open == 0, 60)


class Target:
    """A local HTTP server: answers what `routes` says, keeps what it was asked.

    routes: path -> (status, body) or a function of the request record that answers such a pair.
    """

    def __init__(self):
        self.requests, self.routes = [], {}
        target = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                record = {"method": self.command, "path": self.path, "headers": dict(self.headers), "body": body}
                target.requests.append(record)
                found = target.routes.get(self.path.split("?")[0], (404, {"error": "no such path"}))
                status, payload = found(record) if callable(found) else found
                data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = answer

            def log_message(self, *_):
                pass

        self.server = TargetServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def until_callers_are_gone(self):
        """What a program that is dead has sent is read: nothing of it comes behind what others send from now on."""
        self.server.until_all_ended()

    def calls(self, path):
        return [r for r in self.requests if r["path"].split("?")[0] == path]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def target():
    server = Target()
    try:
        yield server
    finally:
        server.close()
