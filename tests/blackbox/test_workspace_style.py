"""A workspace that asks for it takes no flow with findings of style."""
from flows import flow

STYLED = flow("styled", "(let [ids (mapv :id [{:id 1}])] (->> ids (reduce +)))")
PLAIN = flow("plain", "{:ok true}")
CODES = {"prohibited_orchestration_transform", "unsupported_visual_flow_form"}


def severities(diagnostics):
    return {d["severity"] for d in diagnostics if d["code"] in CODES}


def test_a_push_to_a_strict_workspace_refuses_what_elsewhere_are_warnings(weir, tmp_path):
    path = tmp_path / "styled.clj"
    path.write_text(STYLED)
    pushed = weir.cli("flows", "push", path)["data"]
    assert severities(pushed["diagnostics"]) == {"warning"}

    assert weir.cli("workspace", "show")["data"]["strictStyle"] is False
    assert weir.cli("workspace", "set", "--strict-style", "on")["data"]["strictStyle"] is True
    shown = weir.cli("workspace", "show")["data"]
    assert shown["name"] == "ws-test" and shown["strictStyle"] is True and shown["createdAt"]

    refused = weir.cli("flows", "push", path, code=1)["error"]
    assert refused["code"] == "flow_invalid"
    assert severities(refused["details"]["diagnostics"]) == {"error"}
    assert all(d["hint"] for d in refused["details"]["diagnostics"])
    for args in ({"flowLiteral": STYLED}, {"flowSlug": "styled"}):
        linted = weir.command("flows.lint", args)
        assert not linted["valid"] and severities(linted["diagnostics"]) == {"error"}
    weir.push(PLAIN)


def test_what_was_pushed_before_can_still_be_released_and_runs(weir):
    weir.push(STYLED, release=False)
    weir.command("workspaces.update", {"strictStyle": True})
    weir.command("flows.release", {"flowSlug": "styled"})
    assert weir.run("styled")["result"] == 1
    weir.command("workspaces.update", {"strictStyle": False})
    weir.push(STYLED)


def test_the_setting_is_of_one_workspace_and_for_its_admins_to_change(weir):
    other = weir.make_token("ws-other")
    weir.command("workspaces.update", {"strictStyle": True})
    assert not weir.command("workspaces.get", token=other, workspace="ws-other")["strictStyle"]
    weir.command("flows.put_draft", {"flowLiteral": STYLED}, token=other, workspace="ws-other")
    for role in ("viewer", "reviewer", "runner", "developer"):
        token = weir.make_token("ws-test", role=role)
        assert weir.command("workspaces.get", token=token)["strictStyle"]
        status, error = weir.refused("workspaces.update", {"strictStyle": False}, token=token)
        assert (status, error["code"]) == (403, "forbidden")
    assert weir.command("workspaces.get")["strictStyle"]


def test_a_setting_that_is_none_is_refused(weir):
    assert weir.refused("workspaces.update")[0] == 422
    assert weir.refused("workspaces.update", {"strictStyle": "on"})[0] == 422
    answer = weir.cli("workspace", "set", "--strict-style", "maybe", code=2)
    assert "on or off" in answer["error"]["message"]
    answer = weir.cli("workspace", "set", code=1)
    assert answer["error"]["code"] == "missing_required_field" and "strictStyle" in answer["error"]["message"]
