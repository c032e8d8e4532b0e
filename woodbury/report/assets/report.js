// Draws the report from the data in the page: sections of charts, each with a caption and its numbers as a table.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const main = document.getElementById("main");
  // The style sheet's: charts follow when the page is printed, or the system turns dark.
  const MARK = "var(--mark)", WARM = "var(--warm)", SOFT = "var(--soft)", RULE = "var(--rule)";
  const CHAINS = ["#1f77b4", "#d9791c", "#3a9d4e", "#b04a9a", "#8a6d3b", "#4a9aa8", "#c23b3b", "#777777"];

  /** An element with attributes and children; strings become text. */
  function el(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value !== false && value != null) node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.flat().filter((child) => child != null));
    return node;
  }

  function number(x) {
    if (x == null) return "NA";
    if (typeof x !== "number") return String(x);
    const size = Math.abs(x);
    if (Number.isInteger(x) && size < 1e7) return String(x);
    if (size >= 1e5 || (size > 0 && size < 1e-4)) return x.toExponential(2);
    return x.toFixed(size >= 100 ? 1 : size >= 1 || size === 0 ? 2 : Math.min(6, 1 - Math.floor(Math.log10(size))));
  }

  /** A name that may be broken after its parts: sd_g__x, x:z. */
  const breakable = (name) => name.split(/(?<=__|:)/).flatMap((part, i) => i ? [el("wbr"), part] : [part]);

  function table(columns, rows, caption) {
    const text = columns.map((_, c) => rows.some((row) => typeof row[c] === "string"));
    const whole = (name) => name.replaceAll("-", "\u2011");  // "l-95%" is one word
    const head = columns.map((name, c) => el("th", {scope: "col", class: text[c] && "text"}, whole(name)));
    const cell = (value, c) => c === 0 ? el("th", {scope: "row", class: text[c] && "text"}, breakable(number(value)))
                                       : el("td", {class: text[c] && "text"}, number(value));
    return el("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": caption || "table"},
      el("table", {}, caption ? el("caption", {}, caption) : null, el("thead", {}, el("tr", {}, head)),
        el("tbody", {}, rows.map((row) => el("tr", {}, row.map(cell))))));
  }

  function numbers(columns, rows, caption) {
    return el("details", {}, el("summary", {}, "The numbers"), table(columns, rows, caption));
  }

  /** A chart, as wide as there is room; `describe` is what a screen reader says of it. */
  function chart(describe, options) {
    const width = Math.min(options.width || 640, Math.max(280, document.documentElement.clientWidth - 32));
    const drawn = Plot.plot({style: {background: "none", fontSize: "12px"}, marginBottom: 44, ...options,
      x: {labelOffset: 40, ...options.x}, width});
    const svg = drawn.tagName.toLowerCase() === "svg" ? drawn : drawn.querySelector("svg");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", describe);
    return drawn;
  }

  const figure = (drawing, caption, ...rest) => el("figure", {}, drawing, el("figcaption", {}, caption), ...rest);

  function section(id, title, ...children) {
    main.append(el("section", {"aria-labelledby": id}, el("h2", {id}, title), ...children));
    document.getElementById("contents").append(el("li", {}, el("a", {href: "#" + id}, title)));
  }

  // ---- What was done

  function plan() {
    const p = data.plan;
    const terms = (p.terms || []).map((t) => [t.name, t.structure, t.decision, t.reason]);
    const candidates = (p.candidates || []).map((c) => ({...c, name: c.integrated || "nothing"}));
    const parts = [el("p", {}, p.line + "."),
      table(["effect", "structure", "decision", "reason"], terms, "Gaussian effects")];
    if (candidates.length > 1) {
      parts.push(figure(chart(
        "Predicted cost of an effective draw for each candidate plan; the chosen one is " +
          candidates.find((c) => c.chosen).name,
        {height: 40 + 26 * candidates.length, marginLeft: 150, x: {type: "log", label: "microseconds an effective draw, predicted →", grid: true},
         y: {label: null, domain: candidates.map((c) => c.name)},
         marks: [Plot.link(candidates, {x1: (d) => Math.min(...candidates.map((c) => c.microseconds_a_draw)), x2: "microseconds_a_draw", y1: "name", y2: "name", stroke: RULE}),
           Plot.dot(candidates, {x: "microseconds_a_draw", y: "name", r: 6, fill: (d) => d.chosen ? MARK : SOFT, tip: {format: {fill: false}}})]}),
        "What could have been integrated out, and the predicted price; the plan chosen is the coloured one: " + p.reason + "."));
    }
    section("plan", "Plan", ...parts);
  }

  function priors() {
    if (!data.priors.length) return;
    const drawn = data.priors.map((p) => figure(chart(
      `Prior density of ${p.name}, ${p.text}, and histogram of its posterior`,
      {width: 300, height: 170, marginLeft: 40, x: {label: p.name}, y: {label: null, ticks: 3, grid: true},
       marks: [Plot.rectY(p.bins, {x1: (d) => d[0], x2: (d) => d[1], y: (d) => d[2], fill: MARK, fillOpacity: 0.5}),
         Plot.lineY(p.density, {x: (d) => d[0], y: (d) => d[1], stroke: WARM, strokeWidth: 2}), Plot.ruleY([0])]}),
      `${p.name} ~ ${p.text}`));
    section("priors", "Prior and posterior",
      el("p", {class: "note"}, "The line is the prior, the bars are the posterior. Where the two look alike the data said little."),
      el("div", {class: "figures"}, drawn));
  }

  // ---- What was found

  function estimates() {
    const rows = data.summary, percent = data.percent;
    const columns = ["parameter", "mean", "sd", `l-${percent}%`, `u-${percent}%`, "R-hat", "bulk ESS", "tail ESS"];
    const shown = rows.map((r) => [r.name, r.mean, r.sd, r.lower, r.upper, r.rhat, Math.round(r.bulk), Math.round(r.tail)]);
    const fixed = rows.filter((r) => r.name.startsWith("b_") && r.name !== "b_Intercept" && r.sd > 0);
    const parts = [table(columns, shown, "Estimates")];
    const exact = rows.filter((r) => r.analytic).map((r) => r.name);
    if (exact.length) parts.push(el("p", {class: "note"}, `Mean and sd of ${exact.join(", ")} average exact conditional means and variances.`));
    if (fixed.length) {
      parts.push(figure(chart(
        "Coefficients with intervals, in units of their posterior sds",
        {height: 50 + 26 * fixed.length, marginLeft: 150, x: {label: "estimate in posterior sds →", grid: true}, y: {label: null, domain: fixed.map((r) => r.name)},
         marks: [Plot.ruleX([0], {stroke: SOFT}),
           Plot.link(fixed, {x1: (r) => r.lower / r.sd, x2: (r) => r.upper / r.sd, y1: "name", y2: "name", stroke: MARK, strokeWidth: 2}),
           Plot.dot(fixed, {x: (r) => r.mean / r.sd, y: "name", r: 5, fill: MARK,
             title: (r) => `${r.name}: ${number(r.mean)} [${number(r.lower)}, ${number(r.upper)}]`, tip: true})]}),
        `Population-level coefficients and their ${percent} % intervals, each divided by its posterior sd: how far from zero.`));
    }
    section("estimates", "Estimates", ...parts);
  }

  function components() {
    if (!data.components.length) return;
    section("components", "Variance components", ...data.components.map((t) => table(t.columns, t.rows, t.title)),
      el("p", {class: "note"}, "Shares are of the variance of a row's response, averaged over the rows."));
  }

  function caterpillar(group) {
    const holder = el("div", {});
    const state = {order: "estimate", raw: group.rows.some((r) => r.raw != null)};
    const label = `${group.factor}: ${group.coefficient}`;
    function draw() {
      const rows = [...group.rows];
      if (state.order === "estimate") rows.sort((a, b) => a.mean - b.mean);
      const raw = state.raw ? rows.filter((r) => r.raw != null) : [];
      const many = rows.length > 60;
      holder.replaceChildren(chart(
        `Effects of ${group.levels} levels of ${label} with intervals, from ${number(rows[0].mean)} to ${number(rows[rows.length - 1].mean)}`,
        {height: many ? 420 : 60 + 18 * rows.length, marginLeft: many ? 30 : 110, x: {label: "effect →", grid: true},
         y: {label: null, domain: rows.map((r) => r.level), ticks: many ? [] : undefined, reverse: state.order === "estimate"},
         marks: [Plot.ruleX([0], {stroke: SOFT}),
           Plot.link(rows, {x1: "lower", x2: "upper", y1: "level", y2: "level", stroke: MARK, strokeOpacity: many ? 0.35 : 0.8}),
           Plot.dot(raw, {x: "raw", y: "level", r: 3, stroke: WARM}),
           Plot.dot(rows, {x: "mean", y: "level", r: many ? 1.5 : 4, fill: MARK}),
           Plot.tip(rows, Plot.pointerY({x: "mean", y: "level", title: (r) =>
             `${r.level} (${r.n} rows)\n${number(r.mean)} [${number(r.lower)}, ${number(r.upper)}]` + (r.raw != null ? `\nunpooled ${number(r.raw)}` : "")}))]}));
    }
    draw();
    const order = el("select", {onchange: (e) => { state.order = e.target.value; draw(); }},
      el("option", {value: "estimate"}, "by estimate"), el("option", {value: "level"}, "by level"));
    const raw = el("input", {type: "checkbox", checked: state.raw, disabled: !state.raw, onchange: (e) => { state.raw = e.target.checked; draw(); }});
    const hidden = group.levels - group.rows.length;
    return figure(holder, `${label}: ${group.levels} levels` + (hidden > 0 ? `, of which ${group.rows.length} are shown` : "") +
      `, ${data.percent} % intervals. Open circles are the levels' own least-squares estimates: the distance to the dot is the shrinkage.`,
      el("div", {class: "controls"}, el("label", {}, "Order ", order), el("label", {}, raw, " unpooled estimates")),
      numbers(["level", "mean", "lower", "upper", "unpooled", "rows"], group.rows.map((r) => [r.level, r.mean, r.lower, r.upper, r.raw, r.n]), label));
  }

  /** One variable, or two that interact: a curve or a level's interval for each line, over the data. */
  function effectChart(c) {
    const factor = c.levels.length > 0, lines = Math.max(1, c.lines.length);
    const shown = (x) => factor ? c.levels[x] : number(x);
    const stroke = (line) => lines > 1 ? CHAINS[line % CHAINS.length] : MARK;
    const beside = (line) => factor && lines > 1 ? 0.5 * ((line + 0.5) / lines - 0.5) : 0;
    const points = c.points.map(([x, y, line], i) =>
      ({x: factor ? x + beside(line) + 0.3 / lines * ((i * 0.618) % 1 - 0.5) : x, y, line}));
    const grid = c.grid.map(([x, y, lower, upper, line]) => ({x: x + beside(line), at: x, y, lower, upper, line}));
    const title = (d) => `${c.name} ${shown(d.at)}` + (lines > 1 ? `, ${c.lines[d.line]}` : "") +
      `\n${number(d.y)} [${number(d.lower)}, ${number(d.upper)}]`;
    const marks = [Plot.dot(points, {x: "x", y: "y", r: 1.8, fill: (d) => lines > 1 ? stroke(d.line) : SOFT, fillOpacity: 0.5})];
    if (factor) {
      marks.push(Plot.link(grid, {x1: "x", x2: "x", y1: "lower", y2: "upper", stroke: (d) => stroke(d.line), strokeWidth: 3}),
        Plot.dot(grid, {x: "x", y: "y", r: 5, fill: (d) => stroke(d.line)}));
    } else {
      marks.push(Plot.areaY(grid, {x: "x", y1: "lower", y2: "upper", z: "line", fill: (d) => stroke(d.line), fillOpacity: 0.2}),
        Plot.lineY(grid, {x: "x", y: "y", z: "line", stroke: (d) => stroke(d.line), strokeWidth: 2}));
    }
    marks.push(Plot.tip(grid, Plot.pointerX({x: "x", y: "y", title})));
    const turned = factor && c.levels.length > 6;
    const x = factor ? {label: c.name, domain: [-0.6, c.levels.length - 0.4], ticks: c.levels.map((_, i) => i),
      tickFormat: (i) => c.levels[i], tickRotate: turned ? -45 : 0} : {label: c.name + " →", grid: true};
    return chart(`${data.response} against ${c.name}` + (c.by ? ` by ${c.by}` : "") +
        `: ${number(grid[0].y)} at ${shown(grid[0].at)}, ${number(grid[grid.length - 1].y)} at ${shown(grid[grid.length - 1].at)}`,
      {width: 420, height: turned ? 330 : 280, marginBottom: turned ? 90 : 44, x, y: {label: "↑ " + data.response, grid: true}, marks});
  }

  function conditional() {
    if (!data.conditional.length) return;
    const drawn = data.conditional.map((c) => {
      const key = c.lines.map((label, i) => el("span", {class: "key"},
        el("span", {class: "swatch", style: `background: ${CHAINS[i % CHAINS.length]}`, "aria-hidden": "true"}), label));
      const rows = c.grid.filter((_, i) => c.levels.length > 0 || i % 10 === 0).map(([x, y, lower, upper, line]) =>
        [c.levels.length ? c.levels[x] : x, ...(c.by ? [c.lines[line]] : []), y, lower, upper]);
      return figure(effectChart(c),
        `The average member along ${c.name}${c.by ? " by " + c.by : ""}, other columns at their means, with ${data.percent} % intervals.`,
        key.length ? el("p", {class: "keys"}, c.by + ": ", key) : null,
        numbers([c.name, ...(c.by ? [c.by] : []), "mean", "lower", "upper"], rows, c.name));
    });
    section("conditional", "Conditional effects", el("div", {class: "figures"}, drawn));
  }

  function predictive() {
    const p = data.predictive;
    if (!p) return;
    const curve = p.bins.map((b) => ({x: (b[0] + b[1]) / 2, observed: b[2], lower: b[3], upper: b[4]}));
    section("predictive", "Posterior predictive check", figure(chart(
      `Density of ${data.response} and of ${p.copies} replicated tables`,
      {height: 300, x: {label: data.response + " →"}, y: {label: "↑ density", grid: true},
       marks: [Plot.areaY(curve, {x: "x", y1: "lower", y2: "upper", fill: MARK, fillOpacity: 0.3, curve: "step"}),
         Plot.lineY(curve, {x: "x", y: "observed", stroke: WARM, strokeWidth: 2, curve: "step"}), Plot.ruleY([0])]}),
      `The line is the data, the band holds ${p.copies} tables replicated from the posterior, effects and residuals drawn anew.`),
      table(["statistic", "data", "replicated, 5 %", "95 %", "share above the data"], p.statistics, "Statistics of the data and of replicated tables"));
  }

  // ---- Whether to believe it

  function diagnostics() {
    const d = data.diagnostics;
    const advice = d.warnings.length
      ? d.warnings.map((w) => el("p", {class: "advice bad"}, w))
      : [el("p", {class: "advice"}, "Nothing to worry about: the chains agree, the draws suffice, no trajectory diverged.")];
    const parts = [...advice, table(["chain", "draws", "divergences", "E-BFMI", "step size"], d.chains, "Chains")];
    const named = data.traces.map((t) => t.name);
    if (named.length) {
      const holder = el("div", {class: "figures"});
      const draw = (name) => {
        const t = data.traces.find((each) => each.name === name);
        const points = t.chains.flatMap((chain, c) => chain.map((y, i) => ({draw: i * t.every, y, chain: c})));
        const bins = t.ranks.flatMap((counts, c) => counts.map((count, b) => ({bin: (b + 0.5) / counts.length, count, chain: c})));
        const stroke = (q) => CHAINS[q.chain % CHAINS.length];
        holder.replaceChildren(
          figure(chart(`Trace of ${name} in ${t.chains.length} chains`, {width: 440, height: 220, x: {label: "draw →"}, y: {label: "↑ " + name},
            marks: [Plot.lineY(points, {x: "draw", y: "y", z: "chain", stroke, strokeWidth: 0.8})]}), "Traces: hairy caterpillars around one level are good; drift or separate levels are not."),
          figure(chart(`Ranks of ${name}'s draws by chain`, {width: 440, height: 220, x: {label: "rank among all draws →", ticks: []}, y: {label: "↑ draws", zero: true},
            marks: [Plot.ruleY([t.expected], {stroke: SOFT, strokeDasharray: "4 3"}), Plot.lineY(bins, {x: "bin", y: "count", z: "chain", stroke, curve: "step"})]}),
            "Ranks: every chain should be near the dashed line everywhere."));
      };
      const choose = el("select", {id: "trace", onchange: (e) => draw(e.target.value)}, named.map((n) => el("option", {value: n}, n)));
      parts.push(el("div", {class: "controls"}, el("label", {}, "Parameter ", choose)), holder);
      draw(named[0]);
    }
    section("diagnostics", "Diagnostics", ...parts);
  }

  const r = data.data;
  document.getElementById("facts").textContent =
    `${data.family}, ${r.rows} rows${r.dropped ? ` (${r.dropped} dropped)` : ""}${r.path ? " of " + r.path : ""}; ${data.draws}`;
  estimates();
  if (data.groups.length) section("groups", "Group effects", ...data.groups.map(caterpillar));
  components();
  conditional();
  predictive();
  diagnostics();
  priors();
  plan();
  document.getElementById("foot").textContent = data.foot;
})();
