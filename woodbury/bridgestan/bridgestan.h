/* The C interface of BridgeStan 2.9 (https://roualdes.us/bridgestan) to Woodbury's densities, for its clients in any
 * language and for samplers that read it, as nutpie.
 *
 * The data of bs_model_construct are JSON, or the path of a .json file:
 *
 *   {"formula": "Reaction ~ Days + (Days | Subject)", "data": "sleepstudy.csv"}    and options as on the command line:
 *     family, sigma, weights, se, defaults, na; factor, numeric, contrasts, prior (lists);
 *     integrate, reduce, keep, parametrisation (an object), without (a list), tune (true), or plan, a plan.json
 *   {"model": "model.json", "data": "table.csv"}    a model from the builder or of a fit, and options as above
 *   {"fit": "folder"}                               the model, data and plan of a fit folder
 *
 * Parameters are what is sampled: `z_` before its name where an effect is non-centred, a correlation matrix as its
 * Cholesky factor. Transformed parameters are what derives from them alone, generated quantities the integrated effects
 * drawn from their exact conditional; with "keep": "hyper" there are none of the latter. Indices begin at 1, the first
 * one running fastest. Characters that Stan's names lack become `_`.
 *
 * Functions return 0, or −1 and a message to be freed; a density of zero is an error with its reason. Constants are kept
 * with `propto`, too. A model may be used by many threads. */
#ifndef WOODBURY_BRIDGESTAN_H
#define WOODBURY_BRIDGESTAN_H

#include <stdbool.h>

#define BS_PUBLIC __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bs_model bs_model;
typedef struct bs_rng bs_rng;
typedef void (*bs_print_callback)(const char* text, int length);

extern BS_PUBLIC int bs_major_version;
extern BS_PUBLIC int bs_minor_version;
extern BS_PUBLIC int bs_patch_version;

BS_PUBLIC bs_model* bs_model_construct(const char* data, unsigned int seed, char** error);
BS_PUBLIC void bs_model_destruct(bs_model* model);
BS_PUBLIC void bs_free_error_msg(char* error);
BS_PUBLIC const char* bs_name(const bs_model* model);
BS_PUBLIC const char* bs_model_info(const bs_model* model);
BS_PUBLIC const char* bs_param_names(const bs_model* model, bool include_tp, bool include_gq);
BS_PUBLIC const char* bs_param_unc_names(const bs_model* model);
BS_PUBLIC int bs_param_num(const bs_model* model, bool include_tp, bool include_gq);
BS_PUBLIC int bs_param_unc_num(const bs_model* model);
/* `rng` may be null without generated quantities. */
BS_PUBLIC int bs_param_constrain(const bs_model* model, bool include_tp, bool include_gq, const double* theta_unc,
                                 double* theta, bs_rng* rng, char** error);
BS_PUBLIC int bs_param_unconstrain(const bs_model* model, const double* theta, double* theta_unc, char** error);
/* Arrays are nested lists, the last index innermost. */
BS_PUBLIC int bs_param_unconstrain_json(const bs_model* model, const char* json, double* theta_unc, char** error);
/* What `json` (may be null) leaves out is uniform in ±radius; drawn again until the density is positive. */
BS_PUBLIC int bs_param_initialize(const bs_model* model, const char* json, bs_rng* rng, double radius, int max_tries,
                                  bool jacobian, double* theta_unc, char** error);
BS_PUBLIC int bs_log_density(const bs_model* model, bool propto, bool jacobian, const double* theta_unc, double* lp,
                             char** error);
BS_PUBLIC int bs_log_density_gradient(const bs_model* model, bool propto, bool jacobian, const double* theta_unc,
                                      double* lp, double* gradient, char** error);
/* By differences of gradients, as is the product. */
BS_PUBLIC int bs_log_density_hessian(const bs_model* model, bool propto, bool jacobian, const double* theta_unc,
                                     double* lp, double* gradient, double* hessian, char** error);
BS_PUBLIC int bs_log_density_hessian_vector_product(const bs_model* model, bool propto, bool jacobian,
                                                    const double* theta_unc, const double* vector, double* lp,
                                                    double* product, char** error);
BS_PUBLIC bs_rng* bs_rng_construct(unsigned int seed, char** error);
BS_PUBLIC void bs_rng_destruct(bs_rng* rng);
/* Woodbury prints nothing, so that the callback is never called. */
BS_PUBLIC int bs_set_print_callback(bs_print_callback callback, char** error);

#ifdef __cplusplus
}
#endif

#endif
