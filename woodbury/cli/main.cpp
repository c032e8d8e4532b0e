// The command `woodbury`.
#include <cstdio>

int main() {
  std::puts("woodbury 0.1.0");
  return 0;
}
