# Samples one reference posterior with rstan and stores its summary.
#
#   Rscript tests/reference/make_reference.R MODEL DATA_DIR OUT [--draws=N] [--warmup=N] [--chains=N] [--cores=N]
#                                                              [--seed=N] [--cache=DIR] [--plain]
#   Rscript tests/reference/make_reference.R check DATA_DIR    [--cache=DIR]
#
#   MODEL     sleepstudy, pupil, dutch, mandarin, dillonE1, grouseticks, InstEval_fixed or InstEval
#   DATA_DIR  folder of the tables (dutch.csv, …); sleepstudy comes from lme4
#   OUT       the summary, a JSON file
#   --draws   of each chain, after warm-up
#   --cache   folder in which compiled Stan programs are kept between runs
#   --plain   crossed models only: sample plain.stan, which integrates nothing, in place of crossed.stan
#   check     compares the programs' log densities with independently computed values; status 1 if one differs

suppressPackageStartupMessages(library(rstan))

script_dir <- function() {
  file <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
  if (length(file)) dirname(normalizePath(file)) else "."
}
source(file.path(script_dir(), "reference_models.R"))

parse_arguments <- function(words) {
  flags <- grepl("^--", words)
  options <- list(draws = 2000, warmup = 1000, chains = 4, cores = 2, seed = 20260101, cache = tempdir(), plain = FALSE)
  for (word in sub("^--", "", words[flags])) {
    key <- sub("=.*", "", word)
    if (!key %in% names(options)) stop("unknown option --", key)
    value <- sub("^[^=]*=?", "", word)
    options[[key]] <- if (key == "plain") TRUE else if (key == "cache") value else as.integer(value)
  }
  list(positional = words[!flags], options = options)
}

compiled <- function(program, cache) {
  dir.create(cache, showWarnings = FALSE, recursive = TRUE)
  copy <- file.path(cache, paste0(program, ".stan"))
  source_file <- file.path(script_dir(), "stan", basename(copy))
  changed <- !file.exists(copy) || !identical(readLines(copy), readLines(source_file))
  if (changed) file.copy(source_file, copy, overwrite = TRUE)
  # Debian's package BH holds no headers: they are the system's.
  boost <- if (nzchar(system.file("include", package = "BH"))) NULL else "/usr/include"
  stan_model(copy, auto_write = TRUE, boost_lib = boost)
}

# Program, data, names and starting points of a model.
problem <- function(name, data_dir, plain) {
  if (name %in% names(insteval_models)) {
    rows <- insteval_rows(name, data_dir)
    data <- insteval_data(rows)
    start <- function() insteval_start(data)
    return(list(program = "insteval", data = data, names = insteval_names(rows), init = start))
  }
  rows <- crossed_rows(name, data_dir)
  list(program = if (plain) "plain" else "crossed", data = if (plain) plain_data(rows) else crossed_data(rows),
       names = crossed_names(rows, name == "grouseticks"),
       init = if (plain) "random" else function() crossed_start(rows))
}

# Scales at a random multiple of the response's, correlations zero.
crossed_start <- function(rows) {
  K <- ncol(rows$Z)
  factors <- length(rows$groups)
  scale <- sd(rows$y) * runif(1, 0.3, 1)
  slopes <- if (K > 1) pmax(apply(rows$Z, 2, sd), 1e-3) else 1
  slopes[1] <- 1
  list(sigma = scale, tau = matrix(rep(0.3 * scale / slopes, each = factors), factors, K),
       R = aperm(array(diag(K), c(K, K, factors)), c(3, 1, 2)))
}

insteval_start <- function(data) {
  centre <- sum(data$d_y) / data$N
  shrunk <- centre + (data$d_y - data$d_n * centre) / (data$d_n + 5)
  list(theta = shrunk + rnorm(data$D, 0, 0.1), beta = rnorm(1, 0, 0.1), sigma = runif(1, 1, 1.5),
       tau = if (data$fixed) numeric(0) else runif(3, 0.2, 0.6))
}

