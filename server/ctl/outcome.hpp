#pragma once
// What an answer of the API means for a script: the exit code, and the sentence for whoever reads stderr. Pure.

#include "core/error.hpp"
#include "core/http.hpp"

#include <span>
#include <string>
#include <string_view>

namespace sluice::ctl {

// As in sysexits.h where that has a word for it.
namespace exit_code {
inline constexpr int ok = 0;
inline constexpr int no = 1;
inline constexpr int usage = 64;
inline constexpr int refused = 65;
inline constexpr int not_found = 66;
inline constexpr int unavailable = 69;
inline constexpr int internal = 70;
inline constexpr int try_again = 75;
inline constexpr int no_permission = 77;
inline constexpr int configuration = 78;
}  // namespace exit_code

struct ExitMeaning {
  int code;
  std::string_view meaning;
};
/// Every exit code, for the help.
std::span<const ExitMeaning> exit_meanings();

int exit_code_of_status(int status);
int exit_code_of_error(ErrorKind kind);

bool is_success(const HttpResponse& response);
bool is_problem(const HttpResponse& response);
/// The problem of an answer as lines for a person, each ended; text from outside stays on its line.
std::string explain(const HttpResponse& response);

}  // namespace sluice::ctl
