// One column while it is read: numbers, or codes into a dictionary of labels.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "woodbury/frame/dictionary.hpp"
#include "woodbury/frame/frame.hpp"

namespace woodbury::frame {

/// What a field was to its column.
enum class Verdict { good, not_a_number, not_utf8 };

/// Without a declared type a column is numeric until a text comes. Where only missing values came before, it is a
/// factor from there on. Where numbers came, their texts ("01", "1.0") are gone: the column asks for a second pass.
class ColumnBuilder {
 public:
  ColumnBuilder(std::string name, std::optional<ColumnType> declared);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  void reserve(std::size_t rows);
  /// Numbers are wanted in a column declared numeric, UTF-8 in labels; only a good field is added.
  [[nodiscard]] Verdict add(std::string_view text);
  [[nodiscard]] bool needs_second_pass() const noexcept { return state_ == State::postponed; }
  /// For the second pass: empty, and a factor.
  void restart_as_factor();
  [[nodiscard]] Column finish() &&;

 private:
  enum class State { numeric, factor, postponed };
  Verdict add_number(std::string_view text);
  Verdict add_label(std::string_view text);

  std::string name_;
  bool declared_numeric_;
  State state_;
  bool any_number_ = false;
  std::vector<double> numbers_;
  Factor factor_;
  Dictionary labels_;
};

}  // namespace woodbury::frame
