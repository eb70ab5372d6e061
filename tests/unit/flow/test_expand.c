// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "flow/expand.h"
#include "tests/unit/flow/vm_fixture.h"

/* From calls of the body to the configs that steps run with. */

static const char source[] =
    "{:slug :demo :name \"Demo\" :concurrency {:type :singleton :on-new-version :coexist}\n"
    " :templates [{:id :order :type :http-request\n"
    "              :request {:url \"https://x.example/{{id}}\" :method :post\n"
    "                        :json {:id \"{{id}}\" :note \"No. {{id}}\"}}}\n"
    "             {:id :ask :type :llm-prompt :prompt \"{{id}}\"}]\n"
    " :steps [{:id :crm/order :type :http :template :order :timeout \"5s\"\n"
    "          :input-schema [:map {:closed true} [:id [:int {:min 1}]]]}\n"
    "         {:id :crm/sum :type :function :code '(fn [x] (inc (:n x))) :defaults {:n 1}}]\n"
    " :flow '[(flow/step :crm/order :a {:id 7}) (flow/step :crm/order {:id 0})\n"
    "         (flow/step :crm/sum {}) (flow/step :crm/sum :a {:n 2} (throw 1))\n"
    "         (flow/step :http :t {:template :order :data {:id 8} :method :put :body \"b\"})\n"
    "         (flow/step :http :u {:template :ask}) (flow/step :http :v {:template :none})\n"
    "         (flow/step :http :w {:template :order :data 5})\n"
    "         (flow/step :kv :x {:template :order}) (flow/step (keyword \"crm/none\") :y {})]}";

/* What one of the calls comes to: "address type (packaged) config", or "!! message". */
static const char *const expected[] = {
    ("a#1 http (crm/order) {:url \"https://x.example/7\", :method :post, :json {:id 7, :note "
     "\"No. 7\"}, :timeout \"5s\"}"),
    ("order#1 http (crm/order) !! the input of :crm/order is wrong at [:id]: expected a whole "
     "number from 1 on, got 0"),
    "sum#1 function (crm/sum) {:code (fn [x] (inc (:n x))), :input {:n 1}}",
    "a#2 function (crm/sum) {:code (fn [x] (inc (:n x))), :input {:n 2}}",
    "t#1 http () {:url \"https://x.example/8\", :method :put, :body \"b\"}",
    "u#1 http () !! the template :ask is for :llm steps",
    "v#1 http () !! the flow has no template none",
    "w#1 http () !! :data is a integer; expected a map",
    "x#1 kv () !! this server does not run :template in :kv steps",
    "y#1 crm/none () {}",
};

static void expand(const struct image *image, const struct vm_effect *effect, struct buf *out)
{
    struct heap heap;
    struct error err = {0};
    struct value config;

    heap_init(&heap, 1 << 24);
    buf_printf(out, TEXT_FMT " " TEXT_FMT " (" TEXT_FMT ") ", TEXT_ARG(effect->address),
               TEXT_ARG(effect->step_type), TEXT_ARG(effect->packaged));
    if (expand_packaged(image, effect->packaged, &heap, value_copy(&heap, effect->config), &config,
                        &err) &&
        expand_template(image, effect->step_type, &heap, config, &config, &err)) {
        value_print(config, out);
    } else {
        buf_printf(out, "!! %s", err.message);
        assert_true(err.hint[0] || error_default_hint(err.code));
    }
    heap_done(&heap);
}

static void calls_expand_to_what_their_steps_run_with(void **state)
{
    struct arena arena;
    struct diagnostics diagnostics;
    struct error err = {0};
    struct vm_limits limits = eval_limits();

    (void)state;
    arena_init(&arena, 0);
    diagnostic_init(&diagnostics, &arena);
    const struct definition *definition = definition_read(&arena, text_from(source), &diagnostics);

    assert_non_null(definition);
    struct image *image = vm_compile(core, definition, &err);

    arena_done(&arena); // the image keeps nothing of it
    assert_non_null(image);
    struct vm *vm = vm_new(image, &limits);

    for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
        struct buf out = {0};

        assert_int_equal(vm_run(vm), VM_EFFECT);
        const struct vm_effect *effect = vm_effect_after(vm, 0);

        expand(image, effect, &out);
        assert_string_equal(out.ptr, expected[i]);
        vm_resume(vm, effect->id, value_nil());
        buf_done(&out);
    }
    assert_int_equal(vm_run(vm), VM_DONE);
    vm_free(vm);
    vm_image_unref(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_expand_to_what_their_steps_run_with),
    };

    return cmocka_run_group_tests(tests, vm_fixture_start, vm_fixture_end);
}
