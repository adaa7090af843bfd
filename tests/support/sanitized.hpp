#pragma once
// Whether this build, the daemon with it, runs under a sanitizer: which keeps what was freed, and takes several times
// as long. What is measured then is the sanitizer.

namespace sluice {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SLUICE_IS_SANITIZED true
#endif
#endif
#ifndef SLUICE_IS_SANITIZED
#define SLUICE_IS_SANITIZED false
#endif

inline constexpr bool is_sanitized = SLUICE_IS_SANITIZED;

#undef SLUICE_IS_SANITIZED

}  // namespace sluice
