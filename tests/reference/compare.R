# Compares two summaries of one posterior, such as a reference and a fit stored in the same form.
#
#   Rscript tests/reference/compare.R A.json B.json [BOUND]
#
# For every name in both: z = difference of the means over its Monte Carlo standard error. Status 1 if a |z| exceeds
# BOUND (default 5) or no name is shared. The same for the sds, for information only: their error, taken as
# sd / sqrt(2 bulk ESS), is too small where a heavy tail or an ill-known scale of the effects matters.

arguments <- commandArgs(TRUE)
bound <- if (length(arguments) > 2) as.numeric(arguments[3]) else 5

entries <- function(path) {
  file <- jsonlite::fromJSON(path)
  columns <- c("name", "mean", "sd", "mcse_mean", "ess_bulk")
  rbind(file$parameters[columns], file$effects[columns])
}

both <- merge(entries(arguments[1]), entries(arguments[2]), by = "name")
if (nrow(both) == 0) stop("no name in common")
both$z_mean <- with(both, (mean.x - mean.y) / sqrt(mcse_mean.x^2 + mcse_mean.y^2))
both$z_sd <- with(both, (sd.x - sd.y) / sqrt(sd.x^2 / (2 * ess_bulk.x) + sd.y^2 / (2 * ess_bulk.y)))
for (z in c("z_mean", "z_sd")) {
  worst <- which.max(abs(both[[z]]))
  cat(sprintf("%s: greatest %.2f at %s; root mean square %.2f over %d names\n", z, both[[z]][worst],
              both$name[worst], sqrt(mean(both[[z]]^2)), nrow(both)))
}
quit(status = as.integer(max(abs(both$z_mean)) > bound))
