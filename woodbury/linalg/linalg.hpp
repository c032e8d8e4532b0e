// Front door of linalg: dense matrices, small dense blocks, long vectors. Knows no statistics.
#pragma once

#include "woodbury/linalg/aligned.hpp"
#include "woodbury/linalg/dense.hpp"
#include "woodbury/linalg/double_double.hpp"
#include "woodbury/linalg/exact.hpp"
#include "woodbury/linalg/log_product.hpp"
#include "woodbury/linalg/plain_dense.hpp"
#include "woodbury/linalg/small.hpp"
#include "woodbury/linalg/sparse_pairs.hpp"
#include "woodbury/linalg/vector.hpp"
