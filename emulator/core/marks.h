// Marks: things that something has to be done about at the end of a command, each once, in the order of marking.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace emulator::core {

/// Kept inside the thing: its place in the list, from 1; 0 = not marked.
struct Mark {
  std::size_t place = 0;
};

template <class T, Mark T::*kMark>
class Marks {
 public:
  void add(T& thing) {
    if ((thing.*kMark).place != 0) return;
    things_.push_back(&thing);
    (thing.*kMark).place = things_.size();
  }
  /// The thing is about to go.
  void forget(T& thing) {
    if ((thing.*kMark).place == 0) return;
    things_[(thing.*kMark).place - 1] = nullptr;
    (thing.*kMark).place = 0;
  }
  /// Calls f with every marked thing and unmarks it. What f marks is visited too.
  template <class F>
  void drain(F f) {
    for (std::size_t i = 0; i < things_.size(); ++i) {
      T* thing = things_[i];
      if (thing == nullptr) continue;
      (thing->*kMark).place = 0;
      things_[i] = nullptr;
      f(*thing);
    }
    things_.clear();
  }
  [[nodiscard]] bool empty() const { return things_.empty(); }

 private:
  std::vector<T*> things_;
};

}  // namespace emulator::core
