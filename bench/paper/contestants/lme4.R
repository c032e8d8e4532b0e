# Rscript lme4.R FOLDER: fits the formula of formula.json to data.json by REML and leaves its times; no draws.
suppressMessages(library(lme4))
folder <- commandArgs(TRUE)[1]
data <- lapply(jsonlite::read_json(file.path(folder, "data.json")), function(x)
  if (is.list(x)) array(unlist(x$values), dim = x$dim) else x)
data$X <- data$X[, colSums(abs(data$X)) > 0, drop = FALSE]
if (data$means) data$X <- cbind(data$Z, data$X)
if (ncol(data$Z) > 1) data$z <- data$Z[, 2]
for (g in grep("^g", names(data), value = TRUE)) data[[g]] <- factor(data[[g]])
formula <- as.formula(jsonlite::fromJSON(file.path(folder, "formula.json"))$formula)
begin <- proc.time()
fit <- suppressWarnings(suppressMessages(lmer(formula, data = data)))
took <- proc.time() - begin
writeBin(numeric(0), file.path(folder, "draws.bin"))
cat(jsonlite::toJSON(list(
  wall = took[["elapsed"]], cpu = sum(took[c(1, 2)]), apart = structure(list(), names = character(0)),
  warmup_gradients = NA, gradients = NA, divergences = NA,
  versions = list(lme4 = as.character(packageVersion("lme4"))), notes = list(deviance = deviance(fit, REML = FALSE)),
  names = list(), chains = 0, draws = 0), auto_unbox = TRUE, na = "null"), file = file.path(folder, "meta.json"))
