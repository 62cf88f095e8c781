// What the author of a parameter struct includes: declarations, quantities, references, codecs.
#pragma once

#include "sim/spec/catalog.hpp"
#include "sim/spec/codec.hpp"
#include "sim/spec/references.hpp"
#include "sim/spec/shape.hpp"
#include "sim/spec/units.hpp"
