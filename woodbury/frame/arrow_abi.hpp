// The three structs of Arrow's C data and C stream interfaces, declared as the specification asks every user to:
// https://arrow.apache.org/docs/format/CDataInterface.html, CStreamInterface.html. Who holds one calls its `release`,
// which sets itself to null; a struct is moved by copying it and setting `release` of the old place to null.
#pragma once

#include <cstdint>

extern "C" {

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
  const char* format;    // the type: "g" double, "u" text, "+s" a struct of children
  const char* name;      // may be null
  const char* metadata;  // pairs of texts with their lengths, native int32; may be null
  std::int64_t flags;
  std::int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;  // type of the values where `format` is that of indices into them
  void (*release)(struct ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  std::int64_t length;
  std::int64_t null_count;  // -1: not counted
  std::int64_t offset;      // of the first element, in elements
  std::int64_t n_buffers;
  std::int64_t n_children;
  const void** buffers;  // the first holds a bit an element, 0 where it is null; null: no element is
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};

#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
  // Both return 0, or an errno; at the end `out->release` is null.
  int (*get_schema)(struct ArrowArrayStream*, struct ArrowSchema* out);
  int (*get_next)(struct ArrowArrayStream*, struct ArrowArray* out);
  const char* (*get_last_error)(struct ArrowArrayStream*);
  void (*release)(struct ArrowArrayStream*);
  void* private_data;
};

#endif
}
