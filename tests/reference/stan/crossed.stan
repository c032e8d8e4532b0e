// Gaussian mixed model with one factor or two crossed factors, every coefficient integrated out in closed form.
//
//   y = X b + Z1 u1 + Z2 u2 + e,   e ~ N(0, sigma),   b ~ N(b_mean, b_scale),
//   u_f[j] ~ N(0, C_f C_f'),       C_f = diag(tau_f) R_f,   R_f a Cholesky factor of an LKJ(1) correlation matrix.
//
// The data come as cross-products only, with r = y - X b_mean and W = [X, Z2]; Z2's columns are ordered by
// coefficient, then by level. Write u1[j] = C_1 e1[j] and (b - b_mean, u2) = L e2 with e1, e2 standard normal.
// The precision of (e1, e2) given y is [[G, K'], [K, H]], where G is block-diagonal with
//
//   G_j = I + C_1' T_j C_1 / sigma^2 = A_j A_j',    V_j = A_j^-1 C_1' E_j / sigma^2,   v_j = A_j^-1 C_1' g_j / sigma^2,
//
// T_j, E_j, g_j being level j's cross-products of its design x with x, W and r. The Schur complement of G is
//
//   M = I + L' (W'W / sigma^2 - sum_j V_j' V_j) L,      c = L' (W'r / sigma^2 - sum_j V_j' v_j),
//
// and -2 log p(y | tau, R, sigma) = N log(2 pi sigma^2) + sum_j log|G_j| + log|M| + r'r / sigma^2 - sum_j |v_j|^2
// - c' M^-1 c. Only sigma, tau and R are sampled; the coefficients of every draw are drawn from their exact
// conditional distribution in `generated quantities`. No inverse of a covariance is formed: tau = 0 and
// b_scale = 0 are allowed.
functions {
  // I + S, made exactly symmetric.
  matrix add_identity(matrix S) {
    matrix[rows(S), cols(S)] out = 0.5 * (S + S');
    for (i in 1:rows(S)) out[i, i] += 1;
    return out;
  }
  // The columns of S that belong to coefficient k of factor 2.
  matrix block_columns(matrix S, int P, int J, int k) {
    return S[, (P + (k - 1) * J + 1):(P + k * J)];
  }
  // S L, where L = blockdiag(diag(b_scale), C kron I) acts on columns ordered as those of W.
  matrix times_scale(matrix S, vector b_scale, matrix C, int J) {
    int P = rows(b_scale);
    matrix[rows(S), cols(S)] out;
    for (p in 1:P) out[, p] = S[, p] * b_scale[p];
    if (J > 0) {
      for (a in 1:cols(C)) {
        matrix[rows(S), J] part = rep_matrix(0, rows(S), J);
        for (k in a:rows(C)) part += block_columns(S, P, J, k) * C[k, a];
        for (j in 1:J) out[, P + (a - 1) * J + j] = part[, j];
      }
    }
    return out;
  }
  // A_j, the Cholesky factor of G_j.
  matrix level_factor(matrix T, matrix C, real sigma) {
    return cholesky_decompose(add_identity(quad_form(T, C) / square(sigma)));
  }
  // The rows V_j stacked, with v_j as the last column.
  matrix stacked_rows(matrix[] A, matrix[] E, vector[] g, matrix C, real sigma) {
    int K = rows(C);
    int Q = cols(E[1]);
    matrix[K * size(A), Q + 1] out;
    for (j in 1:size(A)) {
      matrix[K, K] B = mdivide_left_tri_low(A[j], C') / square(sigma);
      out[((j - 1) * K + 1):(j * K), 1:Q] = B * E[j];
      out[((j - 1) * K + 1):(j * K), Q + 1] = B * g[j];
    }
    return out;
  }
  // [M, c] from the stacked rows.
  matrix schur_complement(matrix V, matrix WW, vector Wr, vector b_scale, matrix C2, int J2, real sigma) {
    int Q = cols(WW);
    matrix[Q, Q + 1] S = append_col(WW, Wr) / square(sigma) - V[, 1:Q]' * V;
    matrix[Q, Q] half = times_scale(S[, 1:Q], b_scale, C2, J2)';
    matrix[Q, Q + 1] out;
    out[, 1:Q] = add_identity(times_scale(half, b_scale, C2, J2));
    out[, Q + 1] = times_scale(to_matrix(S[, Q + 1], 1, Q), b_scale, C2, J2)[1]';
    return out;
  }
}
data {
  int<lower=1> N;
  int<lower=1> P;                  // population-level coefficients
  int<lower=1> K;                  // coefficients of a level
  int<lower=1> J1;
  int<lower=0> J2;                 // 0: one factor only
  matrix[K, K] T[J1];
  matrix[K, P + K * J2] E[J1];
  vector[K] g[J1];
  matrix[P + K * J2, P + K * J2] WW;
  vector[P + K * J2] Wr;
  real<lower=0> rr;
  vector[P] b_mean;
  vector<lower=0>[P] b_scale;
  real<lower=0> sigma_scale;
  real<lower=0> tau_scale;
  int<lower=0, upper=1> cauchy;    // 1: half-Cauchy priors on sigma and tau; 0: half-normal
  int<lower=0> mean_index[2];      // coefficient of b that is the mean of factor f's effects; 0: mean zero
}
transformed data {
  int Q = P + K * J2;
  int F = J2 > 0 ? 2 : 1;
}
parameters {
  real<lower=0> sigma;
  vector<lower=0>[K] tau[F];
  cholesky_factor_corr[K] R[F];
}
model {
  matrix[K, K] C1 = diag_pre_multiply(tau[1], R[1]);
  matrix[K, K] C2 = diag_pre_multiply(tau[F], R[F]);
  matrix[K, K] A[J1];
  matrix[K * J1, Q + 1] V;
  matrix[Q, Q + 1] Mc;
  matrix[Q, Q] factor;
  real log_det = 0;

  for (j in 1:J1) {
    A[j] = level_factor(T[j], C1, sigma);
    log_det += 2 * sum(log(diagonal(A[j])));
  }
  V = stacked_rows(A, E, g, C1, sigma);
  Mc = schur_complement(V, WW, Wr, b_scale, C2, J2, sigma);
  factor = cholesky_decompose(Mc[, 1:Q]);
  log_det += 2 * sum(log(diagonal(factor)));
  target += -N * log(sigma) - 0.5 * log_det - 0.5 * rr / square(sigma) + 0.5 * dot_self(V[, Q + 1])
            + 0.5 * dot_self(mdivide_left_tri_low(factor, Mc[, Q + 1]));

  if (cauchy) sigma ~ cauchy(0, sigma_scale);
  else sigma ~ normal(0, sigma_scale);
  for (f in 1:F) {
    if (cauchy) tau[f] ~ cauchy(0, tau_scale);
    else tau[f] ~ normal(0, tau_scale);
    if (K > 1) R[f] ~ lkj_corr_cholesky(1);
  }
}
generated quantities {
  vector[P] b;
  vector[K] r1[J1];
  vector[K] r2[J2];
  real cor[F];
  real log_marginal = -0.5 * N * log(2 * pi());   // log p(y | sigma, tau, R)
  for (f in 1:F) cor[f] = K > 1 ? R[f][K, 1] : 0;
  {
    matrix[K, K] C1 = diag_pre_multiply(tau[1], R[1]);
    matrix[K, K] C2 = diag_pre_multiply(tau[F], R[F]);
    matrix[K, K] A[J1];
    matrix[K * J1, Q + 1] V;
    matrix[Q, Q + 1] Mc;
    matrix[Q, Q] factor;
    vector[Q] half;
    vector[Q] w;
    vector[Q] z;

    for (j in 1:J1) {
      A[j] = level_factor(T[j], C1, sigma);
      log_marginal += -sum(log(diagonal(A[j])));
    }
    V = stacked_rows(A, E, g, C1, sigma);
    Mc = schur_complement(V, WW, Wr, b_scale, C2, J2, sigma);
    factor = cholesky_decompose(Mc[, 1:Q]);
    half = mdivide_left_tri_low(factor, Mc[, Q + 1]);
    log_marginal += -N * log(sigma) - sum(log(diagonal(factor)))
                    + 0.5 * (dot_self(V[, Q + 1]) + dot_self(half) - rr / square(sigma));

    for (q in 1:Q) z[q] = normal_rng(0, 1);
    w = mdivide_right_tri_low((half + z)', factor)';
    for (p in 1:P) w[p] *= b_scale[p];
    b = b_mean + w[1:P];
    for (j in 1:J2) {
      for (k in 1:K) r2[j][k] = w[P + (k - 1) * J2 + j];
      r2[j] = C2 * r2[j];
      for (k in 1:K) w[P + (k - 1) * J2 + j] = r2[j][k];
    }
    for (j in 1:J1) {
      vector[K] e = mdivide_left_tri_low(A[j], C1' * (g[j] - E[j] * w)) / square(sigma);
      for (k in 1:K) e[k] += normal_rng(0, 1);
      r1[j] = C1 * mdivide_right_tri_low(e', A[j])';
      if (mean_index[1] > 0) r1[j][1] += b[mean_index[1]];
    }
    if (mean_index[2] > 0) for (j in 1:J2) r2[j][1] += b[mean_index[2]];
  }
}
