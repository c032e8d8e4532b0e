// Arrow's arrays, laid out by hand after the specification, to columns.
#include <cerrno>
#include <cmath>
#include <cstring>
#include <deque>
#include <functional>

#include <gtest/gtest.h>

#include "woodbury/frame/arrow_abi.hpp"
#include "woodbury/frame/frame.hpp"

namespace woodbury::frame {
namespace {

int live = 0;  // structs handed out and not yet released

/// An array and its type, with the memory both point to. What is handed out keeps its parts alive until released.
struct Made {
  std::string format, name, metadata;
  std::int64_t length = 0, null_count = 0, offset = 0;
  std::vector<std::vector<char>> buffers;  // an empty one is null
  std::vector<std::shared_ptr<Made>> children;
  std::shared_ptr<Made> dictionary;

  std::vector<const void*> buffer_pointers;
  std::deque<ArrowSchema> schemas;
  std::deque<ArrowArray> arrays;
  std::vector<ArrowSchema*> schema_pointers;
  std::vector<ArrowArray*> array_pointers;
};
using MadePtr = std::shared_ptr<Made>;

ArrowSchema schema_of(const MadePtr& made) {
  ArrowSchema s{};
  s.format = made->format.c_str();
  s.name = made->name.c_str();
  s.metadata = made->metadata.empty() ? nullptr : made->metadata.c_str();
  s.n_children = static_cast<std::int64_t>(made->children.size());
  made->schema_pointers.clear();
  for (const MadePtr& child : made->children)
    made->schema_pointers.push_back(&made->schemas.emplace_back(schema_of(child)));
  s.children = made->schema_pointers.data();
  if (made->dictionary) s.dictionary = &made->schemas.emplace_back(schema_of(made->dictionary));
  s.private_data = new MadePtr(made);
  s.release = [](ArrowSchema* self) {
    for (std::int64_t i = 0; i < self->n_children; ++i)
      if (self->children[i]->release != nullptr) self->children[i]->release(self->children[i]);
    if (self->dictionary != nullptr) self->dictionary->release(self->dictionary);
    --live;
    self->release = nullptr;
    delete static_cast<MadePtr*>(self->private_data);
  };
  ++live;
  return s;
}

ArrowArray array_of(const MadePtr& made) {
  ArrowArray a{};
  a.length = made->length;
  a.null_count = made->null_count;
  a.offset = made->offset;
  a.n_buffers = static_cast<std::int64_t>(made->buffers.size());
  made->buffer_pointers.clear();
  for (const auto& buffer : made->buffers) made->buffer_pointers.push_back(buffer.empty() ? nullptr : buffer.data());
  a.buffers = made->buffer_pointers.data();
  a.n_children = static_cast<std::int64_t>(made->children.size());
  made->array_pointers.clear();
  for (const MadePtr& child : made->children)
    made->array_pointers.push_back(&made->arrays.emplace_back(array_of(child)));
  a.children = made->array_pointers.data();
  if (made->dictionary) a.dictionary = &made->arrays.emplace_back(array_of(made->dictionary));
  a.private_data = new MadePtr(made);
  a.release = [](ArrowArray* self) {
    for (std::int64_t i = 0; i < self->n_children; ++i)
      if (self->children[i]->release != nullptr) self->children[i]->release(self->children[i]);
    if (self->dictionary != nullptr) self->dictionary->release(self->dictionary);
    --live;
    self->release = nullptr;
    delete static_cast<MadePtr*>(self->private_data);
  };
  ++live;
  return a;
}

template <class T>
std::vector<char> bytes(const std::vector<T>& values) {
  std::vector<char> out(values.size() * sizeof(T));
  std::memcpy(out.data(), values.data(), out.size());
  return out;
}

template <class T>
MadePtr numbers(const char* format, const std::vector<T>& values, std::vector<char> valid = {}) {
  auto made = std::make_shared<Made>();
  made->format = format;
  made->length = static_cast<std::int64_t>(values.size());
  made->null_count = valid.empty() ? 0 : -1;
  made->buffers = {std::move(valid), bytes(values)};
  return made;
}

MadePtr texts(const std::vector<std::string>& values) {
  std::vector<std::int32_t> ends = {0};
  std::string all;
  for (const std::string& value : values) ends.push_back(static_cast<std::int32_t>((all += value).size()));
  auto made = numbers("u", ends);
  made->length -= 1;
  made->buffers.push_back({all.begin(), all.end()});
  return made;
}

MadePtr coded(const std::vector<std::int8_t>& codes, const std::vector<std::string>& levels) {
  auto made = numbers("c", codes);
  made->dictionary = texts(levels);
  return made;
}

MadePtr table(const std::vector<std::pair<std::string, MadePtr>>& columns) {
  auto made = std::make_shared<Made>();
  made->format = "+s";
  made->length = columns.front().second->length;
  made->buffers = {{}};
  for (const auto& [name, column] : columns) {
    column->name = name;
    made->children.push_back(column);
  }
  return made;
}

/// Chunks of one type as a stream that fails with `error` after the last, unless 0.
struct Chunks {
  std::vector<MadePtr> chunks;
  int error = 0;
  std::size_t at = 0;
};

ArrowArrayStream stream_of(std::vector<MadePtr> chunks, int error = 0) {
  ArrowArrayStream s{};
  s.private_data = new Chunks{std::move(chunks), error};
  s.get_schema = [](ArrowArrayStream* self, ArrowSchema* out) {
    *out = schema_of(static_cast<Chunks*>(self->private_data)->chunks[0]);
    return 0;
  };
  s.get_next = [](ArrowArrayStream* self, ArrowArray* out) {
    auto& of = *static_cast<Chunks*>(self->private_data);
    *out = {};
    if (of.at == of.chunks.size()) return of.error;
    *out = array_of(of.chunks[of.at++]);
    return 0;
  };
  s.get_last_error = [](ArrowArrayStream*) -> const char* { return "the query was cancelled"; };
  s.release = [](ArrowArrayStream* self) {
    --live;
    self->release = nullptr;
    delete static_cast<Chunks*>(self->private_data);
  };
  ++live;
  return s;
}

Frame read(std::vector<MadePtr> chunks, const std::vector<std::string>& factors = {}) {
  ArrowArrayStream stream = stream_of(std::move(chunks));
  ArrowTable arrow(stream);
  return arrow.read(arrow.names(), factors);
}

std::vector<std::string> labels(const Factor& factor) {
  std::vector<std::string> out;
  for (const auto code : factor.codes) out.push_back(code < 0 ? "-" : factor.levels[static_cast<std::size_t>(code)]);
  return out;
}

using Texts = std::vector<std::string>;

class Arrow : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(live, 0) << "released as often as handed out"; }
};

