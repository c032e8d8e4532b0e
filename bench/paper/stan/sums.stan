// Cross-products of all coefficients' design, for sufficient.stan.
data {
  int<lower=1> M;
  real yy;
  vector[M] Ay;
  int<lower=0> nz;                 // 0: dense
  matrix[nz > 0 ? 0 : M, nz > 0 ? 0 : M] AA;
  vector[nz] value;
  int column[nz];
  int start[nz > 0 ? M + 1 : 0];
}
