// A model as JSON and back.
#include "woodbury/model/json.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <unordered_map>

#include <fmt/format.h>

#include "woodbury/model/elementwise.hpp"

namespace woodbury::model {

namespace {

using base::Error;
using Json = nlohmann::json;

/// Every operation but the leaves, by its name.
const std::vector<Function>& operations() {
  static const std::vector<Function> all = [] {
    std::vector<Function> list{{Op::stack, "stack"},   {Op::component, "component"}, {Op::gather, "gather"},
                               {Op::add, "add"},       {Op::subtract, "subtract"},   {Op::multiply, "multiply"},
                               {Op::divide, "divide"}, {Op::negate, "negate"},       {Op::cumulate, "cumsum"},
                               {Op::ar1, "ar1"}};
    list.insert(list.end(), kFunctions.begin(), kFunctions.end());
    return list;
  }();
  return all;
}

constexpr std::array<const char*, 2> kFamilies{"gaussian", "lognormal"};  // in the order of FamilyKind

bool is_leaf(Op op) { return op == Op::constant || op == Op::column || op == Op::variable; }

// ------------------------------------------------------------------------------------------------------ writing

/// Writes expressions as trees; one that several places refer to is written once, in "shared".
class Writer {
 public:
  explicit Writer(const Model& model) : model_(model) {
    uses_.resize(model.nodes().size());
    const auto use = [this](NodeId id) { ++uses_[static_cast<std::size_t>(id)]; };
    for (const auto& node : model.nodes()) std::for_each(node.args.begin(), node.args.end(), use);
    for (const auto& variable : model.variables())
      std::for_each(variable.distribution.args.begin(), variable.distribution.args.end(), use);
    for (const auto& observation : model.observations) use(observation.mean), use(observation.sd);
    for (const auto& derived : model.derived) use(derived.node);
  }

  Json expression(NodeId id) {
    const Node& node = model_.node(id);
    if (node.op == Op::constant) return node.value;
    if (node.op == Op::column) return {{"column", node.name}};
    if (node.op == Op::variable) return {{"variable", model_.variable(node.index).name}};
    if (!is_shared(id)) return operation(id);
    const auto known = places_.find(id);
    if (known != places_.end()) return {{"shared", known->second}};
    Json written = operation(id);  // first: what it refers to comes before it
    shared_.push_back(std::move(written));
    return {{"shared", places_[id] = shared_.size() - 1}};
  }

  [[nodiscard]] const Json& shared() const { return shared_; }

 private:
  bool is_shared(NodeId id) const { return uses_[static_cast<std::size_t>(id)] > 1 && !is_leaf(model_.node(id).op); }

  Json operation(NodeId id) {
    const Node& node = model_.node(id);
    const auto name = std::ranges::find(operations(), node.op, &Function::op);
    Json json{{"op", name->name}, {"args", Json::array()}};
    for (const NodeId argument : operands(id)) json["args"].push_back(expression(argument));
    if (node.op == Op::stack) json["dim"] = node.name;
    if (node.op == Op::component) json["index"] = node.index;
    if (node.op == Op::gather) json["factor"] = node.name;
    if (node.op == Op::gather && node.dims[0] != kRow) json["over"] = node.dims[0];
    return json;
  }

  /// A sum's terms are listed flat, from ((a + b) + c) as a, b, c: long sums do not nest.
  std::vector<NodeId> operands(NodeId id) const {
    std::vector<NodeId> terms;
    const Node* node = &model_.node(id);
    if (node->op != Op::add) return node->args;
    while (true) {
      terms.push_back(node->args[1]);
      const Node& left = model_.node(node->args[0]);
      if (left.op != Op::add || is_shared(node->args[0])) break;
      node = &left;
    }
    terms.push_back(node->args[0]);
    return {terms.rbegin(), terms.rend()};
  }

  const Model& model_;
  std::vector<int> uses_;
  std::unordered_map<NodeId, std::size_t> places_;
  Json shared_ = Json::array();
};

// ------------------------------------------------------------------------------------------------------ reading

[[noreturn]] void fail(const std::string& path, const std::string& message, std::string suggestion = {}) {
  constexpr std::size_t kLongest = 120;
  const auto shown = path.size() > kLongest ? path.substr(0, kLongest) + "…" : path;
  throw Error(fmt::format("model.json, {}: {}", shown, message), {}, std::move(suggestion));
}

const Json& member(const Json& json, const std::string& path, const char* key) {
  if (!json.is_object()) fail(path, fmt::format("expected an object with \"{}\"", key));
  const auto found = json.find(key);
  if (found == json.end()) fail(path, fmt::format("\"{}\" is missing", key));
  return *found;
}

std::string text(const Json& json, const std::string& path) {
  if (!json.is_string()) fail(path, "expected a text");
  return json.get<std::string>();
}

std::vector<std::string> texts(const Json& json, const std::string& path) {
  if (!json.is_array()) fail(path, "expected a list of texts");
  std::vector<std::string> result;
  for (std::size_t k = 0; k < json.size(); ++k) result.push_back(text(json[k], fmt::format("{}[{}]", path, k)));
  return result;
}

bool truth(const Json& json, const std::string& path, const char* key, bool otherwise) {
  const auto found = json.find(key);
  if (found == json.end()) return otherwise;
  if (!found->is_boolean()) fail(path + "." + key, "expected true or false");
  return found->get<bool>();
}

template <class Names>
std::size_t index_of(const Names& names, const std::string& name, const std::string& path, const char* what) {
  const auto found = std::find(names.begin(), names.end(), name);
  const std::vector<std::string> known(names.begin(), names.end());
  if (found == names.end()) fail(path, fmt::format("unknown {} `{}`", what, name), base::did_you_mean(name, known));
  return static_cast<std::size_t>(found - names.begin());
}

class Reader {
 public:
  explicit Reader(const Json& json) : json_(json) {}

