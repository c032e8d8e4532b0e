// Front door of moments: the data's cross-products, all that a fit with a common residual scale needs of its rows.
#pragma once

#include "woodbury/moments/cells.hpp"
#include "woodbury/moments/columns.hpp"
#include "woodbury/moments/cross_products.hpp"
#include "woodbury/moments/layout.hpp"
#include "woodbury/moments/shift.hpp"
#include "woodbury/moments/strata.hpp"
#include "woodbury/moments/totals.hpp"
