"""Figures against the cycle number: capacity, who reacted, and what became of the lattice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from topotaxy.content.figure import Absent, Figure, Panel, Series, Swatch, Values, letters
from topotaxy.content.palette import CHARGE, DISCHARGE, INK
from topotaxy.report.run.folder import RunFolder
from topotaxy.report.run.per_cycle import (
    PER_CYCLE,
    PER_ELEMENT,
    PER_STATE,
    STATE_SWATCHES,
    caption,
    definition,
    element_lines,
    panel,
    series_of,
    state_lines,
)
from topotaxy.report.run.replicas import over_replicas

if TYPE_CHECKING:
    import xarray as xr


def capacity_figure(folder: RunFolder) -> Figure | Absent:
    """Capacities, coulombic efficiency and reduced fraction against the cycle.

    Parameters
    ----------
    folder : RunFolder
        The run's folder as :func:`~topotaxy.report.run.folder.read_run_folder` read it.
    """
    cycles = folder.group("cycles", discharge_capacity=PER_CYCLE, charge_capacity=PER_CYCLE, cycle=("cycle",))
    if isinstance(cycles, Absent):
        return cycles
    number = cycles["cycle"].values.astype(float)
    letter = letters()
    discharge = cycles["discharge_capacity"].transpose(*PER_CYCLE).values
    charge = cycles["charge_capacity"].transpose(*PER_CYCLE).values
    pairs = [
        series_of(number, discharge, "discharge", "discharge", DISCHARGE, symbol="circle"),
        series_of(number, charge, "charge", "charge", CHARGE, symbol="square"),
    ]
    capacity = [s for s in pairs if s is not None] + _measured(folder)
    efficiency = series_of(
        number,
        100 * np.divide(charge, discharge, out=np.full_like(charge, np.nan), where=discharge > 0),
        "coulombic efficiency",
        "coulombic efficiency",
        INK,
        symbol="diamond",
        in_legend=False,
    )
    panels = [
        panel(f"{next(letter)} Capacity", "Capacity (mAh g⁻¹)", capacity, y_from_zero=True),
        panel(
            f"{next(letter)} Charge over discharge",
            "Coulombic efficiency (%)",
            [] if efficiency is None else [efficiency],
        ),
    ]
    by_element = folder.group("cycles", reduced_fraction=PER_ELEMENT, element=("element",), state=("state",))
    if not isinstance(by_element, Absent):
        lines = element_lines(by_element, "reduced_fraction", 100.0)
        panels.append(panel(f"{next(letter)} Who reacted", "Electrons held (% of full)", lines))
    elements = None if isinstance(by_element, Absent) else by_element
    many, starred = cycles.sizes["replica"] > 1, len(capacity) > 2
    return Figure(
        name="capacity",
        title="Capacity and who reacted, cycle by cycle",
        reading=(
            "Capacity that falls, or an efficiency that stays below 100 %, means that charge is not given "
            "back. The last panel shows which elements took up electrons, and which still hold them when "
            "charged."
        ),
        caption=_capacity_caption(elements, many=many, starred=starred),
        alt=_capacity_alt(discharge, charge),
        panels=tuple(panels),
        swatches=()
        if elements is None
        else tuple(Swatch(name=f"{s.name}, in (c)", dash=s.dash) for s in STATE_SWATCHES),
    )


def _capacity_caption(elements: xr.Dataset | None, *, many: bool, starred: bool) -> str:
    return (
        ("Points are means over the replicas, shades their range. " if many else "")
        + ("Stars: measured values from the specification. " if starred else "")
        + ("" if elements is None else definition(elements, "reduced_fraction", "Electrons held"))
    )


def _measured(folder: RunFolder) -> list[Series]:
    measured = folder.spec_section("measured")
    found = []
    for direction, colour in (("discharge", DISCHARGE), ("charge", CHARGE)):
        value = measured.get(f"{direction}_capacity")
        if isinstance(value, (int, float)) and np.isfinite(value):
            found.append(
                Series(
                    x=np.array([1.0]),
                    y=np.array([float(value)]),
                    name=f"measured {direction}",
                    key=f"measured {direction}",
                    colour=colour,
                    width=0.0,
                    symbol="star",
                    size=10.0,
                )
            )
    return found


def _capacity_alt(discharge: Values, charge: Values) -> str:
    first, last = over_replicas(discharge[:, :1]).mean[0], over_replicas(charge[:, -1:]).mean[0]
    return (
        f"Capacity, coulombic efficiency and reduced fraction against cycle. "
        f"First discharge {first:.0f} mAh per gram; last charge {last:.0f} mAh per gram."
    )


_LATTICE_WORDS = {
    "home_fraction": "On home site",
    "framework_fraction": "Framework",
    "anion_coordination": "Anion coordination",
    "metal_coordination": "Metal coordination",
    "metal_coordination_random": "Random arrangement",
    "expansion": "Expansion",
}


def lattice_figure(folder: RunFolder) -> Figure | Absent:
    """Home fraction, coordination numbers and expansion against the cycle.

    Parameters
    ----------
    folder : RunFolder
        The run's folder as :func:`~topotaxy.report.run.folder.read_run_folder` read it.
    """
    needed = {
        "home_fraction": PER_STATE,
        "framework_fraction": PER_STATE,
        "anion_coordination": PER_ELEMENT,
        "metal_coordination": PER_ELEMENT,
        "metal_coordination_random": PER_STATE,
        "expansion": PER_STATE,
    }
    base = folder.group("cycles", cycle=("cycle",), state=("state",))
    if isinstance(base, Absent):
        return base
    found = {v: folder.group("cycles", **{v: d}) for v, d in needed.items()}
    lost = {v: f.why for v, f in found.items() if isinstance(f, Absent)}
    if len(lost) == len(needed):
        return Absent(next(iter(lost.values())))
    cycles = base
    panels = _lattice_panels(cycles, set(needed) - set(lost))
    return Figure(
        name="lattice-measures",
        title="What becomes of the lattice, cycle by cycle",
        reading=(
            "A lattice that holds keeps its cations on the sites where they started and wins back its anion "
            "neighbours on charge. Metal neighbours well above the random arrangement mean that the reduced "
            "atoms gather into domains."
        ),
        caption=caption(cycles, _LATTICE_WORDS, lost),
        alt=_lattice_alt(panels),
        panels=tuple(panels),
        swatches=STATE_SWATCHES,
    )


def _lattice_panels(cycles: xr.Dataset, known: set[str]) -> list[Panel]:
    letter = letters()
    panels = []
    shares: list[Series] = []
    if "home_fraction" in known:
        shares += state_lines(cycles, "home_fraction", "on home site", INK, "circle", scale=100.0)
    if "framework_fraction" in known:
        shares += state_lines(
            cycles, "framework_fraction", "at home and not metal", CHARGE, "square", scale=100.0
        )
    if shares:
        panels.append(panel(f"{next(letter)} Cations that stay", "Share of cations (%)", shares))
    if "anion_coordination" in known:
        lines = element_lines(cycles, "anion_coordination")
        panels.append(panel(f"{next(letter)} Anion neighbours", "Coordination number", lines))
    if "metal_coordination" in known:
        lines = element_lines(cycles, "metal_coordination")
        if "metal_coordination_random" in known:
            key = "random arrangement"
            lines += state_lines(cycles, "metal_coordination_random", key, INK, "")
        panels.append(panel(f"{next(letter)} Metal neighbours", "Coordination number", lines))
    if "expansion" in known:
        lines = state_lines(cycles, "expansion", "expansion", INK, "diamond", scale=100.0, in_legend=False)
        panels.append(panel(f"{next(letter)} Expansion", "Linear strain (%)", lines))
    return panels


def _lattice_alt(panels: list[Panel]) -> str:
    ends = [
        f"{s.name} {s.y[-1]:.3g}" for p in panels for s in p.series if s.key in {"on home site", "expansion"}
    ]
    titles = ", ".join(p.title[4:].lower() for p in panels)
    at_end = f" At the last cycle, in per cent: {', '.join(ends)}." if ends else ""
    return f"Lattice measures against cycle: {titles}.{at_end}"
