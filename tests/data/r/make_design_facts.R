# Writes tests/data/design_facts.json: design columns by R's model.matrix() and lme4's lFormula() for formulas over
# tables made here by a fixed rule. Run under LC_ALL=C, from the repository's root:
#   LC_ALL=C Rscript tests/data/r/make_design_facts.R
suppressMessages(library(lme4))
stopifnot(Sys.getlocale("LC_COLLATE") == "C")
center <- function(x) x - mean(x)
wave <- function(n, step, size, digits = 3) round(size * sin(step * seq_len(n)), digits)
pick <- function(n, step, labels) labels[(seq_len(n) * step + seq_len(n) %/% 3) %% length(labels) + 1]

main <- within(data.frame(i = 1:24), {
  y <- round(3 + sin(0.7 * i) + i / 40, 3)
  x <- wave(24, 1.7, 3)
  z <- wave(24, 2.9, 2) + 5
  n <- i %% 5 + 1
  year <- 1990 + i %% 7
  f <- factor(pick(24, 5, c("a", "b", "c")))
  k <- factor(pick(24, 2, c("lo", "hi")), levels = c("lo", "hi"))
  m <- factor(pick(24, 3, c("m1", "m2", "m3", "m4")))
  v <- factor(pick(24, 1, c("p", "q")), levels = c("o", "p", "q", "r"))  # o and r are in no row
  t <- c("TRUE", "FALSE")[i %% 2 + 1]
  w <- factor(pick(24, 5, c(10, 9, 2)))
  g <- factor(pick(24, 1, paste0("s", 1:5)))
  h <- factor(pick(24, 3, c("u", "v", "w")))
})
main[["my x"]] <- wave(24, 0.9, 4)
main$i <- NULL
# f and k leave two cells empty.
sparse <- data.frame(y = wave(9, 1.1, 2), x = wave(9, 2.3, 1), f = factor(c("a", "a", "b", "b", "b", "c", "c", "c", "a")),
                     k = factor(c("p", "q", "p", "p", "p", "q", "r", "q", "r")),
                     g = factor(c(3, 1, 10, 1, 3, 10, 3, 1, 1)))
tables <- list(main = main, sparse = sparse)
fresh <- data.frame(x = c(-2.5, 0, 4.25, 0.125), z = c(4, 5.5, 7, 6.25), n = c(9, 2, 1, 3), f = factor(c("c", "a", "b", "c")),
                    k = factor(c("hi", "lo", "lo", "hi"), levels = c("lo", "hi")))

# Contrasts go onto the data, so that fixed and group-level parts both see them.
coded <- function(d, contrasts) {
  for (one in contrasts) {
    column <- sub("=.*", "", one)
    kind <- sub("^[^=]*=", "", one)
    l <- levels(d[[column]])
    contrasts(d[[column]]) <- switch(
      sub("[({].*", "", kind), treatment = contr.treatment(l, base = match(gsub("treatment\\(|\\)", "", kind), l)),
      sum = contr.sum(l), helmert = contr.helmert(l), poly = contr.poly(length(l)), maps[[kind]])
  }
  d
}
maps <- list("{lo:-0.5,hi:0.5}" = matrix(c(-0.5, 0.5)),
             "{a:[1,0],b:[0.25,1],c:[-1,-1]}" = rbind(c(1, 0), c(0.25, 1), c(-1, -1)))

plain <- function(names) sub("(Intercept)", "Intercept", names, fixed = TRUE)
columns <- function(m) unname(lapply(seq_len(ncol(m)), function(c) unname(m[, c])))

fixed_part <- function(formula, d, new) {
  mf <- model.frame(nobars(formula), d, drop.unused.levels = TRUE)
  X <- model.matrix(terms(mf), mf)
  part <- list(columns = I(plain(colnames(X))), values = columns(X), response = unname(model.response(mf)),
               response_name = deparse(formula[[2]]))
  if (!is.null(model.offset(mf))) part$offset <- model.offset(mf)
  if (new) part$fresh <- columns(model.matrix(delete.response(terms(mf)), fresh, xlev = .getXlevels(terms(mf), mf)))
  part
}

