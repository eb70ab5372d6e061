#include "flow/compile.h"
#include "flow/packaged.h"
#include "flow/reader.h"
#include "flow/template_tree.h"
#include "flow/vm.h"

/*
 * From a definition, an expression or a function's code to an image.
 */
struct core *vm_core_new(void)
{
    return core_new();
}

void vm_core_free(struct core *core)
{
    core_free(core);
}

struct image *vm_image_ref(struct image *image)
{
    return image_ref(image);
}

void vm_image_unref(struct image *image)
{
    image_unref(image);
}

size_t vm_image_bytes(const struct image *image)
{
    return image_bytes(image);
}

const struct secret_names *vm_image_secrets(const struct image *image)
{
    return &image->secrets;
}

static bool compile_code(struct compile *c, struct text id, const struct form *code)
{
    struct image *image = c->image;
    struct prototype *prototype = ARENA_NEW(&image->arena, struct prototype);

    if (!form_is_call(code, "fn") && !form_is_call(code, "fn*")) {
        return compile_error(c, code, "the code of a function is (fn [input] …)");
    }
    if (!compile_function_top(c, code, prototype)) return false;
    image->functions[image->function_count++] = (struct image_function){
        .id = arena_text(&image->arena, id),
        .function = compile_function_value(image, prototype),
    };
    return true;
}

static bool compile_body(struct compile *c, const struct form *body)
{
    struct prototype *prototype = ARENA_NEW(&c->image->arena, struct prototype);

    if (!compile_function_body(c, body, prototype)) return false;
    c->image->body = compile_function_value(c->image, prototype);
    return true;
}

static bool compile_templates(struct compile *c, const struct definition *definition)
{
    struct image *image = c->image;

    image->templates = ARENA_ARRAY(&image->arena, definition->template_count, struct template_tree);
    for (uint32_t i = 0; i < definition->template_count; i++) {
        const struct definition_template *template = &definition->templates[i];

        if (!template->content) continue; // its definition has an error
        if (!template_tree_build(template, definition->source, &image->arena, &image->statics,
                                 &image->templates[image->template_count], c->err)) {
            return false;
        }
        image->template_count++;
    }
    return true;
}

static bool compile_packaged(struct compile *c, const struct definition *definition)
{
    struct image *image = c->image;

    image->packaged = ARENA_ARRAY(&image->arena, definition->step_count, struct packaged);
    for (uint32_t i = 0; i < definition->step_count; i++) {
        if (!packaged_build(&definition->steps[i], &image->arena, &image->statics,
                            &image->packaged[i], c->err)) {
            return false;
        }
        image->packaged_count++;
    }
    return true;
}

static bool compile_parts(struct compile *c, const struct definition *definition)
{
    struct image *image = c->image;

    if (definition->root) { // a body may stand alone
        secret_names_collect(&image->secrets, definition->root, &image->arena);
    }
    c->mode = COMPILE_BODY;
    if (!compile_body(c, definition->body)) return false;
    c->mode = COMPILE_FUNCTION;
    image->functions =
        ARENA_ARRAY(&image->arena, definition->function_count, struct image_function);
    for (uint32_t i = 0; i < definition->function_count; i++) {
        const struct definition_function *function = &definition->functions[i];

        if (!compile_code(c, function->id, function->code)) return false;
    }
    return compile_templates(c, definition) && compile_packaged(c, definition);
}

/* Ends a compilation: the image, or NULL. */
static struct image *finish(struct compile *c, bool ok)
{
    if (ok && compile_has_room(c)) {
        arena_follow(&c->image->arena, NULL);
        image_finish(c->image);
        return c->image;
    }
    image_unref(c->image);
    return NULL;
}

static void follow(struct compile *c, struct arena *leader)
{
    arena_follow(c->scratch, leader);
    arena_follow(&c->image->arena, leader);
}

struct image *vm_compile(const struct core *core, const struct definition *definition,
                         struct error *err)
{
    struct arena scratch CLEANUP(arena_done) = {0};
    struct compile c;

    arena_init(&scratch, 0);
    compile_init(&c, core, image_new(core), &scratch, COMPILE_BODY, err);
    follow(&c, definition->arena);
    return finish(&c, compile_parts(&c, definition));
}

