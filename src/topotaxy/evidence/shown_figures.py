"""Figures of a verdict: log evidence of the mechanisms, and the posterior in the plane of their borders."""

from __future__ import annotations

import numpy as np

from topotaxy.content.figure import Bar, BarPanel, Figure, Panel, Series
from topotaxy.evidence.regions import REGIONS, borders
from topotaxy.evidence.verdict import Verdict

_COLOURS = ("#CC79A7", "#0072B2", "#009E73", "#E69F00", "#56B4E9", "#D55E00", "#8f7a1f", "#6b7280")
ORDER = dict(zip(REGIONS, _COLOURS, strict=True))
"""A colour of Okabe and Ito for each mechanism; olive for their black, on which no whisker is seen."""


def mechanisms_figure(verdict: Verdict) -> Figure:
    """Log evidence of each mechanism against the reference, with its range over assumptions.

    Parameters
    ----------
    verdict : Verdict
        What was judged.
    """
    shown = [m for m in verdict.mechanisms if m.name != verdict.reference]
    bars = tuple(
        Bar(name=m.name, value=m.log_ratio, low=m.low, high=m.high, colour=ORDER[m.name]) for m in shown
    )
    return Figure(
        name="mechanisms",
        title="Which mechanism",
        reading=(
            f"Above zero the data prefer a mechanism to {verdict.reference}, below zero they disfavour it. "
            "Whiskers run over priors, widths, the map and the borders; one that crosses zero is undecided."
        ),
        caption="Natural logarithm of the ratio of evidences; 2.3 is a factor of ten.",
        alt="Log evidence ratios of the mechanisms with their ranges",
        panels=(BarPanel(title="", x_label=f"ln B against {verdict.reference}", bars=bars),),
    )


def map_figure(verdict: Verdict) -> Figure:
    """Posterior in the plane of coherent share and frame, with the borders.

    Parameters
    ----------
    verdict : Verdict
        What was judged.
    """
    chosen = np.linspace(0, len(verdict.base.regions) - 1, min(600, len(verdict.base.regions))).astype(int)
    at = borders()
    series = []
    for region, name in enumerate(REGIONS):
        mine = chosen[verdict.base.regions[chosen] == region]
        if len(mine):
            series.append(
                Series(
                    x=verdict.base.expected["coherent"][mine],
                    y=verdict.base.expected["frame"][mine],
                    name=name,
                    key=name,
                    colour=ORDER[name],
                    width=0.0,
                    symbol="circle",
                    size=3.0,
                )
            )
    for x, y in (
        ([0, 1], [at["frame_kept"]] * 2),
        ([0, 1], [at["frame_lost"]] * 2),
        ([at["coherent_low"]] * 2, [at["frame_kept"], 1]),
        ([at["coherent_high"]] * 2, [at["frame_kept"], 1]),
    ):
        series.append(
            Series(
                x=np.array(x, dtype=float),
                y=np.array(y, dtype=float),
                name="border",
                key="border",
                colour="#6b7280",
                dash="dash",
                width=0.8,
            )
        )
    return Figure(
        name="frame-coherent",
        title="Frame and coherency",
        reading="Each point is one reaction that the data allow; dashed lines are the borders of mechanisms.",
        caption="Share of the unreduced cations on the host's frame against the coherent share of the metal.",
        alt="Posterior points in the plane of coherent share and frame share",
        panels=(
            Panel(
                title="",
                x_label="Coherent share of the metal",
                y_label="Unreduced cations on the frame",
                series=tuple(series),
                y_from_zero=True,
                y_limit=1.0,
            ),
        ),
    )
