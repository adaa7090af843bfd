#include "api/undo.hpp"

#include "core/error.hpp"

namespace sluice::api {

void Undo::run() {
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    try {
      (*step)();
    } catch (const std::exception&) {
      const Error error = to_error(std::current_exception());
      log_.warn("a step of a failed set-up could not be undone", {{"code", error.code()}, {"detail", error.message()}});
    }
  }
}

}  // namespace sluice::api
