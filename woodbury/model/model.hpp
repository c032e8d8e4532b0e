// Front door of model.
#pragma once

#include "woodbury/model/affine.hpp"
#include "woodbury/model/builder.hpp"
#include "woodbury/model/distribution.hpp"
#include "woodbury/model/elementwise.hpp"
#include "woodbury/model/graph.hpp"
#include "woodbury/model/json.hpp"
#include "woodbury/model/stack.hpp"
