"""Which calculations a composition needs, and in what order they are worth doing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from topotaxy.energetics.cells import CELLS, RockSaltCell, representative_cell
from topotaxy.energetics.plan_product import (
    barrier_tasks,
    cluster_tasks,
    interface_tasks,
    loading_tasks,
    product_tasks,
)
from topotaxy.energetics.potentials.crystals import reference_phases
from topotaxy.energetics.task import Task
from topotaxy.errors import InputError
from topotaxy.material import ANION_CHARGE, Composition, lattice_parameter, reducible_cations, salt

ARRANGEMENTS = 1
"""Representative cells per composition; sites are drawn from them in turn."""


def reference_tasks(composition: Composition, ion: str) -> list[Task]:
    """Bulk phases that the reactions of a composition start from and end in.

    Parameters
    ----------
    composition : Composition
        Cations and anions with their amounts and valences.
    ion : str
        The alkali metal: Li, Na or K.
    """
    known = reference_phases()
    metals = [*composition.cations, ion]
    absent = [element for element in metals if element not in known]
    if absent:
        raise InputError(
            f"no crystal structure of {absent[0]} in energetics/tables/reference_structures.csv; "
            f"known are {', '.join(known)}"
        )
    phases = [*metals, *(f"{m}{x}" for m in composition.cations for x in composition.anions)]
    phases += [salt(ion, x) for x in composition.anions]
    return [
        Task(name=f"reference-{phase}", kind="reference", parameters={"phase": phase})
        for phase in dict.fromkeys(phases)
        if phase in known
    ]


def binary_tasks(composition: Composition) -> list[Task]:
    """Rock salts of each cation with each anion, for lattice parameters and the energy of mixing.

    Fluorine has no rock salt with these cations, and an alkali host none with oxygen; a composition
    that holds them mixes from no binaries of one structure.

    Parameters
    ----------
    composition : Composition
        Cations and anions with their amounts and valences.
    """
    from topotaxy.material import parse_formula

    return [
        Task(
            name=f"binary-{cation}{anion}",
            kind="binary",
            parameters={
                "cation": cation,
                "anion": anion,
                "start": round(lattice_parameter(parse_formula(f"{cation}{anion}")), 3),
            },
        )
        for anion in composition.anions
        if ANION_CHARGE[anion] == ANION_CHARGE["O"]
        for cation in reducible_cations(composition)
    ]


def frame_tasks(composition: Composition, arrangements: int = ARRANGEMENTS, *, first: int = 0) -> list[Task]:
    """Representative cells of the composition, relaxed; numbered from ``first``.

    Parameters
    ----------
    composition : Composition
        Cations and anions with their amounts and valences.
    arrangements : int
        Number of representative cells, each of another random arrangement.
    first : int
        Number of the first cell, which is the seed of its arrangement.
    """
    start = round(lattice_parameter(composition) * 1.01, 3)
    return [
        Task(
            name=f"frame-{seed}",
            kind="frame",
            parameters={
                "formula": composition.formula,
                "lattice_parameter": start,
                "cells": CELLS,
                "seed": seed,
            },
        )
        for seed in range(first, first + arrangements)
    ]


def displacement_tasks(
    composition: Composition,
    ion: str,
    *,
    sites: int,
    state: str = "removed",
    arrangements: int = ARRANGEMENTS,
    first: int = 0,
    cations: Sequence[str] | None = None,
    tries: int = 1,
) -> list[Task]:
    """``sites`` displacements of every cation, spread over the cells and over orientations.

    The cells are those numbered from ``first``.

    Each site is tried from ``tries`` directions, because relaxations end in the nearest
    minimum; the lowest counts.

    The order is by site and then by element, so that a run that is cut short has as many of
    each. A larger ``sites`` begins with the tasks of a smaller one.

    Parameters
    ----------
    composition : Composition
        Cations and anions with their amounts and valences.
    ion : str
        The alkali metal: Li, Na or K.
    sites : int
        Number of displaced sites of each cation.
    state : str
        ``removed``: M in bulk metal, A+ free; ``left``: M0 left at its place; ``held``: M in bulk metal, A+
        kept in tetrahedra.
    arrangements : int
        Number of representative cells, each of another random arrangement.
    first : int
        Number of the first cell, which is the seed of its arrangement.
    cations : sequence of str, optional
        All but alkali hosts by default: two A+ stand for a cation 2+.
    tries : int
        Directions that each displacement is started from, 1 to 8.
    """
    start = lattice_parameter(composition)
    tasks: list[Task] = []
    for number in range(sites):
        seed = first + number % arrangements
        cell = representative_cell(composition.formula, CELLS, seed)
        for element in cations or reducible_cations(composition):
            order = _site_order(cell, element)
            if number // arrangements >= len(order):
                raise InputError(
                    f"only {arrangements * len(order)} sites of {element} in {arrangements} cells; "
                    f"asked for {sites}"
                )
            site = order[number // arrangements]
            where = _directions(seed, site, tries)
            tasks += _displacements(element, site, seed, where, ion=ion, state=state, start=start)
    return tasks


def _displacements(
    element: str, site: int, seed: int, directions: Sequence[int], *, ion: str, state: str, start: float
) -> list[Task]:
    """One site's displacement in the frame of that seed, from each of the directions it is tried from."""
    return [
        Task(
            name=f"displacement-{state}-{ion}-{seed}-{site}-{element}{f'~{t}' if t else ''}",
            kind="displacement",
            parameters={
                "site": site,
                "ion": ion,
                "state": state,
                "direction": direction,
                "lattice_parameter": round(start, 4),
            },
            needs=(f"frame-{seed}",),
        )
        for t, direction in enumerate(directions)
    ]