struct image *vm_compile_expression(const struct core *core, const struct form *form,
                                    struct error *err)
{
    struct arena scratch CLEANUP(arena_done) = {0};
    struct compile c;

    arena_init(&scratch, 0);
    compile_init(&c, core, image_new(core), &scratch, COMPILE_EXPRESSION, err);
    return finish(&c, compile_body(&c, form));
}

struct image *vm_compile_with(const struct core *core, const struct text *names, uint32_t count,
                              const struct form *form, struct error *err)
{
    struct arena scratch CLEANUP(arena_done) = {0};
    struct compile c;

    arena_init(&scratch, 0);
    compile_init(&c, core, image_new(core), &scratch, COMPILE_EXPRESSION, err);
    struct form **params = ARENA_ARRAY(&scratch, count, struct form *);

    for (uint32_t i = 0; i < count; i++) {
        params[i] = ARENA_NEW(&scratch, struct form);
        *params[i] = (struct form){.kind = FORM_SYMBOL, .name = names[i]};
    }
    // the result gets a name of its own, so that no recur in the form goes back to this function
    struct form *result = compile_build_gensym(&c, form);
    const struct form *function = compile_build(&c, form, "(fn* [[%s]] (let* [%f %f] %f))", params,
                                                count, result, form, result);

    c.image->functions = ARENA_NEW(&c.image->arena, struct image_function);
    return finish(&c, compile_code(&c, TEXT_NONE, function));
}

static void check(const struct core *core, struct arena *leader, const struct form *form,
                  enum compile_mode mode, vm_on_error *on_error, void *ctx)
{
    struct arena scratch CLEANUP(arena_done) = {0};
    struct error err = {0};
    struct compile c;

    arena_init(&scratch, 0);
    compile_init(&c, core, image_new(core), &scratch, mode, &err);
    follow(&c, leader);
    c.on_error = on_error;
    c.error_ctx = ctx;
    c.image->functions = ARENA_NEW(&c.image->arena, struct image_function);
    bool ok = mode == COMPILE_BODY ? compile_body(&c, form) : compile_code(&c, TEXT_NONE, form);

    ok = ok && compile_has_room(&c);
    if (!ok) (void)on_error(&err, TEXT_NONE, ctx); // outside of all forms that nil could replace
    image_unref(c.image);
}

void vm_check_body(const struct core *core, struct arena *leader, const struct form *body,
                   vm_on_error *on_error, void *ctx)
{
    check(core, leader, body, COMPILE_BODY, on_error, ctx);
}

void vm_check_function(const struct core *core, struct arena *leader, const struct form *code,
                       vm_on_error *on_error, void *ctx)
{
    check(core, leader, code, COMPILE_FUNCTION, on_error, ctx);
}

/* Exactly one form in the text. */
static struct form *read_one(struct arena *arena, struct text code, struct error *err)
{
    struct reader reader;
    struct form *form, *more;

    if (!reader_init(&reader, arena, code, err)) return NULL;
    switch (reader_next(&reader, &form, err)) {
    case READER_FORM: break;
    case READER_END: error_set(err, E_COMPILE, "the code of a function is empty"); return NULL;
    case READER_ERROR: return NULL;
    }
    switch (reader_next(&reader, &more, err)) {
    case READER_END: return form;
    case READER_FORM:
        error_set(err, E_COMPILE, "the code of a function is one form");
        error_at(err, (int)more->line, (int)more->column);
        return NULL;
    case READER_ERROR: break;
    }
    return NULL;
}

struct image *vm_compile_function(const struct core *core, struct text code, struct error *err)
{
    struct arena scratch CLEANUP(arena_done) = {0};
    struct compile c;

    arena_init(&scratch, 0);
    const struct form *form = read_one(&scratch, code, err);

    if (!form) return NULL;
    compile_init(&c, core, image_new(core), &scratch, COMPILE_FUNCTION, err);
    c.image->functions = ARENA_NEW(&c.image->arena, struct image_function);
    return finish(&c, compile_code(&c, TEXT_NONE, form));
}
