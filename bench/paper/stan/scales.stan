// Parameters that all programs have, and what they make; pasted by their markers.
//--parameters
  vector[P] b;
  vector<lower=0>[K] tau[fixed_sd ? 0 : F];
  cholesky_factor_corr[K] L[correlated ? F : 0];
  vector<lower=0>[Q > 0 ? 0 : 1] sigma;
  vector[Q] c;
  matrix[K, JS] zs;
  vector<lower=0>[K] taus[JS > 0];
  cholesky_factor_corr[K] Ls[JS > 0];
//--transformed
  matrix[K, K] C[F];
  matrix[JS, K] s;
  for (f in 1:F) C[f] = diag_matrix(fixed_sd ? sd_scale : tau[f]) * (correlated ? L[f] : diag_matrix(rep_vector(1, K)));
  if (JS > 0) s = place(zs, zero, diag_pre_multiply(taus[1], Ls[1]), centred);
//--priors
  b ~ normal(b_mean, b_sd);
  c ~ normal(0, c_sd);
  if (!fixed_sd) for (f in 1:F) target += scale_lpdf(tau[f] | sd_scale, cauchy);
  if (correlated) for (f in 1:F) L[f] ~ lkj_corr_cholesky(1);
  if (Q == 0) target += scale_lpdf(sigma | sigma_scale, cauchy);
  if (JS > 0) {
    target += effects_lpdf(zs | zero, diag_pre_multiply(taus[1], Ls[1]), centred);
    taus[1] ~ normal(0, spread_scale);
    Ls[1] ~ lkj_corr_cholesky(1);
  }
//--correlations
  vector[correlated ? F : 0] cor;
  vector[JS > 0] cors;
  if (correlated) for (f in 1:F) cor[f] = L[f][2, 1];
  if (JS > 0) cors[1] = Ls[1][2, 1];
