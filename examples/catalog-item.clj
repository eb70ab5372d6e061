;; Catalog item: puts one item into a shop. The flow catalog-sync calls it for each item of a catalog;
;; it can be run by hand, too.

{:slug        :catalog-item
 :name        "Catalog item"
 :description "Puts one item into a shop, and remembers which."
 :tags        ["catalog"]

 ;; At most twenty items at once, whoever calls.
 :concurrency {:type           :limit
               :limit          20
               :on-new-version :coexist}

 :invocations
 {:item {:label  "One item"
         :inputs [{:name :to :type :text :label "Address of the shop" :required true}
                  {:name :item :type :json :label "The item" :required true}]}}

 :interfaces
 {:manual [{:id         :run
            :label      "Put an item"
            :invocation :item
            :enabled    true}]}

 :flow
 '(let [input (flow/input)
        id    (:id (:item input))
        put   (flow/step :http :put-item
                         {:title  "Put the item"
                          :url    (str (:to input) "/items/" id)
                          :method :put
                          :json   (:item input)
                          :retry  {:max-attempts 5 :backoff-ms 1000}})]

    (flow/step :kv :remember
               {:title     "Remember that it was copied"
                :operation :set
                :key       (str "catalog/" id)
                :value     (:status put)})
    {:id id :status (:status put)})}
