#pragma once
// Secrets that a process was given as options or variables: /proc shows the words of its command line to everybody, and
// its variables to processes of the same user, as they lie where the kernel has put them. Who has read them overwrites
// them there.

#include <span>
#include <string_view>

namespace sluice {

/// The values of options that are secret.
void hide_secret_options(std::span<char*> words);

/// The values of all variables with this prefix; getenv finds them as before. While there is one thread only.
void hide_variables(std::string_view prefix);

}  // namespace sluice
