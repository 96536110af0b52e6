"""Crystals without a simulation: rock salt of any formula, random alloys, alkali salts; strained, joined.

All are made of whole conventional cells along the edges of the box, seeded, and hold what their formula
says to the last atom that fits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.material import ANION_CHARGE, IONS, lattice_parameter, parse_formula, product_volume, salt
from topotaxy.specimen.sites import FCC, OCTAHEDRAL, TETRAHEDRAL, Cells, drawn, grid_of, on_cells
from topotaxy.specimen.specimen import PHASES, Cluster, Floats, Integers, Phase, Specimen


def random_alloy(
    *,
    cations: Mapping[tuple[str, int], float],
    anions: Mapping[tuple[str, int], float],
    lattice_parameter: float,
    cells: Cells,
    seed: int = 0,
    phase: Phase = "frame",
    formula: str = "",
) -> Specimen:
    """Return rock salt whose sublattices are occupied at random in exact amounts.

    Parameters
    ----------
    cations, anions
        Share of the sites of their sublattice of each (element, valence); what is lacking to one is vacant.
    lattice_parameter
        Edge of the conventional cell, Å.
    cells
        Conventional cells along the edges.
    seed
        Of the arrangement.

    Raises
    ------
    InputError
        Where fractions, cells or the lattice parameter cannot be.
    """
    _checked_edge(lattice_parameter)
    rng = np.random.default_rng(seed)
    corners = grid_of(cells, 8)
    places = [on_cells(corners, OCTAHEDRAL), on_cells(corners, FCC)]
    filled = [drawn(cations, len(places[0]), rng), drawn(anions, len(places[1]), rng)]
    elements = np.concatenate([elements for elements, _ in filled])
    held = elements != ""
    edges = corners.max(axis=0) + 1
    return Specimen(
        positions=np.mod(np.concatenate(places), edges)[held] * lattice_parameter,
        elements=elements[held],
        valences=np.concatenate([valences for _, valences in filled])[held],
        phases=np.full(int(held.sum()), PHASES.index(phase), dtype=np.int8),
        # Where a site is vacant its number stays free: sites and identities of a pristine specimen agree.
        identities=np.flatnonzero(held),
        box=np.diag(edges * lattice_parameter).astype(np.float64),
        unit_cell=lattice_parameter,
        formula=formula,
        source="random alloy",
    )


def rock_salt(
    formula: str,
    cells: Cells,
    *,
    lattice_parameter: float | None = None,
    seed: int = 0,
    phase: Phase = "frame",
) -> Specimen:
    """Return perfect rock salt of a formula; of several cations or anions, a random alloy.

    Parameters
    ----------
    formula
        As in ``parse_formula``; fewer cations than anions leave vacancies.
    cells
        Conventional cells along the edges, eight atoms each.
    lattice_parameter
        Å; by Vegard's law where None.
    seed
        Of the arrangement.

    Raises
    ------
    InputError
        For a formula that is no rock salt.
    """
    composition = parse_formula(formula)
    ratio = composition.cations_per_anion
    if ratio > 1 + 1e-6:
        raise InputError(f"{formula} has {ratio:.3g} cations per anion; a rock salt has at most one")
    anions = math.fsum(composition.anions.values())
    a = _vegard(formula) if lattice_parameter is None else lattice_parameter
    built = random_alloy(
        cations={
            (element, valence): amount / anions
            for element, states in composition.valences.items()
            for valence, amount in states.items()
        },
        anions={(x, ANION_CHARGE[x]): share for x, share in composition.anion_fractions.items()},
        lattice_parameter=a,
        cells=cells,
        seed=seed,
        phase=phase,
        formula=formula,
    )
    return replace(built, source="rock salt")


def _vegard(formula: str) -> float:
    return lattice_parameter(parse_formula(formula))


def antifluorite(ion: str, anion: str, cells: Cells, *, lattice_parameter: float | None = None) -> Specimen:
    """Return the salt A2X of an alkali metal and a divalent anion, such as Na2O.

    ``lattice_parameter`` in Å; from the tabulated volume of the salt (``product_volumes.csv``) where None.

    Parameters
    ----------
    ion, anion : str
        Symbols, as Na and O.
    cells : int or tuple of int (3,)
        Conventional cells along the edges, twelve atoms each.
    lattice_parameter : float, optional
        Å; from the tabulated volume where None.

    Raises
    ------
    InputError
        For an unknown alkali metal or anion, or one whose salt is not A2X.
    """
    if ion not in IONS or ANION_CHARGE.get(anion) != -2:
        raise InputError(f"no antifluorite salt A2X of {ion!r:.20} and {anion!r:.20}")
    a = salt_edge(ion, anion) if lattice_parameter is None else lattice_parameter
    _checked_edge(a)
    corners = grid_of(cells, 12)
    alkali, anions = on_cells(corners, TETRAHEDRAL), on_cells(corners, FCC)
    count = len(alkali) + len(anions)
    return Specimen(
        positions=np.concatenate([alkali, anions]) * a,
        elements=np.repeat([ion, anion], [len(alkali), len(anions)]),
        valences=np.repeat([1.0, -2.0], [len(alkali), len(anions)]),
        phases=np.full(count, PHASES.index("salt"), dtype=np.int8),
        identities=np.arange(count),
        box=np.diag((corners.max(axis=0) + 1) * a).astype(np.float64),
        formula=f"{ion}2{anion}",
        source="antifluorite",
    )


def salt_edge(ion: str, anion: str) -> float:
    """Return the cell edge of the antifluorite A2X, Å, from its tabulated volume per formula unit.

    Parameters
    ----------
    ion, anion : str
        Symbols, as Na and O.
    """
    return float(np.cbrt(4.0 * product_volume(salt(ion, anion))))


def strained(specimen: Specimen, strain: float | Sequence[float] | Floats) -> Specimen:
    """Return the specimen under a homogeneous strain, box and atoms alike.

    Parameters
    ----------
    strain
        Linear strain as one number, along x, y and z (3,), or a tensor (3, 3): r becomes (1 + strain) r.

    Raises
    ------
    InputError
        For another shape, or a strain that turns the box inside out.
    """
    given = np.asarray(strain, dtype=np.float64)
    if given.shape not in ((), (3,), (3, 3)) or not np.isfinite(given).all():
        raise InputError(f"expected a strain as one number, three or three by three, got shape {given.shape}")
    tensor = given if given.ndim == 2 else np.diag(np.broadcast_to(given, 3))
    deformation = np.eye(3) + tensor
    volume = float(np.linalg.det(deformation))
    if not volume > 0:
        raise InputError("a strain that turns the box inside out")
    return replace(
        specimen,
        positions=specimen.positions @ deformation.T,
        box=specimen.box @ deformation.T,
        clusters=tuple(replace(c, centre=deformation @ c.centre) for c in specimen.clusters),
        unit_cell=None if specimen.unit_cell is None else specimen.unit_cell * float(np.cbrt(volume)),
    )


def joined(first: Specimen, *others: Specimen) -> Specimen:
    """Return the atoms of several specimens in the box of the first, numbered through.

    Identities of the first stay; those of the others follow after them.

    Parameters
    ----------
    first : Specimen
        Gives box, state and all else that is said of the whole.
    *others : Specimen
        Their atoms and clusters; their boxes do not matter.
    """
    parts = (first, *others)
    starts = np.cumsum([0, *map(len, parts)])
    identities, highest = [first.identities], int(first.identities.max(initial=-1)) + 1
    clusters: list[Cluster] = list(first.clusters)
    for part, start in zip(others, starts[1:], strict=False):
        identities.append(np.arange(highest, highest + len(part)))
        highest += len(part)
        clusters += [replace(c, members=c.members + int(start)) for c in part.clusters]
    return replace(
        first,
        positions=np.concatenate([p.positions for p in parts]),
        elements=np.concatenate([p.elements for p in parts]),
        valences=np.concatenate([p.valences for p in parts]),
        phases=np.concatenate([p.phases for p in parts]),
        identities=np.concatenate(identities).astype(np.int64),
        clusters=tuple(clusters),
    )


def as_phase(
    specimen: Specimen, phase: Phase, chosen: Integers | NDArray[np.bool_] | None = None
) -> Specimen:
    """Return the specimen with some of its atoms, or all, of another phase.

    Parameters
    ----------
    specimen : Specimen
        Any.
    phase : str
        One of :data:`PHASES`.
    chosen : array of int (k,) or of bool (n,), optional
        Which atoms; all where None.
    """
    phases = specimen.phases.copy()
    phases[slice(None) if chosen is None else chosen] = PHASES.index(phase)
    return replace(specimen, phases=phases)


def _checked_edge(a: float) -> None:
    if not (math.isfinite(a) and a > 0):
        raise InputError(f"expected a lattice parameter > 0 in Å, got {a!r:.40}")