  Model read() {
    if (!json_.is_object()) fail("the whole", "expected an object with \"variables\" and \"observations\"");
    const Json& format = member(json_, "the whole", "format");
    if (format != 1) fail("format", "this version reads format 1");
    if (const auto dims = json_.find("dims"); dims != json_.end()) read_dims(*dims);
    each("variables", [this](const Json& item, const std::string& path) { read_variable(item, path); });
    each("observations", [this](const Json& item, const std::string& path) { read_observation(item, path); });
    if (json_.contains("derived"))
      each("derived", [this](const Json& item, const std::string& path) {
        const Derived quantity{text(member(item, path, "name"), path + ".name"), argument(item, path, "value")};
        guarded(path, [&] { model_.add_derived(quantity); });
      });
    return std::move(model_);
  }

 private:
  /// Runs a step of building and puts the path before what it complains of.
  template <class Step>
  void guarded(const std::string& path, const Step& step) {
    try {
      step();
    } catch (const Error& error) {
      fail(path, error.what(), error.suggestion());
    }
  }

  void each(const char* key, const std::function<void(const Json&, const std::string&)>& read_item) {
    const Json& list = member(json_, "the whole", key);
    if (!list.is_array()) fail(key, "expected a list");
    for (std::size_t k = 0; k < list.size(); ++k) {
      const auto path = fmt::format("{}[{}]", key, k);
      if (!list[k].is_object()) fail(path, "expected an object");
      read_item(list[k], path);
    }
  }

  void read_dims(const Json& dims) {
    if (!dims.is_object()) fail("dims", "expected an object of lists of labels");
    for (const auto& [name, labels] : dims.items()) {
      const auto path = "dims." + name;
      auto list = texts(labels, path);
      guarded(path, [&, &name = name] { model_.add_dim(name, std::move(list)); });
    }
  }

  void read_variable(const Json& item, const std::string& path) {
    RandomVariable variable;
    variable.name = text(member(item, path, "name"), path + ".name");
    if (item.contains("dims")) variable.dims = texts(item["dims"], path + ".dims");
    std::vector<std::string> names;
    for (const auto& each : distributions()) names.push_back(each.name);
    const auto name = text(member(item, path, "distribution"), path + ".distribution");
    const auto index = index_of(names, name, path + ".distribution", "distribution");
    variable.distribution.kind = distributions()[index].kind;
    variable.distribution.positive = truth(item, path, "positive", false);
    variable.reported = truth(item, path, "reported", true);
    const Json& args = member(item, path, "args");
    if (!args.is_array()) fail(path + ".args", "expected a list of expressions");
    for (std::size_t k = 0; k < args.size(); ++k)
      variable.distribution.args.push_back(expression(args[k], fmt::format("{}.args[{}]", path, k), 0));
    guarded(path, [&] { model_.add_variable(std::move(variable)); });
  }

  void read_observation(const Json& item, const std::string& path) {
    Observation observation;
    observation.response = text(member(item, path, "response"), path + ".response");
    const auto family = text(member(item, path, "family"), path + ".family");
    observation.family = static_cast<FamilyKind>(
        index_of(std::vector<std::string>(kFamilies.begin(), kFamilies.end()), family, path + ".family", "family"));
    observation.mean = argument(item, path, "mean");
    observation.sd = argument(item, path, "sd");
    guarded(path, [&] { model_.add_observation(std::move(observation)); });
  }

  NodeId argument(const Json& item, const std::string& path, const char* key) {
    return expression(member(item, path, key), path + "." + key, 0);
  }

  NodeId expression(const Json& json, const std::string& path, int depth) {
    constexpr int kDeepest = 500;
    if (depth > kDeepest) fail(path, fmt::format("an expression nests more than {} deep", kDeepest));
    NodeId result = kNone;
    guarded_leaf(path, [&] {
      if (json.is_number()) result = model_.constant(json.get<double>());
      if (json.is_object() && json.contains("column")) result = model_.column(text(json["column"], path + ".column"));
      if (json.is_object() && json.contains("variable"))
        result = model_.node_of(model_.find(text(json["variable"], path + ".variable")));
    });
    if (result != kNone) return result;
    if (json.is_object() && json.contains("shared")) return shared(json["shared"], path, depth);
    if (!json.is_object() || !json.contains("op"))
      fail(path, "expected an expression", R"(a number, {"column": …}, {"variable": …} or {"op": …, "args": […]})");
    return operation(json, path, depth);
  }

