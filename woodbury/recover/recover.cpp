#include "woodbury/recover/recover.hpp"

#include <algorithm>

#include "woodbury/recover/analytic.hpp"
#include "woodbury/recover/outputs.hpp"
#include "woodbury/recover/worker.hpp"

namespace woodbury::recover {

std::vector<draws::Variable> variables(const plan::Plan& plan, const frame::Frame& table, bool keep_integrated) {
  std::vector<draws::Variable> list;
  for (const Output& output : outputs_of(plan, table, keep_integrated)) list.push_back(output.variable);
  return list;
}

struct Recovery::Parts {
  Parts(const plan::Plan& plan, const density::Density& density, const frame::Frame& table, bool keep_integrated)
      : outputs(outputs_of(plan, table, keep_integrated)),
        whole(plan.model, table, nodes_of(outputs)),
        worker(plan, density, whole, outputs) {}
  std::vector<Output> outputs;
  density::Tape whole;
  Worker worker;
};

Recovery::Recovery(const plan::Plan& plan, const density::Density& density, const frame::Frame& table,
                   bool keep_integrated)
    : parts_(std::make_unique<Parts>(plan, density, table, keep_integrated)) {}

Recovery::~Recovery() = default;

void Recovery::draw(std::span<const double> q, base::Stream& stream, std::span<double> out) {
  parts_->worker.draw(q, stream, out);
}

namespace {

/// Consecutive draws of a chain: work is cut so, that a machine with more cores than chains is used.
struct Piece {
  std::size_t chain, begin, end;
};

/// Draws a batch, of whose conditional means the Monte Carlo error is estimated: some twenty to forty of them a chain.
std::size_t batch_of(std::size_t draws) {
  return std::max<std::size_t>({1, draws / 40, std::min<std::size_t>(50, draws / 20)});
}

std::vector<Piece> cut(const draws::Draws& draws) {
  constexpr std::size_t kPiece = 250;
  std::vector<Piece> pieces;
  for (std::size_t c = 0; c < draws.chains.size(); ++c) {
    const std::size_t count = draws.chains[c].draws, batch = batch_of(count);
    const std::size_t length = std::max<std::size_t>(1, kPiece / batch) * batch;
    for (std::size_t begin = 0; begin < count; begin += length)
      pieces.push_back({c, begin, std::min(begin + length, count)});
  }
  return pieces;
}

}  // namespace

Recovered recover(const plan::Plan& plan, const density::Density& density, const frame::Frame& table,
                  const Source& source, const Options& options) {
  const std::vector<Output> outputs = outputs_of(plan, table, options.keep_integrated, options.levels);
  const density::Tape whole(plan.model, table, nodes_of(outputs));
  const Analytic analytic(plan, density, outputs);
  std::vector<draws::Variable> list;
  for (const Output& output : outputs) list.push_back(output.variable);
  draws::Draws result(std::move(list));
  const std::size_t width = result.width();
  for (const draws::Chain& from : source.draws.chains) {
    draws::Chain to = from;
    to.values.assign(from.draws * width, 0);
    result.chains.push_back(std::move(to));
  }
  const std::vector<Piece> pieces = cut(source.draws);
  std::vector<ConditionalSums> sums(pieces.size());
  base::parallel_for(pieces.size(), options.threads, [&](std::size_t p) {
    const auto [chain, begin, end] = pieces[p];
    Worker worker(plan, density, whole, outputs);
    sums[p] = ConditionalSums(analytic.width(), batch_of(source.draws.chains[chain].draws));
    std::vector<double> means(analytic.width()), variances(analytic.width());
    for (std::size_t draw = begin; draw < end; ++draw) {
      base::Stream stream(options.seed, chain, draw, base::Purpose::recover);
      source.place(worker.density(), chain, draw);
      worker.draw_here(stream, std::span(result.chains[chain].values).subspan(draw * width, width));
      if (means.empty()) continue;
      const bool with_variances = (draw - begin) % analytic.every() == 0;
      worker.moments(analytic, means, with_variances ? std::span(variances) : std::span<double>());
      sums[p].add(means, with_variances ? std::span<const double>(variances) : std::span<const double>());
    }
  });
  return {std::move(result), ConditionalSums::estimates(analytic, sums)};
}

Recovered recover(const plan::Plan& plan, const density::Density& density, const frame::Frame& table,
                  const draws::Draws& unconstrained, const Options& options) {
  const std::size_t dimension = density.dimension();
  const auto place = [&](density::Density& at, std::size_t chain, std::size_t draw) {
    at.locate(std::span(unconstrained.chains[chain].values).subspan(draw * dimension, dimension));
  };
  return recover(plan, density, table, Source{unconstrained, place}, options);
}

}  // namespace woodbury::recover