# lme4 names the inner factor of a/b first, "b:a" with levels "v:s1"; brms and Woodbury say "a:b" and "s1_v".
group_part <- function(bar, nested, d) {
  control <- lmerControl(check.nobs.vs.nlev = "ignore", check.nobs.vs.nRE = "ignore", check.rankX = "ignore",
                         check.nobs.vs.rankZ = "ignore", check.nlev.gtreq.5 = "ignore", check.nlev.gtr.1 = "ignore",
                         check.scaleX = "ignore")
  one <- as.formula(paste("y ~ 1 + (", deparse(bar), ")"))
  re <- lFormula(one, d, control = control)$reTrms
  lapply(seq_along(re$cnms), function(i) {
    name <- gsub("[()]", "", names(re$cnms)[i])  # a third level down is "k:(g:h)"
    p <- length(re$cnms[[i]])
    f <- re$flist[[attr(re$flist, "assign")[i]]]
    block <- as.matrix(re$Zt[(re$Gp[i] + 1):re$Gp[i + 1], , drop = FALSE])
    rows <- outer(seq_len(p), (as.integer(f) - 1) * p, "+")
    values <- t(sapply(seq_len(p), function(k) block[cbind(rows[k, ], seq_len(nrow(d)))]))
    stopifnot(sum(block != 0) == sum(values != 0))  # nothing outside a row's own level
    parts <- strsplit(name, ":")[[1]]
    if (nested) parts <- rev(parts)
    labels <- strsplit(as.character(f), ":")
    labels <- vapply(labels, function(l) paste(if (nested) rev(l) else l, collapse = "_"), "")
    joint <- do.call(interaction, c(unname(lapply(parts, function(c) factor(d[[c]]))), sep = "_", lex.order = TRUE,
                                    drop = TRUE))
    stopifnot(identical(as.character(joint), labels))
    list(factor = paste(parts, collapse = ":"), columns = I(plain(re$cnms[[i]])), values = columns(t(values)),
         levels = I(levels(joint)), codes = as.integer(joint) - 1L)
  })
}

fact <- function(formula, table = "main", contrasts = character(), r = formula, new = FALSE) {
  d <- coded(tables[[table]], contrasts)
  r <- as.formula(gsub("||", "|", r, fixed = TRUE))  # the columns are those of |: see the test's note
  nested <- grepl("\\|[^)]*/", formula)
  groups <- do.call(c, lapply(findbars(r), group_part, nested, d))  # findbars() has expanded a/b
  if (nested) groups <- groups[order(lengths(strsplit(vapply(groups, `[[`, "", "factor"), ":")))]
  out <- c(list(formula = formula, table = table), fixed_part(r, d, new))
  if (length(contrasts)) out$contrasts <- I(contrasts)
  if (length(groups)) out$groups <- groups
  out
}