def _directions(seed: int, site: int, tries: int) -> list[int]:
    """Body diagonals to start from: a random one, its opposite, then random others."""
    first = int(np.random.default_rng([seed, site]).integers(8))
    others = [d for d in np.random.default_rng([seed, site, 1]).permutation(8) if d not in (first, 7 - first)]
    return [first, 7 - first, *map(int, others)][:tries]


def sites_in(composition: Composition, element: str, seed: int) -> int:
    """How many sites of a cation one cell holds.

    Parameters
    ----------
    composition : Composition
        Cations and anions with their amounts and valences.
    element : str
        Symbol of a cation.
    seed : int
        Seed of the random arrangement.
    """
    return len(representative_cell(composition.formula, CELLS, seed).sites(element))


def _site_order(cell: RockSaltCell, element: str) -> list[int]:
    """Sites of an element in a fixed random order."""
    sites = cell.sites(element)
    return [int(i) for i in np.random.default_rng([cell.seed, ord(element[0])]).permutation(sites)]


def returned_tasks(displacements: Sequence[Task], count: int) -> list[Task]:
    """The way back for the first ``count`` displacements, to see whether the frame drifted.

    Parameters
    ----------
    displacements : sequence of Task
        Displacements of state ``removed``, in the order of :func:`displacement_tasks`.
    count : int
        How many of them, from the first.
    """
    return [
        Task(
            name=task.name.replace("displacement-removed", "returned", 1),
            kind="returned",
            parameters={"site": task.parameters["site"], "ion": task.parameters["ion"]},
            needs=(*task.needs, task.name),
        )
        for task in displacements[:count]
    ]


def elastic_tasks(composition: Composition, arrangements: int) -> list[Task]:
    """Elastic constants of the frames, and of the binaries that have measured ones beside them.

    Parameters
    ----------
    composition : Composition
        Cations and anions with their amounts and valences.
    arrangements : int
        Number of representative cells, each of another random arrangement.
    """
    from topotaxy.tables import read_table

    measured = {row["cation"] for row in read_table("topotaxy.energetics", "elastic_constants")}
    binaries = [f"binary-{cation}O" for cation in composition.cations if cation in measured]
    hosts = [*binaries, *(f"frame-{seed}" for seed in range(arrangements))]
    return [
        Task(name=f"elastic-{host.removeprefix('frame-')}", kind="elastic", needs=(host,)) for host in hosts
    ]


GROUPS = ("removed", "left", "elastic", "bonds", "barriers", "interfaces", "loading", "clusters")
"""What a run may be limited to, beside the phases and frames that all of them need."""


def all_tasks(
    composition: Composition,
    ion: str,
    *,
    sites: int,
    arrangements: int = ARRANGEMENTS,
    tries: int = 1,
    only: Sequence[str] = GROUPS,
) -> list[Task]:
    """Everything ``topotaxy parameterise`` computes, the cheap and the most wanted first.

    ``only`` limits it to some of :data:`GROUPS`: displacements with M *removed* to bulk metal
    or *left* beside its place, elastic constants, metal bonds, barriers, interfaces, frames that are
    *loaded* with alkali, and *clusters* of metal in the product.

    Parameters
    ----------
    composition : Composition
        Cations and anions with their amounts and valences.
    ion : str
        The alkali metal: Li, Na or K.
    sites : int
        Number of displaced sites of each cation.
    arrangements : int
        Number of representative cells, each of another random arrangement.
    tries : int
        Directions that each displacement is started from, 1 to 8.
    only : sequence of str
        Names from :data:`GROUPS`.

    Raises
    ------
    InputError
        Where a name in ``only`` is no group, or there are fewer sites than asked for.
    """
    unknown = [name for name in only if name not in GROUPS]
    if unknown:
        raise InputError(f"unknown group {unknown[0]!r:.20}; expected some of {', '.join(GROUPS)}")
    removed = displacement_tasks(composition, ion, sites=sites, arrangements=arrangements, tries=tries)
    left = displacement_tasks(
        composition, ion, sites=max(1, sites // 2), state="left", arrangements=arrangements
    )
    bonds = product_tasks(composition, ion)
    by_group = {
        "removed": [*removed, *returned_tasks(removed, min(3, len(removed)))],
        "left": left,
        "elastic": elastic_tasks(composition, arrangements),
        "bonds": bonds,
        "barriers": _barriers(composition, ion, bonds, only) if "barriers" in only else [],
        "interfaces": interface_tasks(composition, ion) if "interfaces" in only else [],
        "loading": loading_tasks(composition, ion, range(arrangements)),
        "clusters": cluster_tasks(composition, ion),
    }
    return [
        *reference_tasks(composition, ion),
        *binary_tasks(composition),
        *frame_tasks(composition, arrangements),
        *(task for name in GROUPS if name in only for task in by_group[name]),
    ]


def _barriers(composition: Composition, ion: str, bonds: Sequence[Task], only: Sequence[str]) -> list[Task]:
    """The barriers, and where bonds are not computed the lone atoms that their bands start from."""
    barriers = barrier_tasks(composition, ion)
    if "bonds" in only:
        return barriers
    wanted = {name for task in barriers for name in task.needs}
    return [*(task for task in bonds if task.name in wanted), *barriers]
