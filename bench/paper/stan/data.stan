// The arrays of bench/paper/design.py; factors 2 and 3 may be absent (no levels).
data {
  int<lower=1> N;
  int<lower=1> P;
  int<lower=1> K;
  int<lower=1> J1;
  int<lower=0> J2;
  int<lower=0> J3;
  vector[N] y;
  matrix[N, P] X;
  matrix[N, K] Z;
  int level1[N];
  int level2[N];                   // 0 where there is no such factor
  int level3[N];
  vector[P] b_mean;
  vector<lower=0>[P] b_sd;
  int at1[J1, K];                  // entry of b that is the effect's mean; 0: mean zero
  int at2[J2, K];
  int at3[J3, K];
  real mean_scale;
  int<lower=0, upper=1> centred;
  int<lower=0, upper=1> correlated;
  int<lower=0, upper=1> fixed_sd;  // 1: sds are sd_scale
  vector<lower=0>[K] sd_scale;
  int<lower=0, upper=1> cauchy;    // half-Cauchy priors of sds and sigma, not half-normal
  vector<lower=0>[1] sigma_scale;
  int<lower=0> Q;                  // columns of the log sd's predictor; 0: one sigma
  matrix[N, Q] W;
  vector<lower=0>[Q] c_sd;
  int<lower=0> JS;                 // levels of its effects, those of factor 1, or 0
  real<lower=0> spread_scale;
}
transformed data {
  int F = 1 + (J2 > 0) + (J3 > 0);
  matrix[JS, K] zero = rep_matrix(0, JS, K);
}
