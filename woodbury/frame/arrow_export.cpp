// A frame to Arrow's C stream interface: one batch, numbers where they are.
#include <cerrno>
#include <memory>

#include "woodbury/frame/arrow_abi.hpp"
#include "woodbury/frame/frame.hpp"

namespace woodbury::frame {
namespace {

/// What one exported struct of either kind points to; its children and dictionary are structs of their own.
template <class Struct>
struct Exported {
  std::string name, format;
  std::shared_ptr<const Column> column;  ///< memory of the buffers
  std::vector<std::int32_t> ends;        ///< of a dictionary's texts
  std::string texts;
  std::vector<const void*> buffers;
  std::vector<Struct> parts;
  std::vector<Struct*> children;
};

/// Children that the reader moved away have no `release` left.
template <class Struct>
void release(Struct* self) {
  const std::unique_ptr<Exported<Struct>> owned(static_cast<Exported<Struct>*>(self->private_data));
  for (Struct& part : owned->parts)
    if (part.release != nullptr) part.release(&part);
  self->release = nullptr;
}

/// The first part is the dictionary where there is one, the others are children.
template <class Struct>
void attach(Struct& made, std::unique_ptr<Exported<Struct>> parts, bool has_dictionary) {
  if (has_dictionary) made.dictionary = &parts->parts.front();
  if (!has_dictionary)
    for (Struct& part : parts->parts) parts->children.push_back(&part);
  made.n_children = static_cast<std::int64_t>(parts->children.size());
  made.children = parts->children.data();
  made.release = release<Struct>;
  made.private_data = parts.release();
}

ArrowSchema schema_of(std::string name, std::string format, std::vector<ArrowSchema> parts = {},
                      bool has_dictionary = false) {
  auto exported = std::make_unique<Exported<ArrowSchema>>();
  exported->name = std::move(name);
  exported->format = std::move(format);
  exported->parts = std::move(parts);
  ArrowSchema schema{};
  schema.name = exported->name.c_str();
  schema.format = exported->format.c_str();
  schema.flags = ARROW_FLAG_NULLABLE | (has_dictionary ? ARROW_FLAG_DICTIONARY_ORDERED : 0);
  attach(schema, std::move(exported), has_dictionary);
  return schema;
}

ArrowSchema schema_of(const Frame& frame) {
  std::vector<ArrowSchema> columns;
  for (const std::string& name : frame.names())
    columns.push_back(frame.is_numeric(name) ? schema_of(name, "g") : schema_of(name, "i", {schema_of("", "u")}, true));
  return schema_of("", "+s", std::move(columns));
}

ArrowArray array_of(std::size_t length, std::unique_ptr<Exported<ArrowArray>> exported, bool has_dictionary = false) {
  ArrowArray array{};
  array.length = static_cast<std::int64_t>(length);
  array.n_buffers = static_cast<std::int64_t>(exported->buffers.size());
  array.buffers = exported->buffers.data();
  attach(array, std::move(exported), has_dictionary);
  return array;
}

ArrowArray texts(const std::vector<std::string>& labels) {
  auto exported = std::make_unique<Exported<ArrowArray>>();
  exported->ends = {0};
  for (const std::string& label : labels)
    exported->ends.push_back(static_cast<std::int32_t>((exported->texts += label).size()));
  exported->buffers = {nullptr, exported->ends.data(), exported->texts.data()};
  return array_of(labels.size(), std::move(exported));
}

ArrowArray column_array(const std::shared_ptr<const Column>& column) {
  auto exported = std::make_unique<Exported<ArrowArray>>();
  exported->column = column;
  if (const auto* numeric = std::get_if<Numeric>(column.get())) {
    exported->buffers = {nullptr, numeric->values.data()};
    return array_of(numeric->values.size(), std::move(exported));
  }
  const Factor& factor = std::get<Factor>(*column);
  exported->parts = {texts(factor.levels)};
  std::size_t missing = 0;
  exported->texts.assign(factor.codes.size() / 8 + 1, '\0');  // the bits of what is there
  for (std::size_t row = 0; row < factor.codes.size(); ++row) {
    if (factor.codes[row] < 0) ++missing;
    if (factor.codes[row] >= 0) exported->texts[row / 8] |= static_cast<char>(1 << row % 8);
  }
  exported->buffers = {exported->texts.data(), factor.codes.data()};
  ArrowArray array = array_of(factor.codes.size(), std::move(exported), true);
  array.null_count = static_cast<std::int64_t>(missing);
  return array;
}

ArrowArray array_of(const Frame& frame) {
  auto exported = std::make_unique<Exported<ArrowArray>>();
  for (const std::string& name : frame.names()) exported->parts.push_back(column_array(frame.share(name)));
  exported->buffers = {nullptr};
  return array_of(frame.rows(), std::move(exported));
}

struct Streamed {
  Frame frame;
  bool given = false;
};

Streamed& streamed(ArrowArrayStream* stream) { return *static_cast<Streamed*>(stream->private_data); }

/// The interface is C's: no exception may leave.
template <class Act>
int guarded(const Act& act) noexcept {
  try {
    act();
    return 0;
  } catch (const std::exception&) {
    return ENOMEM;
  }
}

}  // namespace

void to_arrow(const Frame& frame, ArrowArrayStream& stream) {
  stream = {};
  stream.private_data = new Streamed{frame};
  stream.get_schema = [](ArrowArrayStream* self, ArrowSchema* out) {
    return guarded([&] { *out = schema_of(streamed(self).frame); });
  };
  stream.get_next = [](ArrowArrayStream* self, ArrowArray* out) {
    *out = {};
    if (streamed(self).given) return 0;
    streamed(self).given = true;
    return guarded([&] { *out = array_of(streamed(self).frame); });
  };
  stream.get_last_error = [](ArrowArrayStream*) -> const char* { return nullptr; };
  stream.release = [](ArrowArrayStream* self) {
    delete &streamed(self);
    self->release = nullptr;
  };
}

}  // namespace woodbury::frame
