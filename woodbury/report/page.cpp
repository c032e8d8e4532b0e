// The page: a template with style, scripts and data put in, and a policy that allows these scripts alone.
#include <array>
#include <filesystem>
#include <fstream>

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <fmt/format.h>

#include "assets.hpp"
#include "woodbury/answers/answers.hpp"
#include "woodbury/report/report.hpp"

namespace woodbury::report {

namespace {

/// The source expression of a script in a content security policy: 'sha256-…'.
std::string hash_of(std::string_view script) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(script.data()), script.size(), digest.data());
  std::array<unsigned char, 64> text{};
  EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest.size()));
  return fmt::format("'sha256-{}'", reinterpret_cast<const char*>(text.data()));
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

/// JSON that cannot end its script element.
std::string inlined(const nlohmann::json& json) {
  std::string out;
  for (const char c : json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)) {
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  }
  return out;
}

}  // namespace

std::string html(const store::Record& record, const Options& options) {
  const nlohmann::json data = contents(record, options);
  const std::string title = escaped(data.at("title").get<std::string>());
  const std::vector<std::pair<std::string_view, std::string>> parts{
      {"@SCRIPT_HASHES@", hash_of(assets::kPlotMinJs) + " " + hash_of(assets::kReportJs)},
      {"@TITLE@", title},
      {"@STYLE@", std::string(assets::kReportCss)},
      {"@DATA@", inlined(data)},
      {"@PLOT@", std::string(assets::kPlotMinJs)},
      {"@REPORT@", std::string(assets::kReportJs)}};
  // Left to right, so that nothing put in is looked at again.
  std::string page;
  std::string_view rest = assets::kPageHtml;
  while (!rest.empty()) {
    std::size_t at = std::string_view::npos, which = 0;
    for (std::size_t i = 0; i < parts.size(); ++i)
      if (const auto found = rest.find(parts[i].first); found < at) {
        at = found;
        which = i;
      }
    page += rest.substr(0, at);
    if (at == std::string_view::npos) break;
    page += parts[which].second;
    rest.remove_prefix(at + parts[which].first.size());
  }
  return page;
}

void write(const std::string& path, const std::string& html, bool overwrite) {
  namespace fs = std::filesystem;
  if (!overwrite && fs::exists(path))
    throw base::Error(fmt::format("`{}` exists", path), {}, "give `--overwrite` or another file");
  const std::string beside = path + ".partial";
  std::ofstream file(beside, std::ios::binary);
  file << html;
  file.close();
  std::error_code error;
  if (file) fs::rename(beside, path, error);
  if (!file || error) {
    std::error_code ignored;
    fs::remove(beside, ignored);
    throw base::Error(fmt::format("cannot write `{}`", path));
  }
}

}  // namespace woodbury::report
