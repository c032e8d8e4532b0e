"""Ranks of a calibration run as an SVG and a table: calibration_plot.py RANKS PLOT.svg > TABLE.md

A panel a model and plan, a line a quantity: how far the share of ranks below r is from r / 100. Grey is where a uniform
line stays at any given r in 99 of 100 cases.
"""

import math
import sys

WIDTH, HEIGHT, MARGIN, RANKS = 250, 130, 34, 100


def read(path):
    panels = {}
    for line in open(path, encoding="utf-8"):
        model, plan, quantity, p, ranks = line.rstrip("\n").split("\t")
        panels.setdefault((model, plan), []).append((quantity, float(p), [int(r) for r in ranks.split()]))
    return panels


def differences(ranks):
    counts = [0] * RANKS
    for rank in ranks:
        counts[rank] += 1
    below, line = 0, [0.0]
    for r, count in enumerate(counts):
        below += count
        line.append(below / len(ranks) - (r + 1) / RANKS)
    return line


def panel(title, quantities, left, top, limit):
    count = len(quantities[0][2])
    x = lambda r: left + WIDTH * r / RANKS
    y = lambda d: top + HEIGHT / 2 - HEIGHT / 2 * d / limit
    edge = [2.576 * math.sqrt(r / RANKS * (1 - r / RANKS) / count) for r in range(RANKS + 1)]
    band = [(x(r), y(e)) for r, e in enumerate(edge)] + [(x(r), y(-edge[r])) for r in range(RANKS, -1, -1)]
    points = lambda list: " ".join(f"{a:.1f},{b:.1f}" for a, b in list)
    parts = [f'<text x="{left}" y="{top - 6}">{title}</text>',
             f'<polygon points="{points(band)}" fill="#ddd"/>',
             f'<line x1="{left}" y1="{y(0):.1f}" x2="{left + WIDTH}" y2="{y(0):.1f}" stroke="#999"/>']
    for _, _, ranks in quantities:
        line = points((x(r), y(d)) for r, d in enumerate(differences(ranks)))
        parts.append(f'<polyline points="{line}" fill="none" stroke="#1f5fa8" stroke-opacity="0.6"/>')
    parts += [
        f'<text x="{left - 4}" y="{y(d) + 4:.1f}" text-anchor="end">{d:+.2f}</text>' for d in (-limit / 2, limit / 2)
    ]
    return "\n".join(parts)


def main(path, plot):
    panels = read(path)
    models = list(dict.fromkeys(model for model, _ in panels))
    plans = list(dict.fromkeys(plan for _, plan in panels))
    words = {"all": "effects integrated", "none": "effects sampled"}
    limit = 0.12
    width, height = MARGIN + (WIDTH + MARGIN + 10) * len(plans), (HEIGHT + MARGIN) * len(models) + 14
    print("| model | plan | quantity | p |\n|---|---|---|--:|")
    parts = []
    for (model, plan), quantities in panels.items():
        for quantity, p, _ in quantities:
            print(f"| {model} | {words[plan]} | {quantity} | {p:.3f} |")
        left, top = MARGIN + plans.index(plan) * (WIDTH + MARGIN + 10), 24 + models.index(model) * (HEIGHT + MARGIN)
        parts.append(panel(f"{model}, {words[plan]}", quantities, left, top, limit))
    with open(plot, "w", encoding="utf-8") as file:
        file.write(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
                   f'font-size="11">\n<rect width="100%" height="100%" fill="white"/>\n')
        file.write("\n".join(parts) + "\n</svg>\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
