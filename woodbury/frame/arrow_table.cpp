// A stream of Arrow's record batches to a frame.
#include "woodbury/frame/arrow_table.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "woodbury/frame/arrow_column.hpp"
#include "woodbury/frame/frame.hpp"

namespace woodbury::frame {

/// What is being read: a stream, or one array as if it were a stream of it alone.
struct ArrowTable::Source {
  ArrowArrayStream stream{};
  ArrowSchema schema{};
  ArrowArray whole{};

  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  ~Source() {
    if (whole.release != nullptr) whole.release(&whole);
    if (schema.release != nullptr) schema.release(&schema);
    if (stream.release != nullptr) stream.release(&stream);
  }

  void check(int status) {
    if (status == 0) return;
    const char* words = stream.get_last_error(&stream);
    throw base::Error(fmt::format("the table cannot be read: {}", words != nullptr ? words : std::strerror(status)));
  }
  /// The next chunk, or nothing at the end.
  std::shared_ptr<ArrowOwned> next() {
    ArrowArray chunk{};
    if (stream.release != nullptr) {
      check(stream.get_next(&stream, &chunk));
    } else {
      std::swap(chunk, whole);
    }
    return chunk.release != nullptr ? std::make_shared<ArrowOwned>(chunk) : nullptr;
  }
  [[nodiscard]] bool is_table() const { return std::string_view(schema.format) == "+s"; }
  [[nodiscard]] const ArrowSchema& field(std::size_t i) const { return is_table() ? *schema.children[i] : schema; }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    const std::size_t fields = is_table() ? static_cast<std::size_t>(schema.n_children) : 1;
    for (std::size_t i = 0; i < fields; ++i) names.emplace_back(field(i).name != nullptr ? field(i).name : "");
    return names;
  }
};

ArrowTable::ArrowTable(ArrowArrayStream& stream) : source_(std::make_unique<Source>()) {
  std::swap(source_->stream, stream);
  if (source_->stream.release == nullptr) throw base::Error("the table was read before", {}, "give a new stream of it");
  source_->check(source_->stream.get_schema(&source_->stream, &source_->schema));
  names_ = source_->names();
}

ArrowTable::ArrowTable(ArrowSchema& schema, ArrowArray& array) : source_(std::make_unique<Source>()) {
  std::swap(source_->schema, schema);
  std::swap(source_->whole, array);
  if (source_->schema.release == nullptr) throw base::Error("the table was read before", {}, "give it anew");
  names_ = source_->names();
}

ArrowTable::ArrowTable(ArrowTable&&) noexcept = default;
ArrowTable::~ArrowTable() = default;

Frame ArrowTable::read(const std::vector<std::string>& columns, const std::vector<std::string>& factors) {
  std::vector<std::size_t> fields;
  std::vector<ArrowColumn> builders;
  for (const std::string& name : columns) {
    const auto found = std::ranges::find(names_, name);
    if (found == names_.end())
      throw base::Error(fmt::format("no column `{}`", name), {}, base::did_you_mean(name, names_));
    fields.push_back(static_cast<std::size_t>(found - names_.begin()));
    const bool as_factor = std::ranges::find(factors, name) != factors.end();
    builders.emplace_back(name, source_->field(fields.back()), as_factor);
  }
  while (const auto chunk = source_->next()) {
    const bool is_table = source_->is_table();
    if (is_table && chunk->null_count > 0) throw base::Error("the table has rows that are null as a whole");
    for (std::size_t i = 0; i < fields.size(); ++i)
      if (is_table) {
        builders[i].add(*chunk->children[fields[i]], chunk->offset, chunk->length);
      } else {
        builders[i].add(*chunk, 0, chunk->length);
      }
  }
  Frame frame;
  for (std::size_t i = 0; i < fields.size(); ++i) frame.add(columns[i], std::move(builders[i]).finish());
  frame.source.rows = frame.rows();
  return frame;
}

}  // namespace woodbury::frame