# Rows of a summary: posterior's definitions, digits significant digits.
summarise <- function(draws, wanted, measures, digits) {
  draws <- draws[, , wanted, drop = FALSE]
  dimnames(draws)[[3]] <- names(wanted)
  table <- as.data.frame(do.call(posterior::summarise_draws, c(list(posterior::as_draws_array(draws)), measures)))
  lapply(seq_len(nrow(table)), function(i) {
    c(list(name = table$variable[i]), lapply(as.list(table[i, -1]), signif, digits = digits))
  })
}

one_per_line <- function(entries) {
  lines <- vapply(entries, function(e) as.character(jsonlite::toJSON(e, auto_unbox = TRUE, digits = NA)), "")
  paste0("    ", lines, collapse = ",\n")
}

write_summary <- function(path, head, parameters, effects) {
  head <- vapply(names(head), function(key) {
    sprintf("  \"%s\": %s", key, jsonlite::toJSON(head[[key]], auto_unbox = TRUE, digits = NA))
  }, "")
  writeLines(c("{", paste0(head, ","), "  \"parameters\": [", one_per_line(parameters), "  ],",
               "  \"effects\": [", one_per_line(effects), "  ]", "}"), path)
}

sample_reference <- function(name, data_dir, out, options) {
  task <- problem(name, data_dir, options$plain)
  model <- compiled(task$program, options$cache)
  set.seed(options$seed)
  kept <- unique(sub("\\[.*", "", c(task$names$parameters, task$names$effects)))
  wall <- system.time(
    fit <- sampling(model, data = task$data, pars = kept, chains = options$chains, cores = options$cores,
                    iter = options$warmup + options$draws, warmup = options$warmup, seed = options$seed,
                    init = task$init, refresh = 500)
  )[["elapsed"]]
  draws <- as.array(fit)
  parameters <- summarise(draws, task$names$parameters, c("mean", "sd", "mcse_mean", "ess_bulk", "rhat"), 8)
  effects <- summarise(draws, task$names$effects, c("mean", "sd", "mcse_mean", "ess_bulk"), 6)
  head <- list(model = name, program = task$program, rstan = as.character(packageVersion("rstan")), seed = options$seed,
               iterations = list(chains = options$chains, warmup = options$warmup, draws = options$draws),
               seconds = round(wall, 1), divergences = get_num_divergent(fit))
  write_summary(out, head, parameters, effects)
  report(name, head, parameters, effects)
}

report <- function(name, head, parameters, effects) {
  table <- do.call(rbind, lapply(parameters, as.data.frame))
  print(table, digits = 5, row.names = FALSE)
  cat(sprintf("%s: %.0f s, %d divergences; least bulk ESS %.0f (parameters), %.0f (effects); greatest R-hat %.5f\n",
              name, head$seconds, head$divergences, min(table$ess_bulk),
              min(vapply(effects, `[[`, 0, "ess_bulk")), max(table$rhat)))
}

# log p(y | theta) of a program at a point, all constants included.
density_at <- function(model, data, point, quantity) {
  fit <- sampling(model, data = data, algorithm = "Fixed_param", chains = 1, iter = 1, warmup = 0, seed = 1,
                  init = list(point), pars = quantity, refresh = 0)
  as.array(fit)[1, 1, quantity]
}

correlation_factor <- function(rho) matrix(c(1, rho, 0, sqrt(1 - rho^2)), 2)

# Points and values: all group-level effects integrated out, population coefficients known (b_scale = 0). The values
# were computed apart from Stan (dense Cholesky of y's covariance matrix). `logs` adds -sum log y.
check_points <- list(
  dillonE1 = list(b = c(6.5, 0.05), sigma = 0.5, tau = rbind(c(0.3, 0.1), c(0.15, 0.08)), rho = c(0.3, -0.2),
                  logs = TRUE, value = -21201.126390),
  dutch = list(b = c(6.2, -0.03), sigma = 0.4, tau = rbind(c(0.25, 0.1), c(0.1, 0.05)), rho = c(0.3, -0.2),
               logs = FALSE, value = -244.618008),
  mandarin = list(b = c(6.1, -0.05), sigma = 0.5, tau = rbind(c(0.3, 0.1), c(0.15, 0.08)), rho = c(0.3, -0.2),
                  logs = TRUE, value = -3773.689557),
  pupil = list(b = c(5000, 60), sigma = 500, tau = rbind(c(2000, 60)), rho = 0.3, logs = FALSE, value = -17125.661751),
  grouseticks = list(b = c(0.5, 0.3, 0.05, -0.05), sigma = 8, tau = rbind(6, 5), rho = NULL, logs = FALSE,
                     value = -1434.134740)
)

