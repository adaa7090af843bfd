#include "tests/simulation/virtual_time.hpp"

#include "core/log.hpp"

#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <cerrno>
#include <chrono>
#include <random>

namespace sluice::simulation {

using std::chrono::steady_clock;
using std::chrono::system_clock;

namespace {

bool is_virtual = false;
Duration passed{0};
std::mt19937_64 dice;

// Far from zero, as clocks are.
const system_clock::time_point began = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
const steady_clock::time_point steady_began{std::chrono::hours(1)};

}  // namespace

// By the names that ld makes of a function that it wraps, and of the one it was.
namespace wrapped {

using Epoll = int(int, epoll_event*, int, int);
using TimerFd = int(int, int);

steady_clock::time_point real_steady_now() __asm__("__real__ZNSt6chrono3_V212steady_clock3nowEv");
steady_clock::time_point steady_now() __asm__("__wrap__ZNSt6chrono3_V212steady_clock3nowEv");
system_clock::time_point real_system_now() __asm__("__real__ZNSt6chrono3_V212system_clock3nowEv");
system_clock::time_point system_now() __asm__("__wrap__ZNSt6chrono3_V212system_clock3nowEv");
double real_random_unit() __asm__("__real__ZN6sluice11random_unitEv");
double random_unit() __asm__("__wrap__ZN6sluice11random_unitEv");
Epoll real_epoll_wait __asm__("__real_epoll_wait");
Epoll epoll_wait __asm__("__wrap_epoll_wait");
TimerFd real_timerfd_create __asm__("__real_timerfd_create");
TimerFd timerfd_create __asm__("__wrap_timerfd_create");
void write_log(const Log*, LogLevel, std::string_view, const LogFields&) __asm__(
    "__wrap__ZNK6sluice3Log5writeENS_8LogLevelESt17basic_string_viewIcSt11char_traitsIcEERKSt6vectorINS_"
    "8LogFieldESaIS7_EE");

steady_clock::time_point steady_now() { return is_virtual ? steady_began + passed : real_steady_now(); }

system_clock::time_point system_now() { return is_virtual ? began + passed : real_system_now(); }

double random_unit() {
  if (!is_virtual) return real_random_unit();
  return static_cast<double>(dice() >> 11) / 9007199254740992.0;
}

// Nothing in a simulation has a socket; Asio looks after its timers when it comes back.
int epoll_wait(int epoll, epoll_event* events, int size, int timeout) {
  return is_virtual ? 0 : real_epoll_wait(epoll, events, size, timeout);
}

// Without one, Asio asks the steady clock which timers are over.
int timerfd_create(int clock, int flags) {
  if (!is_virtual) return real_timerfd_create(clock, flags);
  errno = ENOSYS;
  return -1;
}

// Nobody reads the log of a simulation, and nothing is decided by it.
void write_log(const Log*, LogLevel, std::string_view, const LogFields&) {}

}  // namespace wrapped

VirtualTime::VirtualTime(std::uint64_t seed) {
  is_virtual = true;
  passed = Duration{0};
  dice.seed(seed);
}

VirtualTime::~VirtualTime() { is_virtual = false; }

void VirtualTime::pass(Duration duration) { passed += duration; }

}  // namespace sluice::simulation