cases <- list(
  fact("y ~ 1"), fact("y ~ x"), fact("y ~ 0 + x"), fact("y ~ x - 1"), fact("y ~ x + f"), fact("y ~ f"),
  fact("y ~ 0 + f"), fact("y ~ f - 1 + k"), fact("y ~ 0 + x + f"), fact("y ~ f * k", new = TRUE),
  fact("y ~ 0 + f * k"), fact("y ~ f:k"), fact("y ~ 0 + f:k"), fact("y ~ x * f", new = TRUE), fact("y ~ x:f"),
  fact("y ~ 0 + x:f"), fact("y ~ 0 + x + x:f"), fact("y ~ f + x:f"), fact("y ~ f / x"), fact("y ~ f / k"),
  fact("y ~ k:f + f"), fact("y ~ f:k + k:m"), fact("y ~ x:z"), fact("y ~ x * z * f"), fact("y ~ (x + f + k)^2"),
  fact("y ~ f * k * m - f"), fact("y ~ f * k - k"), fact("y ~ f + f:k:m"), fact("y ~ m * x - x"),
  fact("y ~ 0 + f + k:m + x"), fact("y ~ 0 + k:x + f"), fact("y ~ v"), fact("y ~ v * x"), fact("y ~ t"),
  fact("y ~ 0 + t + x:t"), fact("y ~ w"), fact("y ~ factor(n)"), fact("y ~ factor(n) * x - 1"),
  fact("y ~ `my x` * f"), fact("y ~ poly(x, 2)", new = TRUE), fact("y ~ poly(x, 4) + f", new = TRUE),
  fact("y ~ poly(x, 1)", new = TRUE), fact("y ~ poly(x, 2) * f", new = TRUE), fact("y ~ poly(x, 2):poly(z, 3)", new = TRUE),
  fact("y ~ poly(year, 3)"), fact("y ~ poly(log(z), 2) + k", new = TRUE), fact("y ~ scale(x) * k", new = TRUE),
  fact("y ~ center(x) + center(year)"), fact("y ~ scale(log(z)) + I(x^2)", new = TRUE), fact("y ~ I((x + 1)^2 / z):k"),
  fact("y ~ log(z) + exp(x / 2) + sqrt(z) + abs(x)", new = TRUE), fact("y ~ I(-x^2 + 2 * z - 1)", new = TRUE),
  fact("log(y) ~ x"), fact("y / 1000 ~ x"), fact("sqrt(y) ~ f + offset(log(n))"), fact("y ~ offset(x) + offset(z) + k"),
  fact("y ~ f", contrasts = "f=sum"), fact("y ~ f * k", contrasts = c("f=sum", "k=sum")),
  fact("y ~ m", contrasts = "m=helmert"), fact("y ~ m * x", contrasts = "m=poly", new = FALSE),
  fact("y ~ f", contrasts = "f=poly"), fact("y ~ f:x + k", contrasts = "f=treatment(b)"),
  fact("y ~ f", contrasts = "f=treatment(c)"), fact("y ~ k * x", contrasts = "k={lo:-0.5,hi:0.5}", new = FALSE),
  fact("y ~ f", contrasts = "f={a:[1,0],b:[0.25,1],c:[-1,-1]}"), fact("y ~ 0 + f + m", contrasts = c("f=sum", "m=sum")),
  fact("y ~ f * k", "sparse"), fact("y ~ f:k", "sparse"), fact("y ~ f / k + x", "sparse"),
  fact("y ~ 0 + Intercept + x", r = "y ~ x"), fact("y ~ 0 + Intercept + f * x", r = "y ~ f * x"),
  fact("y ~ x + (x | g)"), fact("y ~ 1 + (1 | g)"), fact("y ~ x + (0 + x | g)"), fact("y ~ f + (f | g)"),
  fact("y ~ f + (0 + f | g)"), fact("y ~ f * x + (f * x | g)"), fact("y ~ x + (x || g)"), fact("y ~ f + (f || g)"),
  fact("y ~ x * f + (x * f || g)"), fact("y ~ 1 + (1 | g/h)"), fact("y ~ x + (x | g/h)"), fact("y ~ 1 + (1 | h/g/k)"),
  fact("y ~ 1 + (1 | g:h)"), fact("y ~ x + (1 | g) + (1 | h)"), fact("y ~ x + (0 + x:f | h) + (1 | g:k:h)"),
  fact("y ~ k + (k | g)", contrasts = "k=sum"), fact("y ~ m + (m | h)", contrasts = "m=poly"),
  fact("y ~ x + (poly(x, 2) | g)"), fact("y ~ x + (scale(x) + I(z^2) | h)"), fact("y ~ x + (f:k | h)"),
  fact("y ~ x + (1 | v)"), fact("y ~ x + (1 | v:f)"), fact("y ~ f + (k - 1 | w)"), fact("y ~ x + (1 | g)", "sparse"),
  fact("y ~ x + (1 | g:f)", "sparse"), fact("y ~ 1 + (1 | f/k)", "sparse")
)

column <- function(c) {
  if (is.numeric(c)) return(c)
  if (!is.factor(c)) c <- factor(c)
  list(levels = I(levels(c)), codes = as.integer(c) - 1L)
}
facts <- list(format = 1, r = R.version.string, lme4 = as.character(packageVersion("lme4")),
              tables = lapply(c(tables, list(fresh = fresh)), function(d) lapply(d, column)), cases = cases)
text <- jsonlite::toJSON(facts, digits = I(15), auto_unbox = TRUE)
writeLines(gsub("},{\"formula\"", "},\n{\"formula\"", text, fixed = TRUE), "tests/data/design_facts.json")
