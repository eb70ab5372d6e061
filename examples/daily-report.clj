;; Daily report: every working day at seven in Oslo, summer and winter, the numbers of the last day
;; are fetched, summed up, compared with those of the run before, and posted to a chat.
;;
;; Try it without waiting for the morning:
;;   weir flows push examples/daily-report.clj
;;   weir flows run daily-report --input '{"source-url": "…", "chat-url": "…"}'

{:slug        :daily-report
 :name        "Daily report"
 :description "Sums up yesterday's sales every working day and posts them to a chat."
 :tags        ["reports"]

 ;; One report at a time; after a release the next one runs the new version.
 :concurrency {:type :singleton :on-new-version :drain}

 :invocations
 {:report {:label  "Report"
           :inputs [{:name :source-url :type :text :label "Where the sales are" :required true}
                    {:name :chat-url :type :text :label "Where to post" :required true}]}}

 :interfaces
 {:manual [{:id :run :label "Report now" :invocation :report}]}

 ;; The input of a scheduled run stands here. When the server was down at seven it makes up for the
 ;; latest report that was missed, not for all of them.
 :schedules
 [{:id         :workdays
   :label      "Every working day at seven"
   :cron       "0 7 * * MON-FRI"
   :timezone   "Europe/Oslo"
   :invocation :report
   :enabled    true
   :catch-up   :latest
   :input      {:source-url "https://sales.example/api/yesterday"
                :chat-url   "https://chat.example/hooks/sales"}}]

 :functions
 [{:id       :summarize
   :language :clojure
   :code     '(fn [{:keys [sales before]}]
                (let [total   (reduce + 0 (map :amount sales))
                      by-shop (reduce (fn [sums {:keys [shop amount]}]
                                        (assoc sums shop (+ amount (get sums shop 0))))
                                      {}
                                      sales)
                      best    (first (sort-by (comp - val) by-shop))]
                  {:total total
                   :text  (str "Sales: " total
                               (if before (str " (the day before: " before ")") "")
                               (if best (str ", most of it in " (key best)) ""))}))}]

 :flow
 '(let [input   (flow/input)

        sales   (flow/step :http :fetch-sales
                           {:title   "Fetch the sales"
                            :url     (:source-url input)
                            :timeout "1m"
                            :retry   {:max-attempts 5 :backoff-ms 1000 :backoff :exponential}})

        before  (flow/step :kv :last-total
                           {:title "The total before" :operation :get :key "daily-report/total"})

        summary (flow/step :function :sum-up
                           {:title "Sum up"
                            :ref   :summarize
                            :input {:sales (:body sales) :before (:value before)}})

        posted  (flow/step :http :post-report
                           {:title  "Post it"
                            :url    (:chat-url input)
                            :method :post
                            :json   {:text (:text summary)}})]

    ;; Only a report that was posted counts as the one before.
    (flow/step :kv :keep-total
               {:title     "Keep the total"
                :operation :set
                :key       "daily-report/total"
                :value     (:total summary)})

    {:total  (:total summary)
     :text   (:text summary)
     :posted (:status posted)})}
