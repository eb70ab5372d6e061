;; Catalog sync: copies a shop's catalog to another one, page by page, for as many pages as there are.
;; Each item of a page is a run of its own of the flow catalog-item; when the page is done, the run
;; restarts with the next one, so that no run's journal grows with the catalog.
;;
;; Try it:
;;   weir flows push examples/catalog-item.clj && weir flows release catalog-item
;;   weir flows push examples/catalog-sync.clj && weir flows release catalog-sync
;;   weir flows run catalog-sync --input '{"from": "https://a.example", "to": "https://b.example"}' --wait

{:slug        :catalog-sync
 :name        "Catalog sync"
 :description "Copies a catalog page by page, an item a child run."
 :tags        ["catalog"]

 ;; One sync of a shop at a time. The restarted run keeps the key: nobody comes between two pages.
 :concurrency {:type           :keyed
               :key-field      :from
               :on-new-version :coexist}

 :invocations
 {:sync {:label  "A whole catalog"
         :inputs [{:name :from :type :text :label "Address of the shop to copy" :required true}
                  {:name :to :type :text :label "Address of the shop to fill" :required true}
                  {:name :page :type :number :label "First page" :default 1}
                  {:name :copied :type :number :label "Copied before" :default 0}]}}

 :interfaces
 {:manual [{:id         :run
            :label      "Copy a catalog"
            :invocation :sync
            :enabled    true}]}

 :functions
 [{:id       :count-copied
   :language :clojure
   :code     '(fn [input]
                (+ (:before input) (count (remove nil? (:answers input)))))}]

 :flow
 '(let [input   (flow/input)
        page    (flow/step :http :fetch-page
                           {:title "Fetch a page"
                            :url   (str (:from input) "/items")
                            :query {:page (:page input)}
                            :retry {:max-attempts 3 :backoff-ms 500}})
        items   (:items (:body page))

        ;; Ten items at a time. An item that fails is counted, and does not stop the others.
        answers (flow/each {:concurrency 10} [item items]
                  (flow/call-flow :catalog-item
                                  {:to (:to input) :item item}
                                  {:timeout "10m" :on-error :skip}))
        copied  (flow/step :function :count-copied
                           {:title "Count what was copied"
                            :ref   :count-copied
                            :input {:before (:copied input) :answers answers}})]

    (if (:more (:body page))
      (flow/restart (assoc input :page (inc (:page input)) :copied copied))
      {:pages (:page input) :copied copied}))}
