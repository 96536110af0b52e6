"""What a cell is made of: a draw of the lattice, and what was learned of cells of that material.

Where a posterior ships for the draws, a material has its central point: one draw and the parameters that go
with it. For others the parameters are those of that posterior all the same, carried over and named so;
without
any posterior they are the medians of the priors.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from topotaxy.cell.draws import DrawTable, LatticeDraw, draw_names, load_draws, read_draws
from topotaxy.cell.numbers import cell_values
from topotaxy.cell.posterior import Posterior, load_posterior, posterior_names
from topotaxy.cell.priors import DRAW, of_ion
from topotaxy.errors import InputError, choices
from topotaxy.material import Composition, parse_formula
from topotaxy.spec import Cell
from topotaxy.toml_documents import bundled_names

MAX_BYTES = 50_000_000
"""Of a file of draws."""


@dataclass(frozen=True, kw_only=True)
class CellMaterial:
    """One material against one alkali, ready for a cell.

    ``learned`` holds the parameters that a posterior gives, by plain name; ``basis`` says where they come
    from:
    ``learned`` on cells of this very material, ``transferred`` from another, ``prior`` where there is no
    posterior.
    """

    name: str
    formula: str
    ion: str
    draw: LatticeDraw
    draw_index: int
    temperature: float
    lower_cutoff: float
    upper_cutoff: float
    learned: Mapping[str, float]
    basis: str
    posterior: str
    provenance: Mapping[str, Any]

    def values(self, overrides: Mapping[str, float] | None = None) -> dict[str, float]:
        """Return every parameter of the cell by name, ``overrides`` put in.

        Parameters
        ----------
        overrides : mapping of str to float, optional
            Values of parameters by plain name, in the unit of that parameter, in place of the shipped ones.

        Raises
        ------
        InputError
            For an unknown name.
        """
        return cell_values(self.ion, {**self.learned, **(overrides or {})})

    def with_draw(self, draw: LatticeDraw, index: int, learned: Mapping[str, float]) -> CellMaterial:
        """Return the material on another draw with the parameters that go with it.

        Parameters
        ----------
        draw : LatticeDraw
            What the lattice gives the cell under other inputs.
        index : int
            Number of the draw in its table, from 0.
        learned : mapping of str to float
            Values of the learned parameters by plain name, in the unit of that parameter.
        """
        return replace(self, draw=draw, draw_index=index, learned=learned)


def material_names() -> list[str]:
    """Names of the materials that ship, such as ``heos-na``."""
    return [f"{name}-{ion.lower()}" for name in draw_names() for ion in load_draws(name).ions]


def names_draws(name: str) -> bool:
    """Return whether a name is ``DRAWS-alkali`` of draws that ship, or of a file ``DRAWS.npz``.

    Parameters
    ----------
    name : str
        Such as ``heos-na``, or ``runs/mine-na`` for the draws in ``runs/mine.npz``.
    """
    draws = name.rpartition("-")[0]
    try:
        return draws in draw_names() or Path(f"{draws}.npz").is_file()
    except (OSError, ValueError):  # no name that a file can have
        return False


def alkali_of(name: str) -> str | None:
    """Return the alkali that a name of draws ends with; None where it names no draws.

    Parameters
    ----------
    name : str
        Such as ``heos-na``.
    """
    return name.rpartition("-")[2].capitalize() if names_draws(name) else None


def shipped_material(composition: Composition, cell: Cell) -> str | None:
    """Return the name of the material that ships of a composition in a cell; None where there is none.

    Parameters
    ----------
    composition : Composition
        Of the host; how many units its formula is written with changes nothing.
    cell : Cell
        Alkali, cut-offs and temperature.
    """
    for draws in draw_names():
        table = load_draws(draws)
        own = parse_formula(table.formula)
        same = _alike(own.cation_fractions, composition.cation_fractions) and _alike(
            own.anion_fractions, composition.anion_fractions
        )
        window = (table.lower_cutoff, table.upper_cutoff, table.temperature)
        if (
            same
            and cell.ion in table.ions
            and window == (cell.lower_cutoff, cell.upper_cutoff, cell.temperature)
        ):
            return f"{draws}-{cell.ion.lower()}"
    return None


def _alike(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    return one.keys() == other.keys() and all(math.isclose(one[el], other[el], abs_tol=1e-9) for el in one)


def cell_material(name: str) -> CellMaterial:
    """Return a material by its name ``DRAWS-alkali``, where ``DRAWS`` ships or is a file ``DRAWS.npz``.

    Draws of any other material are made by :func:`topotaxy.runs.lattice_material`.

    Parameters
    ----------
    name : str
        Such as ``heos-na``, or ``runs/mine-na`` for the draws in ``runs/mine.npz``.

    Raises
    ------
    InputError
        Where there are no such draws, or none with that alkali.
    """
    if not names_draws(name):
        near = choices(name, [*material_names(), *bundled_names("specs")])
        raise InputError(
            f"no material of a cell named {name!r:.60}; {near}; expected one of those, DRAWS-alkali for "
            "a file DRAWS.npz, the file of a specification (.toml), or a formula with its ion"
        )
    draws = name.rpartition("-")[0]
    return material_of(draws_named(draws), draws, name.rpartition("-")[2].capitalize(), name=name)


def draws_named(draws: str) -> DrawTable:
    """Return the draws that ship under a name, else those of the file ``DRAWS.npz``.

    Parameters
    ----------
    draws : str
        Name, or path without its ending.

    Raises
    ------
    InputError
        Where there are none.
    """
    path = Path(f"{draws}.npz")
    return _table(path) if draws not in draw_names() and path.is_file() else load_draws(draws)


def _table(path: Path) -> DrawTable:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"larger than {MAX_BYTES:,} bytes, no table of draws is", where=str(path))
        return read_draws(path.read_bytes(), where=str(path))
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", where=str(path)) from None


def material_of(table: DrawTable, draws: str, ion: str, *, name: str) -> CellMaterial:
    """Return the material of a table of draws against one alkali, with what a posterior says of it.

    Parameters
    ----------
    table : DrawTable
        Draws of the lattice with the inputs of each.
    draws : str
        Name of the draws, as ``heos``; empty where they have none and no posterior can be theirs.
    ion : str
        Symbol of the alkali metal: Li, Na or K.
    name : str
        Name of the material, as ``heos-na``.

    Raises
    ------
    InputError
        Where the draws hold no such alkali.
    """
    index, learned, basis, source = 0, {}, "prior", ""
    found = _posterior_for(draws)
    if found is not None:
        values = found.values(found.central)
        chosen = int(values.pop(DRAW))
        learned, source = of_ion(values, ion), found.paper
        basis = "learned" if found.draws == draws else "transferred"
        index = chosen if basis == "learned" else 0
    draw = table.draw(index, ion)
    return CellMaterial(
        name=name,
        formula=table.formula,
        ion=ion,
        # What was learned was learned on the branches as they are.
        draw=draw if basis == "learned" else _assembled(draw, table.upper_cutoff),
        draw_index=index,
        temperature=table.temperature,
        lower_cutoff=table.lower_cutoff,
        upper_cutoff=table.upper_cutoff,
        learned=learned,
        basis=basis,
        posterior=source,
        provenance=table.provenance,
    )


def _assembled(draw: LatticeDraw, upper: float) -> LatticeDraw:
    """The draw with a first branch that begins at the upper cut-off (V), as the charge branch ends there.

    A fresh electrode is far above the potentials at which film, carbon and interfaces store anything. Where
    its first branch is flat and low, it would otherwise begin with stores that nobody filled, and give back
    more than it took.
    """
    first = draw.first_discharge.copy()
    first[0] = max(float(first[0]), upper)
    return replace(draw, first_discharge=first)


def _posterior_for(draws: str) -> Posterior | None:
    """The posterior on these draws, else the first that ships."""
    names = posterior_names()
    found = [load_posterior(name) for name in names]
    own = [p for p in found if p.draws == draws]
    return next(iter([*own, *found]), None)
