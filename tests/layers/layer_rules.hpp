// The rules between the layers, checked on the sources: who may include whom, and that no layer uses itself in a
// circle.
#pragma once

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace woodbury::layers {

/// What woodbury/CMakeLists.txt says of each layer and program: the layers it uses, in the order of the file.
struct Diagram {
  std::vector<std::string> order;
  std::map<std::string, std::set<std::string>> uses;
};

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Reads woodbury_layer(NAME USES … LINKS …), woodbury_shared(…) and woodbury_program(…) out of CMake text; comments
/// are left out.
inline Diagram parse_diagram(const std::string& cmake) {
  std::string text;
  bool comment = false;
  for (const char c : cmake) {
    if (c == '#') comment = true;
    if (c == '\n') comment = false;
    if (comment) continue;
    text += (c == '(' || c == ')') ? std::string{' ', c, ' '} : std::string{c};
  }
  Diagram diagram;
  std::istringstream words(text);
  std::string word, name, section;
  bool ours = false;
  while (words >> word) {
    if (word == "woodbury_layer" || word == "woodbury_shared" || word == "woodbury_program") {
      ours = true;
      name.clear();
    } else if (word == ")") {
      ours = false;
    } else if (ours && word != "(") {
      if (name.empty()) {
        name = word;
        section.clear();
        diagram.order.push_back(name);
        diagram.uses[name];
      } else if (word == "USES" || word == "LINKS") {
        section = word;
      } else if (section == "USES") {
        diagram.uses[name].insert(word);
      }
    }
  }
  return diagram;
}

/// The layers of a circle, "a → b → a"; nothing when there is none.
inline std::optional<std::string> find_cycle(const Diagram& diagram) {
  enum class State { fresh, open, done };
  std::map<std::string, State> state;
  std::vector<std::string> path;
  std::optional<std::string> found;
  const auto visit = [&](const auto& self, const std::string& layer) -> void {
    if (found || state[layer] == State::done) return;
    if (state[layer] == State::open) {
      std::string text;
      for (auto at = std::find(path.begin(), path.end(), layer); at != path.end(); ++at) text += *at + " → ";
      found = text + layer;
      return;
    }
    state[layer] = State::open;
    path.push_back(layer);
    if (const auto uses = diagram.uses.find(layer); uses != diagram.uses.end()) {
      for (const auto& used : uses->second) self(self, used);
    }
    path.pop_back();
    state[layer] = State::done;
  };
  for (const auto& layer : diagram.order) visit(visit, layer);
  return found;
}

/// The layer and the file of a line `#include "woodbury/LAYER/FILE"`; nothing for any other line.
struct Include {
  std::string layer, file;
};
inline std::optional<Include> parse_include(const std::string& line) {
  std::string tight;
  for (const char c : line) {
    if (!std::isspace(static_cast<unsigned char>(c))) tight += c;
  }
  const std::string head = "#include\"woodbury/";
  if (tight.compare(0, head.size(), head) != 0) return std::nullopt;
  const auto slash = tight.find('/', head.size());
  const auto quote = tight.find('"', head.size());
  if (slash == std::string::npos || quote == std::string::npos || slash > quote) return std::nullopt;
  return Include{tight.substr(head.size(), slash - head.size()), tight.substr(slash + 1, quote - slash - 1)};
}

/// Why a file of `layer` may not include this, or nothing when it may.
inline std::optional<std::string> objection(const Diagram& diagram, const std::string& layer, const Include& include) {
  if (include.layer == layer) return std::nullopt;
  const auto& uses = diagram.uses.at(layer);
  if (include.layer != "base" && uses.count(include.layer) == 0) return layer + " does not use " + include.layer;
  if (include.file != include.layer + ".hpp") {
    return "only the front door woodbury/" + include.layer + "/" + include.layer + ".hpp is open to " + layer;
  }
  return std::nullopt;
}

/// Every broken rule under `root` (the folder that holds the layers' folders), as "file:line: why".
inline std::vector<std::string> broken_rules(const Diagram& diagram, const std::filesystem::path& root) {
  std::vector<std::string> broken;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    const auto extension = entry.path().extension();
    if (extension != ".hpp" && extension != ".cpp") continue;
    const auto relative = std::filesystem::relative(entry.path(), root);
    const std::string layer = relative.begin()->string();
    if (diagram.uses.count(layer) == 0) {
      broken.push_back(relative.string() + ": no layer " + layer + " in CMakeLists.txt");
      continue;
    }
    std::ifstream in(entry.path());
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
      const auto include = parse_include(line);
      if (!include) continue;
      if (const auto why = objection(diagram, layer, *include)) {
        broken.push_back(relative.string() + ":" + std::to_string(number) + ": " + *why);
      }
    }
  }
  std::sort(broken.begin(), broken.end());
  return broken;
}

/// Files of more than `limit` lines under `root`, as "file: lines".
inline std::vector<std::string> long_files(const std::filesystem::path& root, std::ptrdiff_t limit) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    const auto extension = entry.path().extension();
    if (extension != ".hpp" && extension != ".cpp") continue;
    const std::string text = read_text(entry.path());
    const auto lines = std::count(text.begin(), text.end(), '\n');
    if (lines > limit) {
      found.push_back(std::filesystem::relative(entry.path(), root).string() + ": " + std::to_string(lines));
    }
  }
  return found;
}

}  // namespace woodbury::layers