TEST_F(Arrow, DoublesInOnePieceStayWhereTheyAre) {
  const MadePtr x = numbers<double>("g", {1, 2, 3, 4});
  x->offset = 1;
  x->length = 3;
  const auto* memory = reinterpret_cast<const double*>(x->buffers[1].data());
  {
    const Frame frame = read({table({{"x", x}})});
    EXPECT_EQ(frame.numeric("x").data(), memory + 1);
    EXPECT_EQ(frame.numeric("x").copy(), (std::vector<double>{2, 3, 4}));
    EXPECT_EQ(live, 1) << "what is used, and no more, is kept";
  }
  EXPECT_EQ(live, 0);
}

TEST_F(Arrow, ChunksAndNullsMakeOneColumn) {
  const Frame frame =
      read({table({{"x", numbers<double>("g", {1, 2})}}), table({{"x", numbers<double>("g", {3, 4, 5}, {0b101})}})});
  const Numbers& x = frame.numeric("x");
  ASSERT_EQ(x.size(), 5U);
  EXPECT_TRUE(std::isnan(x[3]));
  EXPECT_EQ((std::vector<double>{x[0], x[1], x[2], x[4]}), (std::vector<double>{1, 2, 3, 5}));
}

TEST_F(Arrow, NumbersOfAnyWidth) {
  const std::vector<std::pair<MadePtr, std::vector<double>>> cases = {
      {numbers<std::int8_t>("c", {-1, 7}), {-1, 7}},
      {numbers<std::uint8_t>("C", {255, 7}), {255, 7}},
      {numbers<std::int16_t>("s", {-300, 7}), {-300, 7}},
      {numbers<std::uint16_t>("S", {65535, 7}), {65535, 7}},
      {numbers<std::int32_t>("i", {-70000, 7}), {-70000, 7}},
      {numbers<std::uint32_t>("I", {4000000000U, 7}), {4e9, 7}},
      {numbers<std::int64_t>("l", {-5, 7}), {-5, 7}},
      {numbers<std::uint64_t>("L", {std::uint64_t{1} << 63, 7}), {0x1p63, 7}},
      {numbers<float>("f", {0.5F, 7}), {0.5, 7}},
      {numbers<std::uint16_t>("e", {0x3c01, 0xc000, 0x0001}), {1.0009765625, -2, 0x1p-24}},  // IEEE 754 binary16
      {numbers<std::int64_t>("d:10,2,64", {12345, -5}), {123.45, -0.05}},
      {numbers<std::int64_t>("d:38,1", {15, 0, -15, -1}), {1.5, -1.5}},
  };
  for (const auto& [made, expected] : cases) {
    if (made->format == "d:38,1") made->length = 2;  // 128 bits each
    const Frame frame = read({table({{"x", made}})});
    EXPECT_EQ(frame.numeric("x").copy(), expected) << made->format;
  }
}

