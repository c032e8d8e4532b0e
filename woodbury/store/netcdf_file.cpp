// A netCDF-4 file through the C library: groups, dims, variables, attributes; failures are base::Error.
#include "woodbury/store/netcdf_file.hpp"

#include <numeric>

#include <fmt/format.h>

#include "woodbury/base/base.hpp"

namespace woodbury::store {
namespace {

std::mutex& library_mutex() {
  static std::mutex mutex;
  return mutex;
}

std::size_t product(const std::vector<std::size_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>());
}

}  // namespace

void NcGroup::check(int status) const {
  if (status != NC_NOERR) throw base::Error(fmt::format("`{}`: {}", path_, nc_strerror(status)));
}

NcGroup NcGroup::define_group(const std::string& name) const {
  int id = 0;
  check(nc_def_grp(id_, name.c_str(), &id));
  return {id, path_};
}

int NcGroup::define_dim(const std::string& name, std::size_t length) const {
  int dim = 0;
  check(nc_def_dim(id_, name.c_str(), length, &dim));  // length 0 makes it unlimited, of current length 0
  return dim;
}

int NcGroup::define_variable(const std::string& name, nc_type type, const std::vector<int>& dims, bool deflated) const {
  constexpr std::size_t kLong = 1000;
  int variable = 0;
  check(nc_def_var(id_, name.c_str(), type, static_cast<int>(dims.size()), dims.data(), &variable));
  if (type != NC_STRING) check(nc_def_var_fill(id_, variable, NC_NOFILL, nullptr));
  if (deflated && product(shape(variable)) >= kLong) check(nc_def_var_deflate(id_, variable, 1, 1, 1));
  return variable;
}

int NcGroup::define_labels(const std::string& name, const std::vector<std::string>& labels) const {
  const int dim = define_dim(name, labels.size());
  const int variable = define_variable(name, NC_STRING, {dim});
  std::vector<const char*> pointers;
  for (const auto& label : labels) pointers.push_back(label.c_str());
  const std::size_t start = 0;
  const std::size_t count = labels.size();
  if (count > 0) check(nc_put_vara_string(id_, variable, &start, &count, pointers.data()));
  return dim;
}

int NcGroup::define_index(const std::string& name, std::size_t length) const {
  const int dim = define_dim(name, length);
  std::vector<int> values(length);
  std::iota(values.begin(), values.end(), 0);
  put(define_variable(name, NC_INT64, {dim}, true), values, {0}, {length});
  return dim;
}

void NcGroup::attribute(int variable, const char* name, const std::string& value) const {
  check(nc_put_att_text(id_, variable, name, value.size(), value.data()));
}

void NcGroup::attribute(const char* name, const std::vector<double>& values) const {
  check(nc_put_att_double(id_, NC_GLOBAL, name, NC_DOUBLE, values.size(), values.data()));
}

void NcGroup::attribute(const char* name, std::int64_t value) const {
  const long long wide = value;
  check(nc_put_att_longlong(id_, NC_GLOBAL, name, NC_INT64, 1, &wide));
}

void NcGroup::put(int variable, const double* values, const std::vector<std::size_t>& start,
                  const std::vector<std::size_t>& count) const {
  if (product(count) > 0) check(nc_put_vara_double(id_, variable, start.data(), count.data(), values));
}

void NcGroup::put(int variable, const std::vector<int>& values, const std::vector<std::size_t>& start,
                  const std::vector<std::size_t>& count) const {
  WOODBURY_ASSERT(values.size() == product(count));
  if (!values.empty()) check(nc_put_vara_int(id_, variable, start.data(), count.data(), values.data()));
}

std::optional<NcGroup> NcGroup::find_group(const std::string& name) const {
  int id = 0;
  if (nc_inq_grp_ncid(id_, name.c_str(), &id) != NC_NOERR) return std::nullopt;
  return NcGroup(id, path_);
}

