// Ratings of lecturers: three factors (student s, lecturer d, department), students, departments and the intercept
// integrated out in closed form.
//
//   y_n = alpha + beta x_n + u_s + u_d + u_dept + e_n,   e_n ~ N(0, sigma),   u_f ~ N(0, tau_f),
//   alpha ~ N(0, 5),  beta ~ N(0, 1),  sigma ~ half-N(1),  tau_f fixed, or half-N(1) each.
//
// Every lecturer belongs to one department g(d), so the model needs only theta_d = alpha + u_dept[g(d)] + u_d.
//
// Students: given theta and beta, student s has n_s rows whose residuals z_n = y_n - beta x_n - theta_d sum to a_s,
// and with q_s = 1 + n_s tau_s^2 / sigma^2
//
//   -2 log p(y | theta, beta) = N log(2 pi sigma^2) + sum_s log q_s + sum_n z_n^2 / sigma^2
//                               - (tau_s^2 / sigma^4) sum_s a_s^2 / q_s.
//
// a needs one sparse product (students by lecturers), sum z^2 only totals per lecturer.
//
// Departments: the m_g lecturers of department g have mean t_g and squared deviations D_g; given alpha,
// t_g ~ N(alpha, sqrt(w_g)) with w_g = tau_d^2 / m_g + tau_dept^2, independently of D_g / tau_d^2 ~ chi^2(m_g - 1).
// alpha has then precision A = 1/25 + sum 1/w_g and mean sum(t_g / w_g) / A.
//
// Sampled: theta, beta, sigma and, where they are free, the three tau. Everything else is drawn in `generated
// quantities` from its exact conditional distribution.
data {
  int<lower=1> N;
  int<lower=1> S;
  int<lower=1> D;
  int<lower=1> G;
  vector[S] s_n;                   // rows, sum of x and sum of y of each student
  vector[S] s_x;
  vector[S] s_y;
  vector[D] d_n;                   // the same of each lecturer
  vector[D] d_x;
  vector[D] d_y;
  real xx;
  real xy;
  real yy;
  int<lower=1, upper=G> dept[D];
  int<lower=1> nz;                 // students by lecturers, counts, compressed rows
  vector[nz] count;
  int column[nz];
  int start[S + 1];
  int<lower=0, upper=1> fixed;     // 1: tau is tau_fixed
  vector<lower=0>[3] tau_fixed;    // s, d, dept
}
transformed data {
  vector[G] m = rep_vector(0, G);
  for (d in 1:D) m[dept[d]] += 1;
}
parameters {
  vector[D] theta;
  real beta;
  real<lower=0> sigma;
  vector<lower=0>[fixed ? 0 : 3] tau;
}
model {
  vector[3] sd_u = tau_fixed;
  vector[S] q;
  vector[S] a = s_y - beta * s_x - csr_matrix_times_vector(S, D, count, column, start, theta);
  real rss = yy - 2 * beta * xy + square(beta) * xx - 2 * dot_product(theta, d_y - beta * d_x)
             + dot_product(theta .* theta, d_n);
  vector[G] t = rep_vector(0, G);
  vector[G] w;
  real precision;

  if (!fixed) sd_u = tau;
  q = 1 + s_n * square(sd_u[1] / sigma);
  target += -N * log(sigma) - 0.5 * sum(log(q)) - 0.5 * rss / square(sigma)
            + 0.5 * square(sd_u[1] / square(sigma)) * sum(a .* a ./ q);

  for (d in 1:D) t[dept[d]] += theta[d];
  t = t ./ m;
  w = square(sd_u[2]) * inv(m) + square(sd_u[3]);
  precision = 0.04 + sum(inv(w));
  target += -(D - G) * log(sd_u[2]) - 0.5 * dot_self(theta - t[dept]) / square(sd_u[2]) - 0.5 * sum(log(w))
            - 0.5 * sum(t .* t ./ w) + 0.5 * square(sum(t ./ w)) / precision - 0.5 * log(precision);

  beta ~ normal(0, 1);
  sigma ~ normal(0, 1);
  tau ~ normal(0, 1);
}
generated quantities {
  real alpha;
  vector[S] r_s;
  vector[D] r_d;
  vector[G] r_dept;
  real log_likelihood;             // log p(y | theta, beta, sigma, tau_s), students integrated out
  {
    vector[3] sd_u = tau_fixed;
    vector[S] a = s_y - beta * s_x - csr_matrix_times_vector(S, D, count, column, start, theta);
    real rss = yy - 2 * beta * xy + square(beta) * xx - 2 * dot_product(theta, d_y - beta * d_x)
               + dot_product(theta .* theta, d_n);
    vector[S] q;
    vector[G] t = rep_vector(0, G);
    vector[G] w;
    real precision;

    if (!fixed) sd_u = tau;
    q = 1 + s_n * square(sd_u[1] / sigma);
    log_likelihood = -0.5 * N * log(2 * pi()) - N * log(sigma) - 0.5 * sum(log(q)) - 0.5 * rss / square(sigma)
                     + 0.5 * square(sd_u[1] / square(sigma)) * sum(a .* a ./ q);
    for (s in 1:S) r_s[s] = normal_rng(square(sd_u[1] / sigma) * a[s] / q[s], sd_u[1] / sqrt(q[s]));

    for (d in 1:D) t[dept[d]] += theta[d];
    t = t ./ m;
    w = square(sd_u[2]) * inv(m) + square(sd_u[3]);
    precision = 0.04 + sum(inv(w));
    alpha = normal_rng(sum(t ./ w) / precision, inv_sqrt(precision));
    for (g in 1:G) {
      real share = square(sd_u[3]) / w[g];
      r_dept[g] = normal_rng(share * (t[g] - alpha), sd_u[2] * sqrt(share / m[g]));
    }
    r_d = theta - alpha - r_dept[dept];
  }
}
