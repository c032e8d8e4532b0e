// A fit as text: the summary in brms's layout, and the table of priors.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "woodbury/fit/fit.hpp"

namespace woodbury::fit {

namespace {

using Cells = std::vector<std::string>;

std::size_t columns(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// Aligned columns: the first to the left, numbers to the right (or all to the left).
std::string table(const std::vector<Cells>& rows, bool numbers = true) {
  std::vector<std::size_t> widths;
  for (const Cells& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (c >= widths.size()) widths.push_back(0);
      widths[c] = std::max(widths[c], columns(row[c]));
    }
  std::string text;
  for (const Cells& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string space(widths[c] - columns(row[c]), ' ');
      line += (c ? " " : "") + (numbers && c > 0 ? space + row[c] : row[c] + space + (numbers ? "" : " "));
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

/// Two decimals as brms has, more where the number is small.
std::string number(double value) {
  if (std::isnan(value)) return "NA";
  const double size = std::abs(value);
  const int decimals =
      size == 0 || size >= 1 ? 2 : std::min(6, 2 + static_cast<int>(-std::floor(std::log10(size))) - 1);
  return fmt::format("{:.{}f}", value, decimals);
}

std::string count(double value) { return std::isnan(value) ? "NA" : fmt::format("{:.0f}", value); }

class Estimates {
 public:
  Estimates(const store::Record& record, double prob) : record_(record), prob_(prob) {}

  [[nodiscard]] Cells header(const std::string& first) const {
    const double percent = 100 * prob_;
    return {first,  "Estimate", "Est.Error", fmt::format("l-{:.6g}% CI", percent), fmt::format("u-{:.6g}% CI", percent),
            "Rhat", "Bulk_ESS", "Tail_ESS"};
  }

  /// The row of a scalar's column, shown under another name; the interval is central.
  [[nodiscard]] Cells row(std::size_t variable, const std::string& shown) const {
    const std::size_t column = record_.draws.offset(variable);
    const diagnose::Row& s = record_.summary.parameters[column];
    std::vector<double> all;
    for (const auto& chain : record_.draws.column(column)) all.insert(all.end(), chain.begin(), chain.end());
    return {shown,
            number(s.mean),
            number(s.sd),
            number(diagnose::quantile(all, (1 - prob_) / 2)),
            number(diagnose::quantile(all, (1 + prob_) / 2)),
            std::isnan(s.rhat) ? "NA" : fmt::format("{:.3f}", s.rhat),
            count(s.ess_bulk),
            count(s.ess_tail)};
  }

 private:
  const store::Record& record_;
  double prob_;
};

bool starts(const std::string& text, const std::string& prefix) { return text.rfind(prefix, 0) == 0; }

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

/// Of the scalars shown: whose estimates are not their draws' mean and sd.
std::string footnote(const store::Record& record) {
  std::vector<std::string> names;
  for (std::size_t v = 0; v < record.draws.variables().size(); ++v)
    if (record.draws.variables()[v].dims.empty() && record.summary.parameters[record.draws.offset(v)].analytic)
      names.push_back(record.draws.variables()[v].name);
  if (names.empty()) return {};
  return fmt::format("\nIntegrated: Estimate and Est.Error of {} average exact conditional means and variances.\n",
                     fmt::join(names, ", "));
}

/// Estimates by part: a table a grouping factor, then population-level effects, then the rest.
std::string estimates(const store::Record& record, double prob) {
  const Estimates estimates(record, prob);
  const auto& variables = record.draws.variables();
  std::vector<bool> shown(variables.size());
  std::string text;
  const auto part = [&](const std::string& title, const auto& name_of) {
    std::vector<Cells> rows{estimates.header("")};
    for (std::size_t v = 0; v < variables.size(); ++v) {
      if (shown[v] || !variables[v].dims.empty()) continue;
      const std::string name = name_of(variables[v].name);
      if (name.empty()) continue;
      shown[v] = true;
      rows.push_back(estimates.row(v, name));
    }
    if (rows.size() > 1) text += "\n" + title + "\n" + table(rows);
  };
  std::vector<std::string> factors;
  for (const draws::Variable& v : variables)
    if (!v.dims.empty() && starts(v.name, "r_") &&
        std::find(factors.begin(), factors.end(), v.dims[0]) == factors.end())
      factors.push_back(v.dims[0]);
  for (const std::string& name : record.run.value("grouping_factors", std::vector<std::string>{}))
    if (std::find(factors.begin(), factors.end(), name) == factors.end()) factors.push_back(name);
  for (const std::string& g : factors) {
    const std::size_t levels = record.data.has(g) && record.data.is_factor(g) ? record.data.factor(g).levels.size() : 0;
    part(fmt::format("Group-Level Effects: ~{} (Number of levels: {})", g, levels),
         [&](const std::string& name) -> std::string {
           for (const std::string kind : {"sd", "cor"})
             if (starts(name, kind + "_" + g + "__"))
               return kind + "(" + replaced(name.substr(kind.size() + g.size() + 3), "__", ",") + ")";
           return {};
         });
  }
  part("Population-Level Effects:",
       [](const std::string& name) { return starts(name, "b_") ? name.substr(2) : std::string(); });
  part("Family Specific Parameters:", [](const std::string& name) { return name == "sigma" ? name : std::string(); });
  part("Parameters:", [](const std::string& name) { return name; });
  return text + footnote(record);
}

std::string heading(const store::Record& record) {
  const nlohmann::json& run = record.run;
  const nlohmann::json data = record.model.value("data", nlohmann::json::object());
  const auto dropped = data.value("rows_dropped", std::size_t{0});
  std::string text = fmt::format(" Family: {}\n", run.value("family", "gaussian"));
  const std::string formula = run.value("formula", "");
  text += formula.empty() ? "  Model: built\n" : fmt::format("Formula: {}\n", formula);
  text += fmt::format("   Data: {} ({} rows used{})\n",
                      data.value("path", "").empty() ? "in memory" : data.value("path", ""),
                      data.value("rows_used", record.data.rows()),
                      dropped ? fmt::format(", {} with missing values dropped", dropped) : "");
  std::size_t draws = 0;
  for (const draws::Chain& chain : record.draws.chains) draws += chain.draws;
  text += fmt::format("  Draws: {} chains, {} after {} warm-up each, {} in all{}; seed {}\n",
                      record.draws.chains.size(), record.draws.common_draws(), record.warmup, draws,
                      record.interrupted ? " (interrupted)" : "", record.seed);
  if (const auto note = run.value("warmup_note", ""); !note.empty()) text += fmt::format("Warm-up: {}\n", note);
  if (const auto scales = run.value("signed_scales", std::vector<std::string>{}); !scales.empty())
    text += fmt::format(" Scales: sampled through zero, which is near: {}\n", fmt::join(scales, ", "));
  text += fmt::format("   Plan: {}\n", record.plan.value("line", ""));
  return text;
}

/// Six digits of each number of a prior's text: what a reader wants; the files keep them all.
std::string rounded(const std::string& prior) {
  std::string text;
  for (std::size_t i = 0; i < prior.size();) {
    const bool inside_word = i > 0 && (std::isalnum(static_cast<unsigned char>(prior[i - 1])) || prior[i - 1] == '_');
    char* end = nullptr;
    const double value = std::strtod(prior.c_str() + i, &end);
    const auto length = static_cast<std::size_t>(end - (prior.c_str() + i));
    if (length == 0 || inside_word || !std::isdigit(static_cast<unsigned char>(end[-1]))) {
      text += prior[i++];
      continue;
    }
    const bool spaced = std::isspace(static_cast<unsigned char>(prior[i]));
    text += fmt::format("{}{:.6g}", spaced ? " " : "", value);
    i += length;
  }
  return text;
}

std::string priors_table(const nlohmann::json& priors, bool sources) {
  std::vector<Cells> rows{{"parameter", "prior", "target"}};
  if (sources) rows[0].push_back("source");
  for (const auto& row : priors) {
    rows.push_back({row.value("parameter", ""), rounded(row.value("prior", "")), row.value("target", "")});
    if (sources) rows.back().push_back(row.value("source", ""));
  }
  return table(rows, false);
}

std::string times(const store::Record& record) {
  std::string text;
  for (const char* stage : {"read", "bind", "plan", "compile", "sample", "recover", "diagnose"})
    if (const auto found = record.seconds.find(stage); found != record.seconds.end())
      text += fmt::format("{}{} {:.3g}", text.empty() ? "" : ", ", stage, found->second);
  const auto total = record.seconds.find("total");
  return fmt::format("Seconds: {}{}\n", text,
                     total == record.seconds.end() ? "" : fmt::format("; total {:.3g}", total->second));
}

}  // namespace

std::string summary_text(const store::Record& record, double prob) {
  std::string text = heading(record);
  if (!record.summary.parameters.empty()) text += estimates(record, prob);
  text += "\nPriors:\n" + priors_table(record.model.value("priors", nlohmann::json::array()), false);
  text += "\n" + times(record);
  text += fmt::format("Divergences: {}. Woodbury {}.\n", record.summary.divergences, record.version);
  for (const std::string& warning : record.summary.warnings) text += "Warning: " + warning + "\n";
  return text;
}

nlohmann::json priors_json(const Prepared& prepared) {
  nlohmann::json rows = nlohmann::json::array();
  for (const design::PriorRow& row : prepared.priors)
    rows.push_back(
        {{"parameter", row.parameter}, {"target", row.target}, {"prior", row.prior}, {"source", row.source}});
  return rows;
}

std::string priors_text(const Prepared& prepared) { return priors_table(priors_json(prepared), true); }

std::string version() { return WOODBURY_VERSION; }

}  // namespace woodbury::fit
