# Reads chain-k.csv by rstan, by posterior and by the steps of cmdstanr's reader; holds them to names.json and
# summary.json. Usage: Rscript read_r.R FOLDER…  Status 1: failed, 77: skipped.

for (package in c("jsonlite", "rstan", "posterior")) {
  if (!requireNamespace(package, quietly = TRUE)) {
    cat("SKIPPED  the R package", package, "is not installed\n")
    quit(status = 77)
  }
}

expect <- function(truth, ...) if (!isTRUE(truth)) stop(..., call. = FALSE)

read_folder <- function(path) {
  json <- function(name) jsonlite::fromJSON(file.path(path, name), simplifyVector = FALSE)
  names <- json("names.json")
  rows <- json("summary.json")
  sampling <- json("run.json")$sampling
  elements <- vapply(names$columns, function(column) {
    labels <- paste(unlist(column$labels), collapse = ",")
    if (length(column$labels) > 0) paste0(column$name, "[", labels, "]") else column$name
  }, "")
  list(path = path, columns = names(names$columns), elements = elements, summary = rows,
       rows = stats::setNames(rows$parameters, vapply(rows$parameters, `[[`, "", "variable")),
       lengths = unlist(sampling$draws), warmup = sampling$warmup,
       files = file.path(path, sprintf("chain-%d.csv", seq_along(sampling$draws))))
}

# `r_g.1.2` as rstan and cmdstanr call it.
bracketed <- function(columns) {
  inside <- sub("^[^.]*[.]?", "", columns)
  ifelse(nzchar(inside), paste0(sub("[.].*", "", columns), "[", gsub(".", ",", inside, fixed = TRUE), "]"), columns)
}

near <- function(a, b, scale) abs(a - b) <= 1e-7 * max(scale, 1e-300)

# Draws, iteration x chain, against a row of the summary; R-hat and ESS too where the summary has them.
check_row <- function(row, draws) {
  if (!all(is.finite(draws))) return(expect(is.null(row$mean), row$variable, ": a mean of undefined draws"))
  facts <- c(mean = mean(draws), median = stats::median(draws), sd = stats::sd(draws), mad = stats::mad(draws),
             q5 = unname(stats::quantile(draws, 0.05)), q95 = unname(stats::quantile(draws, 0.95)),
             mcse_mean = posterior::mcse_mean(draws))
  if (isTRUE(row$analytic)) facts <- facts[!names(facts) %in% c("mean", "sd", "mcse_mean")]  # not the draws'
  for (key in names(facts)) {
    if (is.null(row[[key]])) next
    expect(near(row[[key]], facts[[key]], max(abs(draws))), row$variable, ": ", key, " ", row[[key]], ", ", facts[[key]])
  }
  diagnostics <- c(rhat = posterior::rhat(draws), ess_bulk = posterior::ess_bulk(draws),
                   ess_tail = posterior::ess_tail(draws))
  for (key in names(diagnostics)) {
    if (is.null(row[[key]]) || is.na(diagnostics[[key]])) next
    expect(abs(row[[key]] / diagnostics[[key]] - 1) < 1e-6, row$variable, ": ", key, " ", row[[key]], ", ",
           diagnostics[[key]])
  }
}

check_rstan <- function(folder) {
  groups <- if (length(unique(folder$lengths)) == 1) list(folder$files) else as.list(folder$files)
  for (files in groups) {
    fit <- withCallingHandlers(rstan::read_stan_csv(files), warning = function(w) {
      if (!grepl("undefined values", conditionMessage(w))) stop("rstan warns: ", conditionMessage(w))
      invokeRestart("muffleWarning")
    })
    draws <- as.array(fit)
    expect(identical(dimnames(draws)$parameters, c(bracketed(folder$columns), "lp__")), "rstan: other parameters")
    expect(dim(draws)[[1]] == folder$lengths[match(files[[1]], folder$files)], "rstan: ", dim(draws)[[1]], " draws")
    if (length(groups) > 1) next
    for (k in seq_along(folder$columns)) check_row(folder$rows[[folder$elements[[k]]]], draws[, , k])
    divergences <- sum(vapply(rstan::get_sampler_params(fit), function(p) sum(p[, "divergent__"]), 0))
    expect(divergences == folder$summary$divergences, "rstan: ", divergences, " divergences")
    expect(all(grepl("Step size", unlist(rstan::get_adaptation_info(fit)))), "rstan: no adaptation")
    expect(all(rstan::get_elapsed_time(fit) > 0), "rstan: no times")
    expect(posterior::nvariables(posterior::as_draws_array(fit)) == length(folder$columns) + 1, "posterior: other size")
  }
}

# cmdstanr takes lines that begin with `#` or a letter for settings and header, and all that do not with `#` for rows.
check_cmdstanr <- function(folder) {
  for (k in seq_along(folder$files)) {
    lines <- readLines(folder$files[[k]])
    header <- grep("^[a-zA-Z]", lines, value = TRUE)
    expect(length(header) == 1, "a row begins with a letter")
    columns <- strsplit(header, ",")[[1]]
    expect(identical(columns[!endsWith(columns, "__")], folder$columns), "cmdstanr: other variables")
    pairs <- strsplit(sub("(Default)", "", gsub("#", "", grep("=", lines, value = TRUE)), fixed = TRUE), "=")
    settings <- stats::setNames(lapply(pairs, function(p) trimws(p[[2]])), vapply(pairs, function(p) trimws(p[[1]]), ""))
    expect(settings$method == "sample" && settings$id == k, "cmdstanr: method or id")
    expect(settings$num_samples == folder$lengths[[k]] && settings$num_warmup == folder$warmup, "cmdstanr: counts")
    expect(settings$save_warmup == "0" && settings$thin == "1" && nzchar(settings$`Step size`), "cmdstanr: settings")
    rows <- utils::read.csv(text = grep("^#", lines, value = TRUE, invert = TRUE), check.names = FALSE)
    expect(nrow(rows) == folder$lengths[[k]], "cmdstanr: ", nrow(rows), " rows")
    integers <- unlist(rows[c("treedepth__", "n_leapfrog__", "divergent__")])
    expect(all(integers == floor(integers)), "cmdstanr: counts that are no integers")
  }
}

status <- 0
for (path in commandArgs(trailingOnly = TRUE)) {
  error <- tryCatch({
    folder <- read_folder(path)
    check_cmdstanr(folder)
    check_rstan(folder)
    NULL
  }, error = conditionMessage)
  if (is.null(error)) {
    cat(sprintf("ok       rstan %s, posterior %s, cmdstanr's rules: %s\n", utils::packageVersion("rstan"),
                utils::packageVersion("posterior"), path))
  } else {
    cat("FAILED  ", path, ": ", error, "\n", sep = "")
    status <- 1
  }
}
quit(status = status)
