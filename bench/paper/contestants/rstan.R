# Rscript rstan.R JOB.json PROGRAM.stan: compiles (kept beside the program), samples, and leaves draws.bin and meta.json
# as bench/paper/job.py wants them. Chains run two at a time, each in a process of its own.
suppressMessages(library(rstan))
arguments <- commandArgs(TRUE)
job <- jsonlite::fromJSON(arguments[1])
rstan_options(auto_write = TRUE)

unpack <- function(x) {
  if (!is.list(x)) return(x)
  values <- unlist(x$values)
  if (is.null(values)) values <- numeric(0)
  if (x$whole) values <- as.integer(values)
  array(values, dim = x$dim)
}
data <- lapply(jsonlite::read_json(file.path(job$folder, "data.json")), unpack)

begin <- proc.time()
# Debian keeps Boost where the compiler looks anyway, and not in R's package BH.
model <- stan_model(arguments[2], boost_lib = "/usr/include")
compiled <- proc.time() - begin

wanted <- c("b", "c", "sigma", "tau", "cor", "r1", "r2", "r3", "taus", "cors", "s")
begin <- proc.time()
chains <- parallel::mclapply(seq_len(job$chains), function(chain)
  sampling(model, data = data, chains = 1, chain_id = chain, seed = job$seed, iter = job$warmup + job$draws,
           warmup = job$warmup, pars = wanted, refresh = 0, save_warmup = TRUE), mc.cores = 2)
wall <- (proc.time() - begin)[["elapsed"]]
fit <- sflist2stanfit(chains)

sampler <- get_sampler_params(fit, inc_warmup = TRUE)
warm <- seq_len(job$warmup)
total <- function(name, rows) sum(sapply(sampler, function(s) sum(s[rows, name])))
draws <- as.array(fit)
draws <- draws[, , dimnames(draws)[[3]] != "lp__", drop = FALSE]
writeBin(as.vector(draws), file.path(job$folder, "draws.bin"), size = 8, endian = "little")
version <- function(package) as.character(packageVersion(package))
cat(jsonlite::toJSON(list(
  wall = wall, cpu = sum(get_elapsed_time(fit)),
  apart = list(compile = compiled[["elapsed"]], compile_cpu = sum(compiled[c(1, 2, 4, 5)])),
  warmup_gradients = total("n_leapfrog__", warm), gradients = total("n_leapfrog__", -warm),
  divergences = total("divergent__", -warm),
  versions = list(R = paste(R.version$major, R.version$minor, sep = "."), rstan = version("rstan"),
                  StanHeaders = version("StanHeaders")),
  notes = structure(list(), names = character(0)), names = dimnames(draws)[[3]], chains = job$chains, draws = job$draws),
  auto_unbox = TRUE, na = "null"), file = file.path(job$folder, "meta.json"))