std::vector<int> NcGroup::variables() const {
  int count = 0;
  check(nc_inq_varids(id_, &count, nullptr));
  std::vector<int> ids(count);
  check(nc_inq_varids(id_, &count, ids.data()));
  return ids;
}

int NcGroup::variable(const std::string& name) const {
  int id = 0;
  if (nc_inq_varid(id_, name.c_str(), &id) != NC_NOERR)
    throw base::Error(fmt::format("`{}` has no variable `{}`", path_, name));
  return id;
}

std::string NcGroup::variable_name(int variable) const {
  char name[NC_MAX_NAME + 1] = {};
  check(nc_inq_varname(id_, variable, name));
  return name;
}

nc_type NcGroup::variable_type(int variable) const {
  nc_type type = NC_NAT;
  check(nc_inq_vartype(id_, variable, &type));
  return type;
}

bool NcGroup::is_coordinate(int variable) const {
  int dim = 0;
  return nc_inq_dimid(id_, variable_name(variable).c_str(), &dim) == NC_NOERR;
}

std::vector<std::size_t> NcGroup::shape(int variable) const {
  int count = 0;
  check(nc_inq_varndims(id_, variable, &count));
  std::vector<int> dims(count);
  check(nc_inq_vardimid(id_, variable, dims.data()));
  std::vector<std::size_t> lengths(count);
  for (int i = 0; i < count; ++i) check(nc_inq_dimlen(id_, dims[i], &lengths[i]));
  return lengths;
}

std::optional<std::string> NcGroup::text_attribute(int variable, const char* name) const {
  std::size_t length = 0;
  nc_type type = NC_NAT;
  if (nc_inq_att(id_, variable, name, &type, &length) != NC_NOERR || type != NC_CHAR) return std::nullopt;
  std::string value(length, '\0');
  check(nc_get_att_text(id_, variable, name, value.data()));
  return value;
}

std::vector<double> NcGroup::number_attribute(const char* name) const {
  std::size_t length = 0;
  nc_type type = NC_NAT;
  if (nc_inq_att(id_, NC_GLOBAL, name, &type, &length) != NC_NOERR || type == NC_CHAR) return {};
  std::vector<double> values(length);
  check(nc_get_att_double(id_, NC_GLOBAL, name, values.data()));
  return values;
}

std::vector<double> NcGroup::doubles(int variable) const {
  std::vector<double> values(product(shape(variable)));
  if (!values.empty()) check(nc_get_var_double(id_, variable, values.data()));
  return values;
}

std::vector<int> NcGroup::ints(int variable) const {
  std::vector<int> values(product(shape(variable)));
  if (!values.empty()) check(nc_get_var_int(id_, variable, values.data()));
  return values;
}

std::vector<std::string> NcGroup::strings(int variable) const {
  std::vector<char*> texts(product(shape(variable)), nullptr);
  if (texts.empty()) return {};
  check(nc_get_var_string(id_, variable, texts.data()));
  std::vector<std::string> values;
  for (const char* text : texts) values.emplace_back(text == nullptr ? "" : text);
  check(nc_free_string(texts.size(), texts.data()));
  return values;
}

NcFile::NcFile(std::string path, bool create) : lock_(library_mutex()), path_(std::move(path)) {
  const int status =
      create ? nc_create(path_.c_str(), NC_NETCDF4 | NC_CLOBBER, &id_) : nc_open(path_.c_str(), NC_NOWRITE, &id_);
  if (status == NC_NOERR) return;
  id_ = -1;
  throw base::Error(fmt::format("cannot {} `{}`: {}", create ? "write" : "read", path_, nc_strerror(status)));
}

NcFile NcFile::create(const std::string& path) { return {path, true}; }
NcFile NcFile::open(const std::string& path) { return {path, false}; }

NcFile::~NcFile() {
  if (id_ >= 0) nc_close(id_);
}

void NcFile::close() {
  const int status = nc_close(id_);
  id_ = -1;
  if (status != NC_NOERR) throw base::Error(fmt::format("cannot write `{}`: {}", path_, nc_strerror(status)));
}

}  // namespace woodbury::store
