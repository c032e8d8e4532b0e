// Front door of reduce: smaller cross-products that leave every marginal likelihood as it is.
#pragma once

#include "woodbury/reduce/composition.hpp"
#include "woodbury/reduce/ordering.hpp"
#include "woodbury/reduce/reduction.hpp"
