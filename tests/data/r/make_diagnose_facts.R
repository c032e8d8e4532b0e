# Convergence diagnostics by R's posterior of draws that tests/diagnose/series.hpp makes again, to the last bit:
# a Lehmer generator modulo 2^31 - 1 and arithmetic that is rounded alike everywhere.
# Run: LC_ALL=C Rscript make_diagnose_facts.R > ../diagnose_facts.json        (posterior 1.4.0, R 4.2)
# Fewer than four draws of several chains are left out: there posterior splits a dropped dimension.
suppressMessages(library(posterior))

state <- 1
uniform <- function() {
  state <<- (state * 16807) %% 2147483647
  state / 2147483647
}
noise <- function() uniform() + uniform() + uniform() + uniform() - 2  # roughly normal, sd 0.577

series <- function(kind, chain, draws) {
  x <- numeric(draws)
  last <- 0
  for (i in seq_len(draws)) {
    x[i] <- switch(kind,
      iid = noise(),
      slow = last <- 0.9 * last + noise(),
      slower = last <- 0.99 * last + noise(),
      antithetic = last <- -0.7 * last + noise(),
      alternating = last <- -0.98 * last + noise(),
      shifted = noise() + (if (chain == 1) 0.5 else 0),
      wider = noise() * chain,
      trend = noise() + i / draws,
      heavy = { a <- uniform(); (a - 0.5) / uniform() },
      discrete = floor(4 * uniform()),
      coin = floor(2 * uniform()),
      rare = as.numeric(uniform() < 0.03),
      constant = 3.5,
      stuck = as.numeric(chain),
      tiny = noise() * 1e-18,
      huge = noise() * 1e150)
  }
  x
}

number <- function(x) if (is.na(x)) "null" else if (is.infinite(x)) "\"inf\"" else sprintf("%.17g", x)

fact <- function(kind, chains, draws) {
  state <<- 12345
  x <- sapply(seq_len(chains), function(chain) series(kind, chain, draws))
  values <- suppressWarnings(c(
    mean = mean(x), median = median(x), sd = sd(x), mad = mad(x),
    q5 = unname(quantile(x, 0.05)), q95 = unname(quantile(x, 0.95)), rhat = rhat(x), ess_bulk = ess_bulk(x),
    ess_tail = ess_tail(x), ess_mean = ess_mean(x), mcse_mean = mcse_mean(x), mcse_sd = mcse_sd(x)))
  fields <- sprintf("\"%s\": %s", names(values), sapply(values, number))
  sprintf("  {\"kind\": \"%s\", \"chains\": %d, \"draws\": %d, %s}", kind, chains, draws, paste(fields, collapse = ", "))
}

kinds <- c("iid", "slow", "slower", "antithetic", "alternating", "shifted", "wider", "trend", "heavy", "discrete",
           "coin", "rare", "constant", "stuck", "tiny", "huge")
rows <- c(sapply(kinds, fact, chains = 4, draws = 250),
          sapply(c("iid", "slow", "discrete"), fact, chains = 4, draws = 101),
          sapply(c("iid", "slow", "shifted"), fact, chains = 1, draws = 400),
          sapply(c("iid", "slow", "slower"), fact, chains = 2, draws = 1000),
          sapply(4:13, function(draws) fact("iid", 4, draws)),
          sapply(1:9, function(draws) fact("alternating", 1, draws)))
cat("[\n", paste(rows, collapse = ",\n"), "\n]\n", sep = "")
