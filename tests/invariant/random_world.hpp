// Where the tests of this folder find the worlds that they draw.
#pragma once

#include "tests/support/random_world.hpp"
