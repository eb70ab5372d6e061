"""Connections that clients keep: answers with a length, one after the other, without pauses."""
import http.client
import json


def test_an_answer_tells_its_length(weir):
    _, headers, _ = weir.command_raw("flows.list")
    assert "Content-Length" in {name.title() for name in headers}
    assert "Transfer-Encoding" not in {name.title() for name in headers}


def test_a_connection_that_waits_for_its_client_stays(weir):
    connection = http.client.HTTPConnection("127.0.0.1", weir.port, timeout=30)
    headers = {"Authorization": f"Bearer {weir.token}", "Content-Type": "application/json",
               "X-Weir-Workspace": weir.workspace}
    connection.connect()
    kept = connection.sock
    for _ in range(50):
        connection.request("POST", "/api/commands", json.dumps({"command": "flows.list", "args": {}}), headers)
        answer = connection.getresponse()
        assert answer.status == 200
        answer.read()
        assert connection.sock is kept
    connection.close()
