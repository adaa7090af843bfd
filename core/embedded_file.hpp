#pragma once
// A file of the source tree that was compiled into the binary (cmake/SluiceEmbed.cmake).

#include <span>
#include <string_view>

namespace sluice {

struct EmbeddedFile {
  std::string_view name;
  std::string_view text;
};

}  // namespace sluice
