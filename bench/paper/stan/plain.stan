// Nothing integrated: as brms writes it where `centred` is 0 (standard normal effects times a Cholesky factor).
#functions
#data
parameters {
  matrix[K, J1] z1;
  matrix[K, J2] z2;
  matrix[K, J3] z3;
#parameters
}
transformed parameters {
  matrix[J1, K] r1;
  matrix[J2, K] r2;
  matrix[J3, K] r3;
#transformed
  r1 = place(z1, means(b, at1, mean_scale), C[1], centred);
  if (J2 > 0) r2 = place(z2, means(b, at2, mean_scale), C[2], centred);
  if (J3 > 0) r3 = place(z3, means(b, at3, mean_scale), C[3], centred);
}
model {
  vector[N] eta = X * b + rows_dot_product(Z, r1[level1]);
  if (J2 > 0) eta += rows_dot_product(Z, r2[level2]);
  if (J3 > 0) eta += rows_dot_product(Z, r3[level3]);
  if (Q == 0) {
    y ~ normal(eta, sigma[1]);
  } else {
    vector[N] log_sd = W * c;
    if (JS > 0) log_sd += rows_dot_product(Z, s[level1]);
    y ~ normal(eta, exp(log_sd));
  }
  target += effects_lpdf(z1 | means(b, at1, mean_scale), C[1], centred);
  if (J2 > 0) target += effects_lpdf(z2 | means(b, at2, mean_scale), C[2], centred);
  if (J3 > 0) target += effects_lpdf(z3 | means(b, at3, mean_scale), C[3], centred);
#priors
}
generated quantities {
#correlations
}
