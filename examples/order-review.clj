;; Order review: a shop's webhook starts a run for each new order. The run fetches the order, works
;; out its total, keeps the total, and waits until a person approves or rejects. Only an approved
;; order is applied in the shop.
;;
;; Try it:
;;   weir flows push examples/order-review.clj
;;   weir flows release order-review
;;   then let the shop POST {"order-id": "o-17", "shop-url": "https://shop.example"} to
;;   /<workspace>/events/orders, signed with the secret "orders-secret": the header X-Signature is
;;   the HMAC-SHA256 of the body in hexadecimal.

{:slug        :order-review
 :name        "Order review"
 :description "Fetches an order, totals it, and applies it once a person has approved."
 :tags        ["orders" "approval"]

 ;; Two orders run side by side. The same order once more waits until its first run has ended. Runs
 ;; that a release finds under way finish on the version they began with.
 :concurrency {:type           :keyed
               :key-field      :order-id
               :on-new-version :coexist}

 ;; What a run is given. The webhook's JSON body and `weir flows run --input` are checked by this.
 :invocations
 {:order {:label  "One order"
          :inputs [{:name :order-id :type :text :label "Order" :required true}
                   {:name :shop-url :type :text :label "Address of the shop" :required true}]}}

 ;; Who may start it: the shop, by a signed webhook, and people, by hand.
 :interfaces
 {:webhook [{:id         :order-created
             :label      "A new order in the shop"
             :invocation :order
             :event-name "order.created"
             :path       "orders"
             :auth       {:type :hmac-sha256 :secret-ref :orders-secret}
             :enabled    true}]
  :manual  [{:id         :run
             :label      "Review an order"
             :invocation :order
             :enabled    true}]}

 ;; Data is worked out in functions: they are pure, so the body stays a readable list of steps.
 :functions
 [{:id       :totals
   :language :clojure
   :code     '(fn [input]
                (let [items (map (fn [item]
                                   (assoc item :amount (* (:price item) (:count item))))
                                 (get-in input [:order :items]))
                      total (reduce + 0 (map :amount items))]
                  {:order-id (get-in input [:order :id])
                   :customer (get-in input [:order :customer])
                   :items    (vec items)
                   :total    total}))}]

 :flow
 '(let [input    (flow/input)
        order-id (:order-id input)
        url      (str (:shop-url input) "/orders/" order-id)

        fetched  (flow/step :http :fetch-order
                            {:title   "Fetch the order"
                             :url     url
                             :method  :get
                             :timeout "20s"
                             :retry   {:max-attempts 3 :backoff-ms 500 :backoff :exponential}})

        order    (flow/step :function :total-order
                            {:title "Work out the total"
                             :ref   :totals
                             :input {:order (:body fetched)}})

        _        (flow/step :kv :keep-total
                            {:title     "Keep the total"
                             :operation :set
                             :key       (str "orders/" order-id "/total")
                             :value     (:total order)})

        ;; The run stops here, for a day at most, and holds nothing while it waits. When nobody
        ;; decides it goes on as if the order had been rejected.
        decision (flow/step :wait :approval
                            {:title         "Approve the order"
                             :key           (str "order-" order-id)
                             :timeout       "24h"
                             :on-timeout    :continue
                             :default-value {:action :reject :note "nobody decided in time"}
                             :approval      {:title  (str "Apply order " order-id " of "
                                                          (:customer order) "?")
                                             :params order}})]

    (if (= "approve" (name (:action decision)))
      (let [applied (flow/step :http :apply-order
                               {:title  "Apply the order in the shop"
                                :url    (str url "/apply")
                                :method :post
                                :json   {:order-id order-id :total (:total order)}})]
        {:order-id order-id
         :total    (:total order)
         :applied  true
         :status   (:status applied)})
      {:order-id order-id
       :total    (:total order)
       :applied  false
       :note     (:note decision)}))}
