"""The flows of the workloads."""

MANUAL = '{:manual [{:id :run :label "Run" :enabled true}]}'


def flow(slug, body, interfaces=MANUAL):
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


def gets(count, port):
    """`count` sequential :http GETs."""
    steps = " ".join(f's{i} (flow/step :http :g{i} {{:url "http://127.0.0.1:{port}/{i}" :method :get}})'
                     for i in range(count))
    return f"(let [{steps}] {{:status (:status s{count - 1})}})"


def effects(count, port):
    """`count` sequential :http POSTs, whose paths say which step of which run they are."""
    steps = " ".join(f's{i} (flow/step :http :s{i} {{:url (str "http://127.0.0.1:{port}/" id "/{i}") '
                     ':method :post :json {:n 1}})' for i in range(count))
    return f"(let [id (:workflow-id (:flow/ctx input)) {steps}] {{:status (:status s{count - 1})}})"


def park():
    """A step, then a wait that a callback ends."""
    return ("(let [s (flow/step :function :first {:ref :pad :input {:n 0}})"
            " w (flow/step :wait :resume {:title \"Go on\" :timeout \"20d\"})] {:n (:n s) :go (:go w)})")


def fan_out(items, concurrency):
    return (f"(let [done (flow/each {{:concurrency {concurrency}}} [x (range {items})]"
            " (flow/step :function :item {:ref :pad :input {:n x}}))] {:n (count done)})")


def loop():
    """As many steps as the input says, one after the other."""
    return ("(loop [i 0] (if (< i (:steps input))"
            " (do (flow/step :function :turn {:ref :pad :input {:n i}}) (recur (inc i))) {:n i}))")


def mixed(port):
    """Three steps of three kinds: one that computes, one that calls out, one that stores."""
    return f'''(let [a (flow/step :function :compute {{:ref :pad :input {{:n 0}}}})
          b (flow/step :http :fetch {{:url "http://127.0.0.1:{port}/" :method :get}})
          c (flow/step :kv :store {{:operation :set :key (:workflow-id (:flow/ctx input)) :value a}})]
      {{:n (:n a) :status (:status b)}})'''
