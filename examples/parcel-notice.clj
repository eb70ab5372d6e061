;; Parcel notice: when a parcel is on its way, its customer is told, and the contact is noted in the
;; CRM. The requests stand in templates, so that the body stays a list of steps; what the flow may do
;; in the CRM is packaged as two steps, each with a schema of what it takes.
;;
;; Try it:
;;   weir secrets set crm-key
;;   weir flows push examples/parcel-notice.clj
;;   weir flows run parcel-notice --input '{"crm": "https://crm.example", "mail": "https://mail.example",
;;     "parcel": {"id": "p-7", "customer": "c-1", "items": [{"name": "lamp", "count": 2}]}}'

{:slug        :parcel-notice
 :name        "Parcel notice"
 :description "Tells a customer what is in the parcel that is on its way, and notes it in the CRM."
 :tags        ["parcels"]

 :concurrency {:type :keyed :key-field [:parcel :id] :on-new-version :coexist}

 :invocations
 {:parcel {:label  "One parcel"
           :inputs [{:name :crm :type :text :label "Address of the CRM" :required true}
                    {:name :mail :type :text :label "Address of the mail service" :required true}
                    {:name :parcel :type :json :label "The parcel" :required true}]}}

 :interfaces
 {:manual [{:id :run :label "Send a notice" :invocation :parcel :enabled true}]}

 ;; A text that is only {{x}} keeps the type of x; what data brings into a path is encoded; secrets
 ;; are named here and never seen by a template.
 :templates
 [{:id      :crm-customer
   :type    :http-request
   :request {:url     "{{crm}}/customers/{{customer}}"
             :method  :get
             :headers {"Authorization" {:secret-ref :crm-key}}}}

  {:id      :crm-contact
   :type    :http-request
   :request {:url     "{{crm}}/customers/{{customer}}/contacts"
             :method  :post
             :headers {"Authorization" {:secret-ref :crm-key}}
             :json    {:channel "{{channel}}" :subject "{{subject}}" :tags "{{tags}}"}}}

  {:id      :notice
   :type    :http-request
   :request {:url    "{{mail}}/messages"
             :method :post
             :json   {:to      "{{customer.email}}"
                      :subject "Your parcel {{parcel.id}} is on its way"
                      :text    "Hello {{default customer.name \"there\"}},

your parcel {{parcel.id}} holds:
{{#each parcel.items}}
- {{count}} x {{name}}
{{~else}}
nothing that we know of
{{~/each}}

{{#if parcel.express}}It arrives tomorrow.{{else}}It arrives within the week.{{/if}}"}}}]

 ;; Steps of this flow's own. Their input is the :data of their template, and must be what the
 ;; schema says before anything is sent.
 :steps
 [{:id           :crm/find-customer
   :type         :http
   :description  "A customer of the CRM."
   :input-schema [:map {:closed true} [:crm [:re #"^https?://"]] [:customer [:string {:min 1}]]]
   :template     :crm-customer
   :retry        {:max-attempts 3 :backoff-ms 500}}

  {:id           :crm/note-contact
   :type         :http
   :description  "Notes in the CRM that a customer was written to."
   :input-schema [:map {:closed true}
                  [:crm [:re #"^https?://"]]
                  [:customer [:string {:min 1}]]
                  [:channel [:enum "mail" "phone"]]
                  [:subject [:string {:min 1 :max 200}]]
                  [:tags [:vector :string]]]
   :template     :crm-contact
   :defaults     {:channel "mail" :tags []}}]

 :flow
 '(let [input    (flow/input)
        parcel   (:parcel input)

        customer (flow/step :crm/find-customer :customer
                            {:crm (:crm input) :customer (:customer parcel)})

        sent     (flow/step :http :notice
                            {:title    "Write to the customer"
                             :template :notice
                             :data     {:mail     (:mail input)
                                        :customer (:body customer)
                                        :parcel   parcel}})

        noted    (flow/step :crm/note-contact
                            {:crm      (:crm input)
                             :customer (:customer parcel)
                             :subject  (str "Parcel " (:id parcel))
                             :tags     ["parcel"]})]

    {:message (get-in sent [:body :id])
     :contact (get-in noted [:body :id])})}
