// A formula and a table fitted from C++: the same as `woodbury fit FORMULA --data TABLE`, without a shell.
#include <cstdio>
#include <exception>

#include "woodbury/fit/fit.hpp"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: fit_formula FORMULA TABLE.csv\n");
    return 2;
  }
  try {
    woodbury::fit::Options options;
    options.sampler.seed = 1;
    const woodbury::fit::Prepared prepared = woodbury::fit::prepare(argv[1], std::string(argv[2]), options);
    const woodbury::store::Record record = woodbury::fit::run(prepared, options);
    std::fputs(woodbury::fit::summary_text(record).c_str(), stdout);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
