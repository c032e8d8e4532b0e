// Front door of answers: what is asked of a fit, from its record alone.
#pragma once

#include "woodbury/answers/ask.hpp"
#include "woodbury/answers/bound.hpp"
#include "woodbury/answers/conditional.hpp"
#include "woodbury/answers/effects.hpp"
#include "woodbury/answers/loo.hpp"
#include "woodbury/answers/predict.hpp"
#include "woodbury/answers/prediction_draws.hpp"
#include "woodbury/answers/prior.hpp"
#include "woodbury/answers/simulate.hpp"
#include "woodbury/answers/table.hpp"
