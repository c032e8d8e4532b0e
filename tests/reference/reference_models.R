# The models of the reference posteriors: their tables, codings, priors and the names of their parameters.

# One entry per model. `table`: file below DATA_DIR (NULL: lme4's sleepstudy). `x`: expression for the slope's
# column in terms of the table's columns, named as the summaries name it. Priors: b ~ normal(b_mean, b_scale),
# sigma ~ half_normal(sigma), sd ~ half_normal(sd), cor ~ lkj(1).
crossed_models <- list(
  sleepstudy = list(table = NULL, y = quote(Reaction), x = list(Days = quote(Days)), groups = "Subject",
                    b_mean = c(250, 0), b_scale = c(100, 20), sigma = 50, sd = 50),
  pupil = list(table = "pupil.csv", y = quote(p_size), x = list(load = quote(load)), groups = "subj",
               b_mean = c(1000, 0), b_scale = c(500, 100), sigma = 1000, sd = 1000),
  dutch = list(table = "dutch.csv", y = quote(NP1), x = list(condition = quote(condition)),
               groups = c("subject", "item"), b_mean = c(0, 0), b_scale = c(10, 5), sigma = 5, sd = 1),
  mandarin = list(table = "mandarin.csv", y = quote(log(rt)),
                  x = list(x = quote(ifelse(type == "subj-ext", 0.5, -0.5))), groups = c("subj", "item"),
                  b_mean = c(0, 0), b_scale = c(10, 5), sigma = 5, sd = 5),
  dillonE1 = list(table = "dillonE1.csv", y = quote(log(rt)), x = list(x = quote(ifelse(int == "low", 1, 0))),
                  groups = c("subj", "item"), b_mean = c(0, 0), b_scale = c(10, 5), sigma = 5, sd = 5)
)

# InstEval's scales of the effects of s, d and dept: NULL are unknown, half_normal(1) each.
insteval_models <- list(InstEval_fixed = c(1, 1, 1), InstEval = NULL)

model_names <- c(names(crossed_models), "grouseticks", names(insteval_models))

read_table <- function(data_dir, file) {
  read.csv(file.path(data_dir, file), check.names = FALSE, strip.white = FALSE, stringsAsFactors = FALSE)
}

# Index of every row's level and the levels' labels: numbers by value, strings by code point.
levels_of <- function(column) {
  values <- if (is.numeric(column)) sort(unique(column)) else sort(unique(as.character(column)), method = "radix")
  list(index = match(as.character(column), as.character(values)), labels = as.character(values))
}

# The rows of a model of crossed.stan: y, X, Z, levels, priors, and what names its parameters.
crossed_rows <- function(name, data_dir) {
  if (name == "grouseticks") return(grouse_rows(data_dir))
  spec <- crossed_models[[name]]
  table <- if (is.null(spec$table)) sleepstudy_table() else read_table(data_dir, spec$table)
  x <- eval(spec$x[[1]], table)
  design <- cbind(1, as.numeric(x))
  list(y = eval(spec$y, table), X = design, Z = design, levels = lapply(table[spec$groups], levels_of),
       groups = spec$groups, coefs = c("Intercept", names(spec$x)), b_mean = spec$b_mean, b_scale = spec$b_scale,
       sigma_scale = spec$sigma, tau_scale = spec$sd, cauchy = 0, mean_index = c(0, 0))
}

sleepstudy_table <- function() {
  table <- lme4::sleepstudy
  table$Subject <- as.numeric(as.character(table$Subject))
  table
}

# The effects' means mu_1, mu_2 take the place of an intercept: b = (mu_1, mu_2, beta_e, beta_a).
grouse_rows <- function(data_dir) {
  table <- read_table(data_dir, "grouseticks.csv")
  list(y = table$TICKS, X = cbind(1, 1, table$YEAR, table$cHEIGHT), Z = matrix(1, nrow(table), 1),
       levels = lapply(table[c("BROOD", "LOCATION")], levels_of), groups = c("BROOD", "LOCATION"), coefs = "Intercept",
       b_mean = rep(0, 4), b_scale = rep(1, 4), sigma_scale = 5, tau_scale = 5, cauchy = 1, mean_index = c(1, 2))
}

prior_data <- function(rows) {
  list(b_mean = rows$b_mean, b_scale = rows$b_scale, sigma_scale = rows$sigma_scale, tau_scale = rows$tau_scale,
       cauchy = rows$cauchy, mean_index = rows$mean_index)
}

sizes <- function(rows) {
  labels <- lapply(rows$levels, `[[`, "labels")
  list(N = length(rows$y), P = ncol(rows$X), K = ncol(rows$Z), J1 = length(labels[[1]]),
       J2 = if (length(labels) > 1) length(labels[[2]]) else 0)
}

