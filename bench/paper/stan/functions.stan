// Shared by the programs; R pastes it before them.
functions {
  // Effects, levels by coefficients: rows N(mean, C C'). `white` holds standard normals, or, where centred, the effects.
  matrix place(matrix white, matrix mean, matrix C, int centred) {
    if (centred) return white';
    return mean + (C * white)';
  }
  // Log density of `white`.
  real effects_lpdf(matrix white, matrix mean, matrix C, int centred) {
    if (!centred) return std_normal_lpdf(to_vector(white));
    if (rows(white) == 1) return normal_lpdf(to_vector(white) | to_vector(mean'), C[1, 1]);
    {
      vector[rows(white)] u[cols(white)];
      vector[rows(white)] m[cols(white)];
      for (j in 1:cols(white)) {
        u[j] = white[, j];
        m[j] = mean[j]';
      }
      return multi_normal_cholesky_lpdf(u | m, C);
    }
  }
  // Means of the effects: b[at], or 0 where `at` is 0.
  matrix means(vector b, int[,] at, real scale) {
    matrix[size(at), size(at) > 0 ? size(at[1]) : 0] m;
    for (j in 1:size(at)) for (k in 1:size(at[1])) m[j, k] = at[j, k] > 0 ? scale * b[at[j, k]] : 0;
    return m;
  }
  real scale_lpdf(vector x, vector s, int cauchy) {
    if (cauchy) return cauchy_lpdf(x | 0, s);
    return normal_lpdf(x | 0, s);
  }
}
