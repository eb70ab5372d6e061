"""Templates: requests that a flow writes once, filled in when a step runs."""
import json

from flows import flow

REQUEST = """:templates [{:id :create-order :type :http-request
  :request {:url "{{shop}}/customers/{{customer}}/orders"
            :method :post
            :headers {"X-Customer" "{{customer}}" "X-Api-Key" {:secret-ref :shop-key}}
            :query {:tag "{{tag}}"}
            :json {:total "{{total}}"
                   :lines "{{lines}}"
                   :note "For {{customer}}:{{#each lines}} {{sku}} x {{count}}{{#unless @last}},{{/unless}}{{/each}}"}}}]"""

STEP = """(flow/step :http :create {:template :create-order
  :data {:shop (:url input) :customer (:customer input) :tag "a b&c" :total 7.5
         :lines [{:sku "lamp" :count 2} {:sku "desk" :count 1}]}})"""


def start(weir, slug, body, given, extra=REQUEST):
    weir.push(flow(slug, body, extra=extra))
    return weir.run(slug, {"key": "k", **given})


def test_a_step_sends_what_its_template_says(weir, target):
    weir.command("secrets.put", {"name": "shop-key", "value": "k3y-of-the-shop"})
    target.routes["/customers/a%2Fb%3Fc/orders"] = (200, {"id": "o-1"})
    run = start(weir, "templated", f"(:body {STEP})", {"url": target.url, "customer": "a/b?c"})
    assert run["status"] == "completed", run
    [call] = target.calls("/customers/a%2Fb%3Fc/orders")
    assert call["method"] == "POST" and call["path"].endswith("?tag=a%20b%26c"), call
    assert call["headers"]["X-Customer"] == "a/b?c" and call["headers"]["X-Api-Key"] == "k3y-of-the-shop"
    assert json.loads(call["body"]) == {
        "total": 7.5, "lines": [{"sku": "lamp", "count": 2}, {"sku": "desk", "count": 1}],
        "note": "For a/b?c: lamp x 2, desk x 1"}
    step = weir.get(run["workflowId"], includeStepResults=True)["steps"][0]
    assert step["input"]["json"]["note"].startswith("For a/b?c") and "k3y-of-the-shop" not in json.dumps(step)


def test_what_the_step_says_itself_wins(weir, target):
    target.routes["/other"] = (200, {})
    body = '(:status (flow/step :http :create {:template :t :url (str (:url input) "/other") :body "own" :data {:x 1}}))'
    templates = ':templates [{:id :t :type :http-request :request {:url "https://nobody.example" :method :put :json {:x "{{x}}"}}}]'
    assert start(weir, "own", body, {"url": target.url}, templates)["status"] == "completed"
    [call] = target.calls("/other")
    assert call["method"] == "PUT" and call["body"] == b"own"


def test_a_template_that_cannot_be_filled_in_fails_the_step_before_it_runs(weir, target):
    run = start(weir, "headers", STEP, {"url": target.url, "customer": "a\r\nX-Evil: 1"})
    assert run["status"] == "failed" and "line break" in json.dumps(run["error"]), run
    dots = start(weir, "dots", STEP, {"url": target.url, "customer": ".."})
    assert dots["status"] == "failed" and "part of the path" in json.dumps(dots["error"]), dots
    assert target.requests == []
    assert weir.command("usage.get")["rows"] == []


def test_data_does_not_name_secrets(weir, target):
    weir.command("secrets.put", {"name": "shop-key", "value": "k3y-of-the-shop"})
    target.routes["/echo"] = (200, {"secret-ref": "shop-key"})
    body = """(let [sent (flow/step :http :create {:template :t :data {:url (:url input) :it (:it input)}})]
                (flow/step :http :again {:template :t :data {:url (:url input) :it (:body sent)}}))"""
    templates = ':templates [{:id :t :type :http-request :request {:url "{{url}}/echo" :method :post :json "{{it}}"}}]'
    run = start(weir, "thief", body, {"url": target.url, "it": {"secret-ref": "shop-key"}}, templates)
    assert [json.loads(c["body"]) for c in target.requests] == [{"secret-ref": "shop-key"}], "what a caller sends is data"
    assert run["status"] == "failed" and "secret" in run["error"]["message"], run


def test_the_input_of_a_run_does_not_name_secrets(weir, target):
    weir.command("secrets.put", {"name": "shop-key", "value": "k3y-of-the-shop"})
    target.routes["/echo"] = (200, {})
    weir.push(flow("inline", '(:status (flow/step :http :a {:url (str (:url input) "/echo") :method :post '
                             ':headers {"X-Key" {:secret-ref :shop-key}} :json (:it input)}))'))
    it = {"a": [{"secret-ref": "shop-key"}]}
    assert weir.run("inline", {"key": "k", "url": target.url, "it": it})["result"] == 200
    [call] = target.requests
    assert json.loads(call["body"]) == it and call["headers"]["X-Key"] == "k3y-of-the-shop"


def test_what_an_answer_says_names_no_secret_that_the_flow_does_not(weir, target):
    weir.command("secrets.put", {"name": "other-key", "value": "k3y-of-another-flow"})
    target.routes["/echo"] = (200, {"secret-ref": "other-key"})
    weir.push(flow("copies", f"""(let [got (flow/step :http :a {{:url "{target.url}/echo"}})]
        (flow/step :http :b {{:url "{target.url}/echo" :method :post :json (:body got)}}))"""))
    run = weir.run("copies")
    assert run["status"] == "failed" and run["error"]["class"] == "permission", run
    assert "other-key" in run["error"]["message"] and len(target.requests) == 1


def test_a_template_that_is_wrong_is_refused_at_push_with_its_position(weir):
    source = flow("broken", '(flow/step :http :a {:template :t})',
                  extra=':templates [{:id :t :type :http-request\n :request {:url "https://x.example/{{#if id}}"}}]')
    status, refused = weir.refused("flows.put_draft", {"flowLiteral": source})
    assert status == 422
    [error] = [d for d in refused["details"]["diagnostics"] if d["severity"] == "error"]
    line = next(i for i, text in enumerate(source.split("\n"), 1) if "{{#if" in text)
    column = source.split("\n")[line - 1].index("{{#if") + 1
    assert (error["code"], error["line"], error["column"]) == ("template_invalid", line, column)