  template <class Step>
  void guarded_leaf(const std::string& path, const Step& step) {
    try {
      step();
    } catch (const Error& error) {
      if (std::string(error.what()).starts_with("model.json")) throw;
      fail(path, error.what(), error.suggestion());
    }
  }

  NodeId shared(const Json& place, const std::string& path, int depth) {
    const auto list = json_.find("shared");
    const bool known = place.is_number_unsigned() && list != json_.end() && list->is_array();
    if (!known || place.get<std::size_t>() >= list->size()) fail(path, "no such entry in \"shared\"");
    const auto index = place.get<std::size_t>();
    if (const auto read = shared_.find(index); read != shared_.end()) return read->second;
    const NodeId node = expression((*list)[index], fmt::format("shared[{}]", index), depth + 1);
    return shared_[index] = node;
  }

  NodeId operation(const Json& json, const std::string& path, int depth) {
    std::vector<std::string> names;
    for (const Function& each : operations()) names.emplace_back(each.name);
    const Op op = operations()[index_of(names, text(json["op"], path + ".op"), path + ".op", "operation")].op;
    const Json& list = member(json, path, "args");
    if (!list.is_array()) fail(path + ".args", "expected a list of expressions");
    std::vector<NodeId> args;
    for (std::size_t k = 0; k < list.size(); ++k)
      args.push_back(expression(list[k], fmt::format("{}.args[{}]", path, k), depth + 1));
    const bool binary = is_binary(op) || op == Op::ar1;
    const std::size_t least = op == Op::stack ? 0 : (binary ? 2 : 1);
    if (args.size() < least || (args.size() > least && op != Op::stack && op != Op::add))
      fail(path + ".args",
           fmt::format("{} takes {} argument(s), not {}", json["op"].get<std::string>(), least, args.size()));
    return build(op, std::move(args), json, path);
  }

  NodeId build(Op op, std::vector<NodeId> args, const Json& json, const std::string& path) {
    NodeId result = args.empty() ? kNone : args[0];
    guarded_leaf(path, [&] {
      if (op == Op::stack) {
        result = model_.stack(std::move(args), text(member(json, path, "dim"), path + ".dim"));
      } else if (op == Op::component) {
        const Json& index = member(json, path, "index");
        if (!index.is_number_integer()) fail(path + ".index", "expected a whole number");
        result = model_.component(args[0], index.get<int>());
      } else if (op == Op::gather) {
        result = gather(args[0], json, path);
      } else if (op == Op::cumulate) {
        result = model_.cumulate(args[0]);
      } else if (op == Op::ar1) {
        result = model_.ar1(args[0], args[1]);
      } else if (args.size() == 1) {
        result = model_.unary(op, args[0]);
      } else {
        for (std::size_t k = 1; k < args.size(); ++k) result = model_.binary(op, result, args[k]);
      }
    });
    return result;
  }

  NodeId gather(NodeId argument, const Json& json, const std::string& path) {
    const auto factor = text(member(json, path, "factor"), path + ".factor");
    const auto over = json.contains("over") ? text(json["over"], path + ".over") : kRow;
    return model_.add_node(
        {.op = Op::gather, .args = {argument}, .value = 0, .name = factor, .index = -1, .dims = {over}});
  }

  const Json& json_;
  Model model_;
  std::unordered_map<std::size_t, NodeId> shared_;
};

}  // namespace

nlohmann::json to_json(const Model& model) {
  Writer writer(model);
  Json json{{"format", 1},
            {"variables", Json::array()},
            {"observations", Json::array()},
            {"derived", Json::array()},
            {"dims", model.dim_labels}};
  for (const auto& variable : model.variables()) {
    Json item{{"name", variable.name},
              {"dims", variable.dims},
              {"distribution", info(variable.distribution.kind).name},
              {"args", Json::array()}};
    for (const NodeId argument : variable.distribution.args) item["args"].push_back(writer.expression(argument));
    if (variable.distribution.positive) item["positive"] = true;
    if (!variable.reported) item["reported"] = false;
    json["variables"].push_back(std::move(item));
  }
  for (const auto& each : model.observations)
    json["observations"].push_back({{"response", each.response},
                                    {"family", kFamilies[static_cast<std::size_t>(each.family)]},
                                    {"mean", writer.expression(each.mean)},
                                    {"sd", writer.expression(each.sd)}});
  for (const auto& each : model.derived)
    json["derived"].push_back({{"name", each.name}, {"value", writer.expression(each.node)}});
  if (!writer.shared().empty()) json["shared"] = writer.shared();
  return json;
}

Model from_json(const nlohmann::json& json) { return Reader(json).read(); }

}  // namespace woodbury::model