# Data of crossed.stan: cross-products.
crossed_data <- function(rows) {
  n <- sizes(rows)
  r <- rows$y - drop(rows$X %*% rows$b_mean)
  W <- rows$X
  if (n$J2 > 0) {
    indicator <- outer(rows$levels[[2]]$index, seq_len(n$J2), `==`) + 0
    for (k in seq_len(n$K)) W <- cbind(W, indicator * rows$Z[, k])
  }
  of_level <- split(seq_along(r), rows$levels[[1]]$index)
  product <- function(other) {
    lapply(of_level, function(i) crossprod(rows$Z[i, , drop = FALSE], other[i, , drop = FALSE]))
  }
  stack <- function(blocks) aperm(stacked(blocks), c(3, 1, 2))
  c(n, prior_data(rows),
    list(T = stack(product(rows$Z)), E = stack(product(W)), g = t(matrix(unlist(product(cbind(r))), nrow = n$K)),
         WW = crossprod(W), Wr = drop(crossprod(W, r)), rr = sum(r^2)))
}

# Matrices of equal shape as one array, the matrix's number last.
stacked <- function(blocks) array(unlist(blocks), c(dim(blocks[[1]]), length(blocks)))

# Data of plain.stan: rows.
plain_data <- function(rows) {
  n <- sizes(rows)
  level2 <- if (n$J2 > 0) rows$levels[[2]]$index else rep(0L, n$N)
  c(n, prior_data(rows), list(y = rows$y, X = rows$X, Z = rows$Z, level1 = rows$levels[[1]]$index, level2 = level2))
}

# Stan's name of every stored quantity, named by ours.
crossed_names <- function(rows, grouse) {
  K <- ncol(rows$Z)
  parameters <- c(sigma = "sigma")
  effects <- c()
  for (f in seq_along(rows$groups)) {
    g <- rows$groups[f]
    labels <- rows$levels[[f]]$labels
    sds <- sprintf("tau[%d,%d]", f, seq_len(K))
    names(sds) <- if (grouse) sprintf("sigma_%d", f) else sprintf("sd_%s__%s", g, rows$coefs)
    parameters <- c(parameters, sds)
    if (K == 2) parameters[sprintf("cor_%s__%s__%s", g, rows$coefs[1], rows$coefs[2])] <- sprintf("cor[%d]", f)
    r <- sprintf("r%d[%d,%d]", f, rep(seq_along(labels), each = K), rep(seq_len(K), length(labels)))
    names(r) <- if (grouse) sprintf("u_%d[%s]", f, labels)
                else sprintf("r_%s[%s,%s]", g, rep(labels, each = K), rep(rows$coefs, length(labels)))
    effects <- c(effects, r)
  }
  b <- sprintf("b[%d]", seq_len(ncol(rows$X)))
  names(b) <- if (grouse) c("mu_1", "mu_2", "beta_e", "beta_a") else paste0("b_", rows$coefs)
  if (grouse) names(parameters)[1] <- "sigma_t"
  list(parameters = c(b, parameters), effects = effects)
}

insteval_rows <- function(name, data_dir, keep = NULL) {
  table <- read_table(data_dir, "InstEval.csv")
  if (!is.null(keep)) table <- table[keep, ]
  list(y = table$y, x = table$service, s = levels_of(table$s), d = levels_of(table$d), dept = levels_of(table$dept),
       scales = insteval_models[[name]])
}

# Data of insteval.stan: totals per student, per lecturer and of all, and the sparse table of who rated whom.
insteval_data <- function(rows) {
  total <- function(factor, values) as.vector(rowsum(values, factor$index, reorder = TRUE))
  one <- rep(1, length(rows$y))
  counts <- Matrix::sparseMatrix(i = rows$s$index, j = rows$d$index, x = 1, repr = "C")
  parts <- rstan::extract_sparse_parts(counts)
  pairs <- unique(cbind(rows$d$index, rows$dept$index))
  stopifnot(!anyDuplicated(pairs[, 1]))
  fixed <- !is.null(rows$scales)
  list(N = length(one), S = length(rows$s$labels), D = length(rows$d$labels), G = length(rows$dept$labels),
       s_n = total(rows$s, one), s_x = total(rows$s, rows$x), s_y = total(rows$s, rows$y),
       d_n = total(rows$d, one), d_x = total(rows$d, rows$x), d_y = total(rows$d, rows$y),
       xx = sum(rows$x^2), xy = sum(rows$x * rows$y), yy = sum(rows$y^2), dept = pairs[order(pairs[, 1]), 2],
       nz = length(parts$w), count = parts$w, column = parts$v, start = parts$u,
       fixed = as.integer(fixed), tau_fixed = if (fixed) rows$scales else c(1, 1, 1))
}

insteval_names <- function(rows) {
  parameters <- c(b_Intercept = "alpha", b_service = "beta", sigma = "sigma")
  if (is.null(rows$scales)) {
    parameters <- c(parameters, sd_s__Intercept = "tau[1]", sd_d__Intercept = "tau[2]", sd_dept__Intercept = "tau[3]")
  }
  effects <- c()
  for (g in c("s", "d", "dept")) {
    r <- sprintf("r_%s[%d]", g, seq_along(rows[[g]]$labels))
    names(r) <- sprintf("r_%s[%s,Intercept]", g, rows[[g]]$labels)
    effects <- c(effects, r)
  }
  list(parameters = parameters, effects = effects)
}
