#pragma once
// The same as core/precompiled.hpp, for test programs.

#include "core/precompiled.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
