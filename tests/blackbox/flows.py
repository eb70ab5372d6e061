"""Flow files for the tests, built from their parts."""


def flow(slug, body, interfaces="{:manual [{:id :run :label \"Run\" :enabled true}]}", extra="",
         concurrency="{:type :keyed :key-field :key :on-new-version :coexist :on-conflict :coexist}"):
    return f"""{{:slug :{slug}
 :name "{slug}"
 :description "A flow of the tests"
 :concurrency {concurrency}
 :interfaces {interfaces}
 {extra}
 :flow
 '(let [input (flow/input)]
    {body})}}
"""


def webhook(path, auth="{:type :hmac-sha256 :secret-ref :hook-secret}", options=""):
    return (f'{{:webhook [{{:id :hook :label "Hook" :event-name "{path}" :path "{path}" :auth {auth} {options} '
            ':enabled true}]}')


STEP = '(flow/step :function :{id} {{:code "(fn [input] {code})" :input {input}}})'


def function(step_id, code, given="{}"):
    return STEP.format(id=step_id, code=code.replace('"', '\\"'), input=given)
