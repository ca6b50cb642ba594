// Prints docs/states.md.
#include "tests/unit/core/states_document.h"

#include <iostream>

int main() {
  std::cout << emulator::core::states_document();
}
