// Front door of report: a fit as one HTML page to read, with everything in it and nothing asked of the network.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "woodbury/store/store.hpp"

namespace woodbury::report {

struct Options {
  double prob = 0.95;
  unsigned threads = 0;
};

/// What the page shows, in the terms of assets/report.js. Bounded: of many levels, rows and draws a part is taken.
[[nodiscard]] nlohmann::json contents(const store::Record& record, const Options& options);

/// The page. The record may hold only what was sampled: the effects are drawn again.
[[nodiscard]] std::string html(const store::Record& record, const Options& options);

/// Writes the file whole or not at all. Throws base::Error where it exists (unless `overwrite`) or cannot be written.
void write(const std::string& path, const std::string& html, bool overwrite);

}  // namespace woodbury::report
