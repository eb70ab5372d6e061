;; Outside worker: the work is done by a machine of your own, somewhere else. The flow hands it the
;; job and a link that only this run knows; the worker POSTs JSON to the link when it is done. Until
;; then the run waits, without holding a thread or memory, over restarts of the server too.
;;
;; Try it:
;;   weir flows push examples/outside-worker.clj
;;   weir flows run outside-worker --input '{"worker-url": "…/jobs", "video": "https://…/talk.mp4"}'
;;   then, as the worker:  curl -d '{"ok": true, "result": "https://…/talk.txt"}' "$callback"

{:slug        :outside-worker
 :name        "Transcribe with an outside worker"
 :description "Hands a job to a worker elsewhere and goes on when the worker calls back."
 :tags        ["callback"]

 ;; The worker takes four jobs at once; further runs queue up here.
 :concurrency {:type :limit :limit 4 :on-new-version :coexist}

 :invocations
 {:job {:label  "A job"
        :inputs [{:name :worker-url :type :text :label "Where the worker takes jobs" :required true}
                 {:name :video :type :text :label "Address of the video" :required true}]}}

 :interfaces
 {:manual [{:id :run :label "Transcribe" :invocation :job}]}

 :flow
 '(let [input    (flow/input)

        ;; The link exists before the wait begins, so the worker may answer as fast as it likes: an
        ;; answer that comes early is kept for the wait.
        callback (flow/callback :worker-done)

        accepted (flow/step :http :hand-over
                            {:title  "Hand the job to the worker"
                             :url    (:worker-url input)
                             :method :post
                             :json   {:video        (:video input)
                                      :callback-url (:url callback)}
                             :retry  {:max-attempts 3 :backoff-ms 2000}})

        ;; What the worker posted, or the default after two hours of silence.
        answer   (flow/step :wait :worker-done
                            {:title         "Wait for the worker"
                             :timeout       "2h"
                             :on-timeout    :continue
                             :default-value {:ok false :error "the worker did not call back"}})]

    (if (:ok answer)
      {:state :transcribed :result (:result answer) :accepted (:status accepted)}
      {:state :failed :reason (or (:error answer) "the worker gave no reason")}))}
