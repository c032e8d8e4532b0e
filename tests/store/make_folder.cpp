// make_test_folder DIR [interrupted | one | COLUMNS DRAWS]: writes the tests' example as a fit folder, for the readers'
// tests; with numbers, a fit of that size over four chains, and how long each format took.
#include <chrono>
#include <cstdio>
#include <exception>
#include <string>

#include "tests/store/example.hpp"
#include "woodbury/store/cmdstan.hpp"
#include "woodbury/store/netcdf.hpp"

namespace {

using namespace woodbury;

store::Record large(std::size_t columns, std::size_t draws) {
  store::Record record = store::example_record({});
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < columns; ++i) labels.push_back("level " + std::to_string(i));
  record.draws = draws::Draws({{"sigma", {}, {}}, {"r_g", {"g"}, {labels}}});
  for (std::size_t c = 0; c < 4; ++c)
    record.draws.chains.push_back(store::example_chain(c, draws, record.draws.width()));
  return record;
}

template <class Body>
void timed(const char* what, Body body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("%-40s %.3f s\n", what, took.count());
}

void measure(const std::string& folder, std::size_t columns, std::size_t draws) {
  const store::Record record = large(columns, draws);
  std::printf("%zu columns x 4 x %zu draws, %.1f MB expected\n", record.draws.width(), draws,
              static_cast<double>(store::stored_bytes(record.draws.variables(), 4, draws)) / 1e6);
  timed("the folder", [&] { store::write(folder, record, true); });
  timed("posterior.nc alone", [&] { store::write_netcdf(folder + "/posterior.nc", record); });
  timed("a chain's CSV alone", [&] { store::write_chain_csv(folder + "/chain-1.csv", record, 0); });
  timed("reading back", [&] { static_cast<void>(store::read(folder)); });
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 4)
      measure(argv[1], std::stoul(argv[2]), std::stoul(argv[3]));
    else if (argc == 3 && argv[2] == std::string("interrupted"))
      store::write(argv[1], store::example_record({40, 31, 40}), true);
    else if (argc == 3 && argv[2] == std::string("one"))
      store::write(argv[1], store::example_record({40}), true);
    else if (argc == 2)
      store::write(argv[1], store::example_record(), true);
    else
      return std::puts("usage: make_test_folder DIR [interrupted | one | COLUMNS DRAWS]"), 2;
    return 0;
  } catch (const base::Error& error) {
    return std::fprintf(stderr, "%s\n", error.describe().c_str()), 1;
  } catch (const std::exception& error) {
    return std::fprintf(stderr, "%s\n", error.what()), 1;
  }
}
