// The models of crossed.stan row by row, nothing integrated out, non-centred: an independent check of its algebra.
data {
  int<lower=1> N;
  int<lower=1> P;
  int<lower=1> K;
  int<lower=1> J1;
  int<lower=0> J2;
  vector[N] y;
  matrix[N, P] X;
  matrix[N, K] Z;                  // group-level design, shared by both factors
  int<lower=1> level1[N];
  int<lower=0> level2[N];          // 0 throughout when there is one factor
  vector[P] b_mean;
  vector<lower=0>[P] b_scale;
  real<lower=0> sigma_scale;
  real<lower=0> tau_scale;
  int<lower=0, upper=1> cauchy;
  int<lower=0> mean_index[2];
}
transformed data {
  int F = J2 > 0 ? 2 : 1;
}
parameters {
  vector[P] b_raw;
  matrix[K, J1] e1;
  matrix[K, J2] e2;
  real<lower=0> sigma;
  vector<lower=0>[K] tau[F];
  cholesky_factor_corr[K] R[F];
}
transformed parameters {
  vector[P] b = b_mean + b_scale .* b_raw;
  matrix[J1, K] u1 = (diag_pre_multiply(tau[1], R[1]) * e1)';
  matrix[J2, K] u2;
  if (J2 > 0) u2 = (diag_pre_multiply(tau[F], R[F]) * e2)';
}
model {
  vector[N] eta = X * b + rows_dot_product(Z, u1[level1]);
  if (J2 > 0) eta += rows_dot_product(Z, u2[level2]);
  y ~ normal(eta, sigma);
  b_raw ~ normal(0, 1);
  to_vector(e1) ~ normal(0, 1);
  to_vector(e2) ~ normal(0, 1);
  if (cauchy) sigma ~ cauchy(0, sigma_scale);
  else sigma ~ normal(0, sigma_scale);
  for (f in 1:F) {
    if (cauchy) tau[f] ~ cauchy(0, tau_scale);
    else tau[f] ~ normal(0, tau_scale);
    if (K > 1) R[f] ~ lkj_corr_cholesky(1);
  }
}
generated quantities {
  vector[K] r1[J1];
  vector[K] r2[J2];
  real cor[F];
  for (f in 1:F) cor[f] = K > 1 ? R[f][K, 1] : 0;
  for (j in 1:J1) {
    r1[j] = u1[j]';
    if (mean_index[1] > 0) r1[j][1] += b[mean_index[1]];
  }
  for (j in 1:J2) {
    r2[j] = u2[j]';
    if (mean_index[2] > 0) r2[j][1] += b[mean_index[2]];
  }
}
