"""Which calculations reduced metal needs: in the product, on its way through it, and at interfaces."""

from __future__ import annotations

from collections.abc import Sequence

from topotaxy.energetics.cells import CELLS, representative_cell
from topotaxy.energetics.task import Task
from topotaxy.material import ANION_CHARGE, Composition, conversion_voltage, reducible_cations, salt

STRAINS = (-0.1, -0.05, 0.0, 0.05)
"""Linear strains of the product's lattice at which M0 is held on its sites."""

STARTS = 3
"""Places beside its site that a lone M0 starts from."""

LOADS = (0.25, 0.5, 1.0, 1.5, 2.0)
"""A+ for every cation of a frame that is loaded."""

MOST_INSERTED = 1.0
"""A+ a cation up to which they are also put in with every cation left."""

CLUSTERS = (13, 32)
"""Atoms of the clusters in the product."""

MOBILE = ("Co", "Ni", "Cu", "Zn")
"""Metals whose reduced atoms are taken to move."""


def product_tasks(composition: Composition, ion: str) -> list[Task]:
    """M0 in the product A2O: alone, beside another anion of the composition, in pairs, held at strains.

    Neither the frame nor other cations enter, so that tasks of compositions that share a metal
    are the same. Fluorine makes no antifluorite and is left out.

    Parameters
    ----------
    composition : Composition
        Cations and anions with their amounts and valences.
    ion : str
        The alkali metal: Li, Na or K.
    """
    salt_task = f"reference-{salt(ion, 'O')}"
    tasks: list[Task] = []
    for metal in reducible_cations(composition):
        alone = f"embedding-{ion}-{metal}"
        neighbours = [x for x in composition.anions if x != "O" and ANION_CHARGE[x] == ANION_CHARGE["O"]]
        for neighbour in (None, *neighbours):
            tasks.append(
                Task(
                    name=alone if neighbour is None else f"{alone}-{neighbour}",
                    kind="embedding",
                    parameters={"metal": metal, "starts": STARTS, "neighbour": neighbour},
                    needs=(salt_task,),
                )
            )
        tasks.append(
            Task(
                name=f"pair-{ion}-{metal}",
                kind="pair",
                parameters={"metal": metal},
                needs=(salt_task, alone),
            )
        )
        tasks.extend(
            Task(
                name=f"held-{ion}-{metal}-{1.0 + strain:.2f}",
                kind="held",
                parameters={"metal": metal, "strain": strain},
                needs=(salt_task,),
            )
            for strain in STRAINS
        )
    return tasks


def barrier_tasks(composition: Composition, ion: str) -> list[Task]:
    """Bands for each metal whose reduced atoms move: two ways to an empty hole, and an exchange.

    The exchange is with the cation that is the hardest to reduce, where that is another one.

    Parameters
    ----------
    composition : Composition
        Cations and anions with their amounts and valences.
    ion : str
        The alkali metal: Li, Na or K.
    """
    metals = [metal for metal in composition.cations if metal in MOBILE]
    salt_task = f"reference-{salt(ion, 'O')}"
    tasks = [
        Task(
            name=f"barrier-{ion}-{metal}-{path}",
            kind="barrier",
            parameters={"path": path},
            needs=(salt_task, f"embedding-{ion}-{metal}"),
        )
        for path in ("direct", "tetrahedron")
        for metal in metals
    ]
    partner = least_reducible(composition, ion)
    return tasks + [
        Task(
            name=f"barrier-{ion}-{metal}-exchange",
            kind="exchange",
            parameters={"metal": metal, "partner": partner},
            needs=(salt_task,),
        )
        for metal in metals
        if metal != partner
    ]


def loading_tasks(composition: Composition, ion: str, cells: Sequence[int]) -> list[Task]:
    """Frames that take up alkali, with their cations out in bulk metal and with all of them left in.

    Parameters
    ----------
    composition : Composition
        Cations and anions with their amounts and valences.
    ion : str
        The alkali metal: Li, Na or K.
    cells : sequence of int
        Numbers of the representative cells.
    """
    return [
        Task(
            name=f"loading-{ion}-{mode}-{electrons:.2f}-{seed}",
            kind="loading",
            parameters={
                "ion": ion,
                "electrons": electrons,
                "mode": mode,
                "cations": representative_cell(composition.formula, CELLS, seed).cations,
                "seed": seed,
            },
            needs=(f"frame-{seed}",),
        )
        for electrons in LOADS
        for mode in ("removed", "inserted")
        if mode == "removed" or electrons <= MOST_INSERTED
        for seed in cells
    ]


def cluster_tasks(composition: Composition, ion: str) -> list[Task]:
    """Clusters of each metal that the alkali reduces, in the antifluorite A2O, by size.

    Parameters
    ----------
    composition : Composition
        Cations and anions with their amounts and valences.
    ion : str
        The alkali metal: Li, Na or K.
    """
    return [
        Task(
            name=f"cluster-{ion}-{metal}-{atoms}",
            kind="cluster",
            parameters={"metal": metal, "atoms": atoms, "seed": 0},
            needs=(f"reference-{salt(ion, 'O')}", f"reference-{metal}"),
        )
        for atoms in CLUSTERS
        for metal in reducible_cations(composition)
        if conversion_voltage(metal, {"O": 1.0}, ion, method="enthalpy") > 0.0
    ]


def least_reducible(composition: Composition, ion: str) -> str:
    """Cation whose bulk oxide has the lowest conversion voltage by the handbook.

    Parameters
    ----------
    composition : Composition
        Cations and anions with their amounts and valences.
    ion : str
        The alkali metal: Li, Na or K.
    """
    return min(
        reducible_cations(composition),
        key=lambda m: conversion_voltage(m, {"O": 1.0}, ion, method="enthalpy"),
    )


def interface_tasks(composition: Composition, ion: str) -> list[Task]:
    """(001) interfaces of the frame and of its hardest oxide with the metals and with A2O; metals with A2O.

    Metals are those that bulk thermodynamics lets the alkali reduce.

    Parameters
    ----------
    composition : Composition
        Cations and anions with their amounts and valences.
    ion : str
        The alkali metal: Li, Na or K.
    """
    product = salt(ion, "O")
    frame = (composition.formula, "rocksalt", "frame-0")
    metals = [
        (metal, "fcc", f"reference-{metal}")
        for metal in reducible_cations(composition)
        if conversion_voltage(metal, {"O": 1.0}, ion, method="enthalpy") > 0.0
    ]
    hosts = [frame]
    if len(composition.cations) > 1:
        hardest = f"{least_reducible(composition, ion)}O"
        hosts.insert(0, (hardest, "rocksalt", f"binary-{hardest}"))
    product_side = (product, "antifluorite", f"reference-{product}")
    pairs = [(host, other) for host in hosts for other in (product_side, *metals)]
    pairs += [(metal, product_side) for metal in metals]
    return [
        Task(
            name=f"interface-{'frame' if first is frame else first[0]}-{second[0]}",
            kind="interface",
            parameters={"phases": [first[0], second[0]], "crystals": [first[1], second[1]]},
            needs=(first[2], second[2]),
        )
        for first, second in pairs
    ]