check_crossed <- function(name, data_dir, model) {
  point <- check_points[[name]]
  rows <- crossed_rows(name, data_dir)
  rows$b_mean <- point$b
  rows$b_scale <- 0 * point$b
  R <- if (is.null(point$rho)) array(1, c(2, 1, 1))
       else aperm(stacked(lapply(point$rho, correlation_factor)), c(3, 1, 2))
  found <- density_at(model, crossed_data(rows), list(sigma = point$sigma, tau = point$tau, R = R), "log_marginal")
  found - if (point$logs) sum(rows$y) else 0
}

check_insteval <- function(data_dir, model) {
  data <- insteval_data(insteval_rows("InstEval_fixed", data_dir))
  point <- list(theta = rep(3.2, data$D), beta = -0.08, sigma = 1.18, tau = numeric(0))
  density_at(model, data, point, "log_likelihood")
}

# Change of the target between two points, apart from the likelihood: from the program, and from the covariance matrix
# of theta written out.
check_lecturers <- function(data_dir, model) {
  data <- insteval_data(insteval_rows("InstEval", data_dir))
  empty <- sampling(model, data = data, chains = 0, refresh = 0)
  set.seed(1)
  points <- list(insteval_start(data), insteval_start(data))
  by_program <- function(p) {
    log_prob(empty, unconstrain_pars(empty, p), adjust_transform = FALSE) -
      density_at(model, data, p, "log_likelihood")
  }
  same <- outer(data$dept, data$dept, `==`)
  by_matrix <- function(p) {
    root <- chol(diag(p$tau[2]^2, data$D) + p$tau[3]^2 * same + 25)
    -sum(log(diag(root))) - 0.5 * sum(backsolve(root, p$theta, transpose = TRUE)^2) +
      sum(dnorm(c(p$beta, p$sigma, p$tau), log = TRUE))
  }
  c(found = by_program(points[[1]]) - by_program(points[[2]]), wanted = by_matrix(points[[1]]) - by_matrix(points[[2]]))
}

check <- function(data_dir, cache) {
  crossed <- compiled("crossed", cache)
  found <- vapply(names(check_points), check_crossed, 0, data_dir = data_dir, model = crossed)
  wanted <- vapply(check_points, `[[`, 0, "value")
  insteval <- compiled("insteval", cache)
  lecturers <- check_lecturers(data_dir, insteval)
  found[c("InstEval, students", "InstEval, lecturers")] <- c(check_insteval(data_dir, insteval), lecturers["found"])
  wanted[c("InstEval, students", "InstEval, lecturers")] <- c(-126333.324899, lecturers["wanted"])
  print(data.frame(found = sprintf("%.6f", found), wanted = sprintf("%.6f", wanted), row.names = names(found)))
  quit(status = as.integer(any(abs(found - wanted) > 1e-5 + 1e-9 * abs(wanted))))
}

main <- function() {
  arguments <- parse_arguments(commandArgs(TRUE))
  words <- arguments$positional
  if (length(words) == 2 && words[1] == "check") return(check(words[2], arguments$options$cache))
  if (length(words) != 3) stop("usage: make_reference.R MODEL DATA_DIR OUT, or check DATA_DIR")
  if (!words[1] %in% model_names) stop("MODEL is one of ", paste(model_names, collapse = ", "))
  sample_reference(words[1], words[2], words[3], arguments$options)
}

main()