TEST_F(Arrow, TextsOfAnyLayoutAreSortedFactors) {
  EXPECT_EQ(read({table({{"t", texts({"b", "", "a", "b"})}})}).factor("t").levels, (Texts{"", "a", "b"}));
  const std::string far = "longer than twelve bytes";
  auto views = numbers<std::int32_t>("vu", {1, 'b', 0, 0, static_cast<std::int32_t>(far.size()), 0, 0, 3});
  views->length = 2;
  const std::string buffer = "xyz" + far;
  views->buffers.push_back({buffer.begin(), buffer.end()});
  const Frame frame = read({table({{"t", views}})});
  EXPECT_EQ(labels(frame.factor("t")), (Texts{"b", far}));
}

TEST_F(Arrow, DictionariesKeepTheirOrderAndMayDifferByChunk) {
  const Frame frame =
      read({table({{"f", coded({1, 0, 1}, {"low", "high"})}}), table({{"f", coded({0, 1}, {"high", "extreme"})}})});
  EXPECT_EQ(frame.factor("f").levels, (Texts{"low", "high", "extreme"}));
  EXPECT_EQ(labels(frame.factor("f")), (Texts{"high", "low", "high", "high", "extreme"}));
}

TEST_F(Arrow, PolarsCategoricalsAreSorted) {
  const auto made = coded({0, 1}, {"b", "a"});
  const std::string key = "_PL_CATEGORICAL2";
  made->metadata = std::string{"\1\0\0\0\20\0\0\0", 8} + key + std::string{"\0\0\0\0", 4};
  EXPECT_EQ(read({table({{"f", made}})}).factor("f").levels, (Texts{"a", "b"}));
}

TEST_F(Arrow, TruthValuesAndNothing) {
  auto truth = numbers<char>("b", {0b0110}, {0b1011});
  truth->length = 4;
  auto nothing = std::make_shared<Made>();
  nothing->format = "n";
  nothing->length = 4;
  const Frame frame = read({table({{"b", truth}, {"n", nothing}})});
  EXPECT_EQ(labels(frame.factor("b")), (Texts{"False", "True", "-", "False"}));
  EXPECT_TRUE(std::isnan(frame.numeric("n")[3]));
}

TEST_F(Arrow, LargeWholeNumbersAreToldApartAsLevels) {
  const std::int64_t large = (std::int64_t{1} << 60) + 1;
  const Frame frame = read({table({{"id", numbers<std::int64_t>("l", {large, large - 1, 3})}})}, {"id"});
  EXPECT_EQ(frame.factor("id").levels, (Texts{"3", "1152921504606846976", "1152921504606846977"}));
}

TEST_F(Arrow, ALoneColumnAndAnArrayWithoutAStream) {
  const MadePtr x = numbers<double>("g", {1, 2});
  x->name = "speed";
  ArrowSchema schema = schema_of(x);
  ArrowArray array = array_of(x);
  ArrowTable arrow(schema, array);
  EXPECT_EQ(array.release, nullptr);
  EXPECT_EQ(arrow.names(), Texts{"speed"});
  EXPECT_EQ(arrow.read({"speed"}).numeric("speed").copy(), (std::vector<double>{1, 2}));
}

TEST_F(Arrow, WhatIsHandedOutReadsBackAsTheSameMemory) {
  Frame frame;
  frame.add("x", Numeric{{1.5, std::nan(""), 3}});
  frame.add("f", Factor{{1, -1, 0}, {"z", "a"}});
  const double* memory = frame.numeric("x").data();
  ArrowArrayStream stream{};
  to_arrow(frame, stream);
  frame = {};
  ArrowTable arrow(stream);
  EXPECT_EQ(arrow.names(), (Texts{"x", "f"}));
  const Frame again = arrow.read({"f", "x"});
  EXPECT_EQ(again.numeric("x").data(), memory);
  EXPECT_EQ(labels(again.factor("f")), (Texts{"a", "-", "z"}));
  EXPECT_EQ(again.factor("f").levels, (Texts{"z", "a"}));
}

TEST_F(Arrow, ErrorsNameTheColumnOrTheLibrarysWords) {
  const auto said = [](const std::function<void()>& act) {
    try {
      act();
    } catch (const base::Error& error) {
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  EXPECT_EQ(said([] { read({table({{"day", numbers<std::int32_t>("tdD", {1})}})}); }), "column `day` holds dates");
  EXPECT_EQ(said([] { read({table({{"t", texts({"a", "\xff"})}})}); }), "the level `?` is not UTF-8 text");
  EXPECT_EQ(said([] {
              ArrowArrayStream stream = stream_of({table({{"x", numbers<double>("g", {1})}})}, EIO);
              static_cast<void>(ArrowTable(stream).read({"x"}));
            }),
            "the table cannot be read: the query was cancelled");
  EXPECT_EQ(said([] {
              ArrowArrayStream stream = stream_of({table({{"x", numbers<double>("g", {1})}})});
              static_cast<void>(ArrowTable(stream).read({"y"}));
            }),
            "no column `y`");
}

}  // namespace
}  // namespace woodbury::frame
