"""Coherency against the cycle number: how much of the frame holds, domains, interfaces, stress."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from topotaxy.content.figure import Absent, Figure, Panel, Series, letters
from topotaxy.content.palette import INK
from topotaxy.report.run.folder import RunFolder
from topotaxy.report.run.per_cycle import PER_STATE, STATE_SWATCHES, caption, panel, state_lines

if TYPE_CHECKING:
    import xarray as xr

_PANELS = (
    ("coherent_fraction", "In registry with the host", "Share of the frame (%)", "Registered", 100.0),
    ("domain_size", "Domains of reduced metal", "Mean diameter (nm)", "Domain size", 1.0),
    ("interface_area", "Metal/salt interface", "Area per cation (nm²)", "Interface", 1.0),
    ("frame_strain", "Strain of the frame", "Linear strain (%)", "Frame strain", 100.0),
    ("frame_stress", "Stress of the frame", "Stress (GPa)", "Frame stress", 1.0),
)


def coherency_figure(folder: RunFolder) -> Figure | Absent:
    """Coherent fraction, domain size, interface, strain and stress of the frame by cycle.

    Parameters
    ----------
    folder : RunFolder
        The run's folder as :func:`~topotaxy.report.run.folder.read_run_folder` read it.
    """
    base = folder.group("cycles", cycle=("cycle",), state=("state",))
    if isinstance(base, Absent):
        return base
    lost = {}
    for name, *_ in _PANELS:
        found = folder.group("cycles", **{name: PER_STATE})
        if isinstance(found, Absent):
            lost[name] = found.why
        elif not np.isfinite(found[name]).any():
            lost[name] = "nothing in this run has it"
    if len(lost) == len(_PANELS):
        return Absent(next(iter(lost.values())))
    known = [row for row in _PANELS if row[0] not in lost]
    panels = _drawn(base, known)
    distribution = _distribution(folder, f"({'abcdefg'[len(panels)]})")
    if distribution is not None:
        panels.append(distribution)
    return Figure(
        name="coherency",
        title="Does the frame hold?",
        reading=(
            "A region of the frame is in registry with its host or not; metal gathers in domains inside "
            "either. When registry is lost depends on a pressure, an interface energy and a rate that "
            "nothing known measures (see their ranges under Inputs), so the share in registry is a range. "
            "Strain and stress are those of the registered part. The last panel shares out the metal of the "
            "domains by "
            "their size, by volume."
        ),
        caption=caption(base, {name: words for name, _, _, words, _ in _PANELS}, lost),
        alt=_alt(panels),
        panels=tuple(panels),
        swatches=STATE_SWATCHES,
    )


def _drawn(cycles: xr.Dataset, known: list[tuple[str, str, str, str, float]]) -> list[Panel]:
    letter = letters()
    return [
        panel(
            f"{next(letter)} {title}",
            label,
            state_lines(cycles, name, title.lower(), INK, "circle", scale=scale, in_legend=False),
            y_from_zero=name != "frame_stress",
            y_limit=100.0 if name == "coherent_fraction" else None,
        )
        for name, title, label, _, scale in known
    ]


def _distribution(folder: RunFolder, letter: str) -> Panel | None:
    """How the metal is spread over domain sizes when discharged, in the first and the last cycle."""
    dims = ("replica", "cycle", "state", "diameter")
    group = folder.group("cycles", domain_distribution=dims, diameter=("diameter",), cycle=("cycle",))
    if isinstance(group, Absent) or "discharged" not in group["state"].values:
        return None
    data = group["domain_distribution"].sel(state="discharged").transpose("replica", "cycle", "diameter")
    lines = []
    for place in sorted({0, data.sizes["cycle"] - 1}):
        share = data.isel(cycle=place).values
        share = share[np.isfinite(share).all(axis=1)]
        if not len(share):
            continue
        reached = np.flatnonzero(share.mean(axis=0))[-1] + 2
        lines.append(
            Series(
                x=group["diameter"].values[:reached],
                y=100.0 * share.mean(axis=0)[:reached],
                name=f"cycle {int(data['cycle'].values[place])}",
                key=f"distribution, cycle {int(data['cycle'].values[place])}",
                colour=INK,
                dash="solid" if place == 0 else "dot",
            )
        )
    if not lines:
        return None
    return Panel(
        title=f"{letter} Domain sizes when discharged",
        x_label="Diameter (nm)",
        y_label="Share of the metal (%)",
        series=tuple(lines),
        y_from_zero=True,
    )


def _alt(panels: list[Panel]) -> str:
    ends = [f"{s.name} {s.y[-1]:.3g}" for p in panels for s in p.series if p.x_label == "Cycle"]
    return f"Coherency measures against cycle. At the last cycle: {'; '.join(ends)}."
