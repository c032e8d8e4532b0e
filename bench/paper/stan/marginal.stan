// The effects of factor 1 integrated out by hand, level by level (K = 1 or 2), and drawn in `generated quantities`:
// with T_j and v_j the sums of z z'/sigma^2 and z r/sigma^2 over level j's rows, G_j = I + C' T_j C, q_j = C' v_j,
//   -2 log p(y | rest) = N log 2 pi + sum log sigma^2 + sum log|G_j| + sum r^2/sigma^2 - sum q_j' G_j^-1 q_j.
// G and q of all levels are vectors over the levels: g11, g12, g22; q1, q2.
#functions
#data
transformed data {
  // Rows of the sums over levels as a sparse matrix of ones: row j has the rows of level j.
  vector[N] ones = rep_vector(1, N);
  int order[N] = sort_indices_asc(level1);
  int start[J1 + 1];
  matrix[N, 3] ZZ;
  matrix[J1, 3] T;                 // sums of ZZ where sigma is one number
  start[1] = 1;
  {
    int count[J1] = rep_array(0, J1);
    for (n in 1:N) count[level1[n]] += 1;
    for (j in 1:J1) start[j + 1] = start[j] + count[j];
  }
  ZZ[, 1] = Z[, 1] .* Z[, 1];
  ZZ[, 2] = Z[, 1] .* Z[, K];
  ZZ[, 3] = Z[, K] .* Z[, K];
  for (k in 1:3) T[, k] = csr_matrix_times_vector(J1, N, ones, order, start, ZZ[, k]);
}
parameters {
  matrix[K, J2] z2;
  matrix[K, J3] z3;
#parameters
}
transformed parameters {
  matrix[J2, K] r2;
  matrix[J3, K] r3;
  vector[J1] g11;
  vector[J1] g12 = rep_vector(0, J1);
  vector[J1] g22 = rep_vector(1, J1);
  vector[J1] q1;
  vector[J1] q2 = rep_vector(0, J1);
  real rest;                       // -2 log p(y | rest) but for the levels' terms
  matrix[J1, K] mean1 = means(b, at1, mean_scale);
#transformed
  if (J2 > 0) r2 = place(z2, means(b, at2, mean_scale), C[2], centred);
  if (J3 > 0) r3 = place(z3, means(b, at3, mean_scale), C[3], centred);
  {
    vector[N] r = y - X * b - rows_dot_product(Z, mean1[level1]);
    vector[J1] t1;
    vector[J1] t2;
    vector[J1] t3;
    vector[J1] v1;
    vector[J1] v2;
    if (J2 > 0) r -= rows_dot_product(Z, r2[level2]);
    if (J3 > 0) r -= rows_dot_product(Z, r3[level3]);
    if (Q == 0) {
      real w = inv_square(sigma[1]);
      rest = N * log(2 * pi()) + 2 * N * log(sigma[1]) + w * dot_self(r);
      t1 = w * T[, 1];
      t2 = w * T[, 2];
      t3 = w * T[, 3];
      v1 = w * csr_matrix_times_vector(J1, N, ones, order, start, Z[, 1] .* r);
      if (K == 2) v2 = w * csr_matrix_times_vector(J1, N, ones, order, start, Z[, 2] .* r);
    } else {
      vector[N] log_sd = W * c;
      vector[N] w;
      if (JS > 0) log_sd += rows_dot_product(Z, s[level1]);
      w = exp(-2 * log_sd);
      rest = N * log(2 * pi()) + 2 * sum(log_sd) + dot_product(w, r .* r);
      t1 = csr_matrix_times_vector(J1, N, ones, order, start, w .* ZZ[, 1]);
      t2 = csr_matrix_times_vector(J1, N, ones, order, start, w .* ZZ[, 2]);
      t3 = csr_matrix_times_vector(J1, N, ones, order, start, w .* ZZ[, 3]);
      v1 = csr_matrix_times_vector(J1, N, ones, order, start, w .* Z[, 1] .* r);
      if (K == 2) v2 = csr_matrix_times_vector(J1, N, ones, order, start, w .* Z[, 2] .* r);
    }
    if (K == 1) {
      g11 = 1 + square(C[1][1, 1]) * t1;
      q1 = C[1][1, 1] * v1;
    } else {
      real a = C[1][1, 1];
      real l = C[1][2, 1];
      real d = C[1][2, 2];
      g11 = 1 + a * a * t1 + 2 * a * l * t2 + l * l * t3;
      g12 = d * (a * t2 + l * t3);
      g22 = 1 + d * d * t3;
      q1 = a * v1 + l * v2;
      q2 = d * v2;
    }
  }
}
model {
  vector[J1] det = g11 .* g22 - g12 .* g12;
  target += -0.5 * (rest + sum(log(det)) - sum((g22 .* q1 .* q1 - 2 * g12 .* q1 .* q2 + g11 .* q2 .* q2) ./ det));
  if (J2 > 0) target += effects_lpdf(z2 | means(b, at2, mean_scale), C[2], centred);
  if (J3 > 0) target += effects_lpdf(z3 | means(b, at3, mean_scale), C[3], centred);
#priors
}
generated quantities {
  matrix[J1, K] r1;
#correlations
  for (j in 1:J1) {
    // G = A A', white effects A'^-1 (A^-1 q + noise).
    real a11 = sqrt(g11[j]);
    real a21 = g12[j] / a11;
    real a22 = sqrt(g22[j] - square(a21));
    real h1 = q1[j] / a11;
    real h2 = (q2[j] - a21 * h1) / a22;
    vector[2] white;
    white[2] = (h2 + normal_rng(0, 1)) / a22;
    white[1] = (h1 + normal_rng(0, 1) - a21 * white[2]) / a11;
    r1[j] = mean1[j] + (C[1] * white[1:K])';
  }
}
