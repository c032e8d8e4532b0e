// One sigma: the rows enter through cross-products of the design of all coefficients, theta = (b, effects), alone:
//   sum (y - A theta)^2 = y'y - 2 theta' A'y + theta' A'A theta.
// A'A comes dense, or as a sparse matrix where it is large.
#functions
#data
#sums
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
  vector[M] theta = append_row(append_row(b, to_vector(r1)), append_row(to_vector(r2), to_vector(r3)));
  vector[M] product;
  if (nz == 0) product = AA * theta;
  else product = csr_matrix_times_vector(M, M, value, column, start, theta);
  target += -N * log(sigma[1]) - 0.5 * (yy - 2 * dot_product(theta, Ay) + dot_product(theta, product)) / square(sigma[1]);
  target += effects_lpdf(z1 | means(b, at1, mean_scale), C[1], centred);
  if (J2 > 0) target += effects_lpdf(z2 | means(b, at2, mean_scale), C[2], centred);
  if (J3 > 0) target += effects_lpdf(z3 | means(b, at3, mean_scale), C[3], centred);
#priors
}
generated quantities {
#correlations
}
