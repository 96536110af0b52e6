"""The lattice of a cell's material beside the cell: which of its numbers go over, and what the rest is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from topotaxy.content.curves import thinned
from topotaxy.content.figure import Absent, Figure, Panel, Series, Swatch, Values
from topotaxy.content.numbers import fixed, percent, plain_number, voltage_label
from topotaxy.content.palette import CHARGE, DISCHARGE
from topotaxy.content.section import Paragraph, Part, Table
from topotaxy.report.cell.figures import VoltageCurve
from topotaxy.report.cell.folder import CellFolder

if TYPE_CHECKING:
    import xarray as xr

STORE_NAMES = {
    "interface": "Interfaces of metal and salt",
    "film": "Film that stores",
    "alloy": "Alloys of zinc",
    "carbon": "Carbon",
    "double layer": "Double layer",
}
_COLOUR = {"discharge": DISCHARGE, "charge": CHARGE}


@dataclass(frozen=True, kw_only=True)
class Shares:
    """What one cycle takes up and gives back, mAh/g: couples of the lattice, each store, the film."""

    couples: tuple[float, float]
    stores: dict[str, tuple[float, float]]
    film: tuple[float, float]

    def stored(self) -> tuple[float, float]:
        """All stores together."""
        return _sum(self.stores.values())

    def whole(self) -> tuple[float, float]:
        """Everything: what the counters of a cycler show of the conversion material."""
        return _sum([self.couples, self.film, *self.stores.values()])


def _sum(pairs: object) -> tuple[float, float]:
    up, back = np.sum(list(pairs), axis=0)  # type: ignore[call-overload]
    return float(up), float(back)


def shares(ledger: xr.Dataset, cycle: int) -> Shares:
    """Return what a cycle takes up and gives back.

    Parameters
    ----------
    ledger : Dataset
        Group ``ledger`` of the cell.
    cycle : int
        Its place, from 0.
    """

    def moved(values: Values) -> tuple[float, float]:
        before = values[cycle - 1, 1] if cycle else 0.0
        return float(values[cycle, 0] - before), float(values[cycle, 0] - values[cycle, 1])

    stored = ledger["stored"].transpose("cycle", "state", "store").values
    names = [str(name) for name in ledger["store"].values]

    def of(name: str) -> Values:
        found: Values = ledger[name].transpose("cycle", "state").values
        return found

    return Shares(
        couples=moved(of("couples") + of("lost")),
        stores={name: moved(stored[:, :, place]) for place, name in enumerate(names)},
        film=moved(of("film")),
    )


def lattice_parts(run: CellFolder, curves: list[VoltageCurve]) -> list[Part]:
    """Return words, tables and a figure that take the lattice's numbers to those of the cell.

    Parameters
    ----------
    run : CellFolder
        The cell's folder as :func:`~topotaxy.report.cell.folder.read_cell_folder` read it.
    curves : list of VoltageCurve
        Half-cycles of the cell.
    """
    known = run.groups["lattice"].attrs if "lattice" in run.groups else {}
    if "ledger" not in run.groups or not {"capacity", "held_after_first"} <= known.keys():
        return [Absent("run.nc of this cell does not hold the lattice's draw and the ledger of its charge")]
    first = shares(run.groups["ledger"], 0)
    parts: list[Part] = [
        Paragraph(efficiency_words(run.groups["lattice"], first)),
        charge_table(run, first),
        current_table(run),
    ]
    if run.is_full:
        return [
            *parts,
            Paragraph("Voltages are not compared: the cell's holds its cathode's.", note=True),
        ]
    return [*parts, *_voltages(run, curves)]


def efficiency_words(lattice: xr.Dataset, first: Shares) -> str:
    """Return how the first efficiency of the lattice becomes that of the cell, a step at a time.

    Parameters
    ----------
    lattice : Dataset
        Group ``lattice`` of the cell.
    first : Shares
        Of the first cycle.
    """
    alone = 1.0 - float(lattice.attrs["held_after_first"])
    steps = [first.couples, first.stored(), first.film]
    up, back = np.cumsum([s[0] for s in steps]), np.cumsum([s[1] for s in steps])
    couples, stores, film = (percent(float(b / u)) for b, u in zip(back, up, strict=True))
    return (
        f"The lattice alone gives back {percent(alone)} of its first discharge; the rest stays in metal that "
        f"has lost its way back. In the cell its couples give back {couples} of the "
        f"{fixed(first.couples[0], 0)} mAh g⁻¹ that they take up. The reversible stores add "
        f"{fixed(first.stored()[0], 0)} and return {fixed(first.stored()[1], 0)}, which brings the whole to "
        f"{stores}; the film takes {fixed(first.film[0], 0)} for good, which brings it to {film}: the cell's "
        "first-cycle efficiency. In another order the same steps would share the difference otherwise."
    )


def charge_table(run: CellFolder, first: Shares) -> Table:
    """Return what takes up and gives back the charge of the first cycle, lattice and cell side by side.

    Parameters
    ----------
    run : CellFolder
        The cell's folder.
    first : Shares
        Of the first cycle.
    """
    lattice = run.groups["lattice"]
    capacity, held = (float(lattice.attrs[name]) for name in ("capacity", "held_after_first"))

    def row(name: str, alone: tuple[float, float] | None, cell: tuple[float, float]) -> list[str]:
        pairs = zip(alone or (None, None), cell, strict=True)
        return [name, *("–" if value is None else fixed(value, 0) for pair in pairs for value in pair)]

    own = (capacity, capacity * (1.0 - held))
    return Table(
        caption="Charge of the first cycle by what takes it (mAh g⁻¹)",
        head=["", "Lattice takes up", "Cell takes up", "Lattice gives back", "Cell gives back"],
        rows=[
            row("Couples of the lattice", own, first.couples),
            *(row(STORE_NAMES.get(name, name), None, pair) for name, pair in first.stores.items()),
            row("Film that grows", None, first.film),
            row("Together", own, first.whole()),
        ],
        numeric=frozenset(range(1, 5)),
        note=(
            "The lattice's capacity is that of a discharge at 0.01 A g⁻¹, what it gives back that of a "
            f"cycle at 0.1; the cell runs at {plain_number(float(run.cycles['current_A_per_g'][0]))}. Alkali "
            "in material that has died counts with the couples."
        ),
    )


def current_table(run: CellFolder) -> Table:
    """Return how far the lattice's capacity is reached at each current, and what the stores add.

    Parameters
    ----------
    run : CellFolder
        The cell's folder.
    """
    ledger, capacity = run.groups["ledger"], float(run.groups["lattice"].attrs["capacity"])
    currents = [float(i) for i in run.cycles["current_A_per_g"]]
    places = [n for n, current in enumerate(currents) if current not in currents[:n]]
    rows = []
    for n in [*places, *([len(currents) - 1] if len(currents) - 1 not in places else [])]:
        found = shares(ledger, n)
        rows.append(
            [
                f"{int(run.cycles['cycle'][n])}",
                plain_number(currents[n]),
                fixed(found.couples[1], 0),
                percent(found.couples[1] / capacity),
                fixed(found.stored()[1], 0),
                fixed(found.whole()[1], 0),
            ]
        )
    return Table(
        caption="The lattice's capacity at each current, as the conversion material gives it back",
        head=["Cycle", "A g⁻¹", "Couples (mAh g⁻¹)", "Of the lattice's", "Stores (mAh g⁻¹)", "All (mAh g⁻¹)"],
        rows=rows,
        numeric=frozenset(range(1, 6)),
        wide=True,
        note=(
            f"The lattice's own is {fixed(capacity, 0)} mAh g⁻¹. What is missing is held in trapped metal, "
            "in dead material, or not reached before a cut-off."
        ),
    )


def _voltages(run: CellFolder, curves: list[VoltageCurve]) -> list[Part]:
    lattice = run.groups["lattice"]
    voltage = {str(name): lattice["voltage"].sel(branch=name).values for name in lattice["branch"].values}
    own = [
        ("discharge", float(np.mean(voltage["first_discharge"]))),
        ("charge", float(np.mean(voltage["charge"]))),
    ]
    rows = []
    for name, alone in own:
        cell = float(run.cycles[f"{name}_voltage_V"][0])
        rows.append([f"Mean of the first {name}", fixed(alone, 2), fixed(cell, 2), fixed(cell - alone, 2)])
    cell_gap = float(run.cycles["charge_voltage_V"][0] - run.cycles["discharge_voltage_V"][0])
    gaps = [own[1][1] - own[0][1], cell_gap]
    rows.append(["Between the two", *(fixed(v, 2) for v in (*gaps, gaps[1] - gaps[0]))])
    words = (
        f"The lattice alone keeps {fixed(gaps[0], 2)} V between discharge and charge, the cell "
        f"{fixed(gaps[1], 2)} V. Resistance, charge transfer and diffusion widen the gap; stores, which take "
        "and return their charge at the same potential, narrow it, and so does a voltage that goes over from "
        "one branch to the other by degrees when the current turns."
    )
    table = Table(
        caption="Voltage (V)",
        head=["", "Lattice", "Cell", "Difference"],
        rows=rows,
        numeric=frozenset(range(1, 4)),
    )
    return [beside_figure(run, voltage, curves), table, Paragraph(words)]


def beside_figure(run: CellFolder, voltage: dict[str, Values], curves: list[VoltageCurve]) -> Figure | Absent:
    """Return the lattice's branches and the cell's first cycle on the same axes.

    Parameters
    ----------
    run : CellFolder
        The cell's folder.
    voltage : dict of str to array
        Voltage (V) of each branch of the lattice.
    curves : list of VoltageCurve
        Half-cycles of the cell.
    """
    first = [c for c in curves if c.name == (curves[0].name if curves else "")]
    if not first:
        return Absent("no cycle has a half-cycle in both directions")
    lattice = run.groups["lattice"]
    share = lattice["stoichiometry"].values
    capacity, held = (float(lattice.attrs[name]) for name in ("capacity", "held_after_first"))
    back = (1.0 - share[::-1]) * (1.0 - held) * capacity
    lines = [
        ("lattice", "discharge", share * capacity, voltage["first_discharge"]),
        ("lattice", "charge", back, voltage["charge"][::-1]),
        *(("cell", c.direction, c.capacity, c.voltage) for c in first),
    ]
    series = []
    for what, direction, x, y in lines:
        x, y = thinned(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
        series.append(
            Series(
                x=x,
                y=y,
                name=f"{what}, {direction}",
                key=direction,
                colour=_COLOUR[direction],
                dash="dot" if what == "lattice" else "solid",
            )
        )
    return Figure(
        name="lattice-and-cell",
        title="The lattice's branches and the cell's first cycle",
        reading=(
            "Where a solid line runs on beyond the dotted one, stores and film take the charge; where it "
            "lies outside, the current costs voltage."
        ),
        caption="Each half-cycle starts at zero. Lattice at 0.01 A g⁻¹, without film, stores or resistance.",
        alt="Voltage against capacity: first discharge and charge of the lattice alone and of the cell",
        panels=(
            Panel(
                title="",
                x_label="Capacity (mAh g⁻¹)",
                y_label=voltage_label(str(run.provenance.get("ion", "A"))),
                series=tuple(series),
                wide=True,
            ),
        ),
        swatches=(Swatch(name="cell", dash="solid"), Swatch(name="lattice alone", dash="dot")),
    )
