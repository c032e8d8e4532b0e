// Front door of kernels: integrate Gaussian effects out of a linear model, and draw them back.
#pragma once

#include "woodbury/kernels/elimination.hpp"
#include "woodbury/kernels/expand.hpp"
#include "woodbury/kernels/precise.hpp"
