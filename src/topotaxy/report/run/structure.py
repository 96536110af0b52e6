"""The lattice before and after: a slice for print, and a view that can be turned."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from topotaxy.content.figure import (
    Absent,
    Cloud,
    Figure,
    Panel,
    Scene,
    Series,
    Swatch,
    Symbol,
    Values,
    letters,
)
from topotaxy.content.palette import INK, element_colour
from topotaxy.errors import InputError
from topotaxy.report.run.folder import RunFolder
from topotaxy.specimen.kept import specimens_in
from topotaxy.specimen.view import scene as scene_of

if TYPE_CHECKING:
    import xarray as xr

Mask = NDArray[np.bool_]

MAX_SHOWN_CATIONS = 4096
MAX_SNAPSHOTS = 6
_MOVED = "not on its home site"
_NEEDED = {
    "position": ("site", "xyz"),
    "symbol": ("snapshot", "site"),
    "valence": ("snapshot", "site"),
    "home": ("snapshot", "site"),
    "tetrahedral_position": ("tetrahedral", "xyz"),
    "alkali": ("snapshot", "tetrahedral"),
    "snapshot": ("snapshot",),
}


class Box(NamedTuple):
    """What all snapshots share: elements in order, the alkali metal, edge and lattice parameter in Å."""

    elements: list[str]
    ion: str
    edge: float
    parameter: float


class Atoms(NamedTuple):
    """The sites of one snapshot that hold something: who, how reduced, and whether at home."""

    position: Values
    symbol: NDArray[np.str_]
    metal: Mask
    home: Mask
    alkali: Values

    def within(self, cations: Mask, alkali: Mask) -> Atoms:
        """Return the chosen atoms only.

        Parameters
        ----------
        cations : Mask
            Which cations stay; shape (cations,).
        alkali : Mask
            Which alkali atoms stay; shape (alkali,).
        """
        return Atoms(
            self.position[cations],
            self.symbol[cations],
            self.metal[cations],
            self.home[cations],
            self.alkali[alkali],
        )


def structure_figure(folder: RunFolder) -> Figure | Absent:
    """A (001) slice of selected snapshots, with the whole box as a scene beside it.

    Parameters
    ----------
    folder : RunFolder
        The run's folder as :func:`~topotaxy.report.run.folder.read_run_folder` read it.
    """
    structure = folder.group("structure", **_NEEDED)
    if isinstance(structure, Absent):
        return structure
    names = [str(n) for n in structure["snapshot"].values]
    elements = folder.in_order(s for s in np.unique(structure["symbol"].values.astype(str)) if s.strip())
    if not elements:
        return Absent("/structure of run.nc holds no cation")
    box = Box(elements, folder.ion, _edge(structure), float(structure.attrs.get("lattice_parameter", np.nan)))
    chosen = slice_snapshots(names)
    letter = letters()
    panels = tuple(
        _slice_panel(_atoms(structure, index), f"{next(letter)} {names[index].capitalize()}", box)
        for index in chosen
    )
    metal_drawn = any(s.name.endswith(" metal") for panel in panels for s in panel.series)
    marks = "Filled marks are reduced to the metal, open marks are ions" if metal_drawn else "Marks are ions"
    scene, note = _turnable(folder, structure) or _scene(structure, names, box)
    return Figure(
        name="lattice-slice",
        title="The lattice before and after",
        reading=_which_grain(folder, structure)
        + (
            "The turnable view opens on the discharged specimen of the first replica. Below it one (001) "
            f"layer of its cations, the same layer in each panel. {marks}; a cross says that the atom no "
            "longer sits on the site where it started. Small dots are "
            f"{folder.ion}⁺ in the tetrahedral sites just above."
            + ("" if metal_drawn else " Metal has left its sites: where it was, the layer is empty.")
        ),
        caption=note,
        alt="; ".join(_slice_alt(structure, i, names) for i in chosen) + ".",
        panels=panels,
        swatches=(
            *((Swatch(name="metal M⁰", symbol="circle"),) if metal_drawn else ()),
            Swatch(name="ion", symbol="circle-open"),
        ),
        scene=scene,
    )


def _which_grain(folder: RunFolder, structure: xr.Dataset) -> str:
    """Of a composite, which of its phases is drawn; empty where there is one phase."""
    if not str(folder.attrs.get("grains", "")).strip():
        return ""
    return f"Of the mixture the phase that takes the most charge is drawn: {structure.attrs.get('formula')}. "


def slice_snapshots(names: list[str]) -> list[int]:
    """Choose pristine, the first discharged and the last charged; else first, second, last.

    Parameters
    ----------
    names : list[str]
        Names of the snapshots, in order of time.
    """
    pristine = [i for i, n in enumerate(names) if n.startswith("pristine")]
    discharged = [i for i, n in enumerate(names) if n.startswith("discharged")]
    charged = [i for i, n in enumerate(names) if n.startswith("charged")]
    chosen = [*pristine[:1], *discharged[:1], *charged[-1:]]
    if not chosen:
        chosen = [0, 1, len(names) - 1][: len(names)]
    return sorted(set(chosen))


def _edge(structure: xr.Dataset) -> float:
    cells = float(structure.attrs.get("cells", np.nan))
    parameter = float(structure.attrs.get("lattice_parameter", np.nan))
    if np.isfinite(cells * parameter):
        return cells * parameter
    return float(structure["position"].values.max())


def _atoms(structure: xr.Dataset, snapshot: int) -> Atoms:
    at = structure.isel(snapshot=snapshot)
    symbol = at["symbol"].values.astype(str)
    held = np.char.strip(symbol) != ""
    alkali = at["alkali"].values.astype(bool)
    return Atoms(
        position=structure["position"].transpose("site", "xyz").values[held],
        symbol=symbol[held],
        metal=at["valence"].values[held] == 0,
        home=at["home"].values[held].astype(bool),
        alkali=structure["tetrahedral_position"].transpose("tetrahedral", "xyz").values[alkali],
    )


def _slice_panel(atoms: Atoms, title: str, box: Box) -> Panel:
    heights = np.unique(np.round(atoms.position[:, 2], 3))
    level = heights[len(heights) // 2]
    spacing = 0.5 * box.parameter if np.isfinite(box.parameter) else float(np.diff(heights).min(initial=4.0))
    above = atoms.alkali[:, 2] - level
    in_layer = np.abs(atoms.position[:, 2] - level) < 0.25 * spacing
    layer = atoms.within(in_layer, (above > 0) & (above < spacing))
    series = []
    for element in box.elements:
        for metal in (False, True):
            which = (layer.symbol == element) & (layer.metal == metal)
            name = f"{element} {'metal' if metal else 'ion'}"
            symbol: Symbol = "circle" if metal else "circle-open"
            size = 10.0 if metal else 7.0
            series.append(_marks(layer.position[which], name, element, element_colour(element), symbol, size))
    series.append(_marks(layer.alkali, f"{box.ion}⁺", box.ion, element_colour(box.ion), "circle", 2.6))
    series.append(_marks(layer.position[~layer.home], _MOVED, _MOVED, INK, "cross", 4.5))
    margin = 0.35 * spacing
    return Panel(
        title=title,
        x_label="x (Å)",
        y_label="y (Å)",
        # Empty series of the alkali and of moved atoms stay, for one order of the legend.
        series=tuple(s for s in series if len(s.x) or s.key in {_MOVED, box.ion}),
        square=True,
        extent=(-margin, box.edge - spacing + margin),
    )


def _marks(position: Values, name: str, key: str, colour: str, symbol: Symbol, size: float) -> Series:
    return Series(
        x=position[:, 0],
        y=position[:, 1],
        name=name,
        key=key,
        colour=colour,
        width=0.0,
        symbol=symbol,
        size=size,
    )


def _slice_alt(structure: xr.Dataset, index: int, names: list[str]) -> str:
    atoms, before = _atoms(structure, index), _atoms(structure, 0)
    metal = 100 * (1.0 - float((~atoms.metal).sum()) / max(len(before.symbol), 1))
    away = 100 * float((~atoms.home).mean())
    return (
        f"{names[index]}: {metal:.0f} % of all cations are metal and {away:.0f} % are not on their home site"
    )


def _turnable(folder: RunFolder, structure: xr.Dataset) -> tuple[Scene, str] | None:
    """The specimens of the first replica, where the run kept them, after the first and the last cycle."""
    if "specimens" not in folder.groups:
        return None
    kept = folder.groups["specimens"]
    formula = str(structure.attrs.get("formula", ""))
    try:
        last = int(kept["cycle"].values.max())
        chosen = [
            specimen
            for cycle in sorted({0, 1, last})
            for specimen in specimens_in(kept, folder.path.name, replica=0, cycle=cycle)
            if formula in ("", specimen.formula)
        ]
    except (InputError, KeyError, ValueError):
        return None
    if not chosen:
        return None
    widest = max(float(specimen.box.max()) for specimen in chosen)
    made = scene_of(chosen)
    note = (
        f"In the turnable view atoms are in Å on the strained box, at most {0.1 * widest:.1f} nm wide, which "
        "repeats in all directions. Which atoms are metal and belong together is a result; the balls that "
        "they are drawn as, and how the matrix gives way to them, are construction."
    )
    if made.edge < widest:
        note += f" The turnable view shows a corner of {0.1 * made.edge:.1f} nm of it."
    return made, note


def _scene(structure: xr.Dataset, names: list[str], box: Box) -> tuple[Scene, str]:
    count = structure.sizes["site"]
    side = box.edge if count <= MAX_SHOWN_CATIONS else box.edge * (MAX_SHOWN_CATIONS / count) ** (1 / 3)
    shown = list(range(len(names)))
    if len(shown) > MAX_SNAPSHOTS:
        shown = sorted({round(i) for i in np.linspace(0, len(names) - 1, MAX_SNAPSHOTS)})
    anions = _anion_clouds(structure, side)
    # The discharged specimen first: it is the one that the question is about.
    first = next((i for i in shown if names[i].startswith("discharged")), shown[0])
    ordered = [first, *(i for i in shown if i != first)]
    views = {names[i].capitalize(): (*_clouds(_atoms(structure, i), box, side), *anions) for i in ordered}
    note = f"The box is {0.1 * box.edge:.1f} nm wide and repeats in all directions."
    if side < box.edge:
        note += f" The turnable view shows a corner of {0.1 * side:.1f} nm of it."
    return Scene(views=views, edge=side), note


def _inside(position: Values, side: float) -> Mask:
    inside: Mask = np.all(position < side + 1e-6, axis=1)
    return inside


def _clouds(atoms: Atoms, box: Box, side: float) -> list[Cloud]:
    atoms = atoms.within(_inside(atoms.position, side), _inside(atoms.alkali, side))
    clouds = []
    for element in box.elements:
        for metal in (False, True):
            which = (atoms.symbol == element) & (atoms.metal == metal)
            if which.any():
                clouds.append(
                    Cloud(
                        position=atoms.position[which],
                        name=f"{element} {'metal' if metal else 'ion'}",
                        key=element,
                        colour=element_colour(element),
                        size=6.5 if metal else 3.8,
                    )
                )
    alkali = element_colour(box.ion)
    clouds.append(Cloud(position=atoms.alkali, name=f"{box.ion}⁺", key=box.ion, colour=alkali, size=1.8))
    moved = atoms.position[~atoms.home]
    clouds.append(
        Cloud(position=moved, name=_MOVED, key=_MOVED, colour=INK, symbol="cross", size=2.6, shown=False)
    )
    return clouds


def _anion_clouds(structure: xr.Dataset, side: float) -> list[Cloud]:
    if "anion_position" not in structure or "anion_symbol" not in structure:
        return []
    position = structure["anion_position"].transpose("anion", "xyz").values
    symbol = structure["anion_symbol"].values.astype(str)
    kept = _inside(position, side)
    return [
        Cloud(
            position=position[kept & (symbol == anion)],
            name=f"{anion} anions",
            key="anions",
            colour=element_colour(anion),
            size=2.4,
            shown=False,
        )
        for anion in sorted(set(symbol[kept]))
    ]
