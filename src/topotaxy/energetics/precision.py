"""Adding sites where the standard error of a displacement voltage is above what was asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from topotaxy.energetics.plan import displacement_tasks, frame_tasks, sites_in
from topotaxy.energetics.task import Task
from topotaxy.material import Composition, reducible_cations

Documents = dict[str, dict[str, Any]]


def cations_above(
    composition: Composition, ion: str, documents: Mapping[str, Mapping[str, Any]], error: float
) -> list[str]:
    """Cations whose displacement voltage has a standard error above ``error`` (V), or none yet.

    Parameters
    ----------
    composition : Composition
        Cations and anions of the pristine electrode, with their amounts and valences.
    ion : str
        The alkali metal: Li, Na or K.
    documents : mapping
        Documents of finished tasks by name: their ``result`` has energies in eV.
    error : float
        Standard error that is wanted, V.
    """
    from topotaxy.energetics.potentials.rows.entry import standard_error
    from topotaxy.energetics.potentials.rows.voltage import displaced_sites

    results = {
        key: document["result"]
        for key, document in documents.items()
        if document["result"].get("converged", True)
    }
    above = []
    for element in reducible_cations(composition):
        sites = displaced_sites(composition, ion, element, "removed", results)
        found = standard_error(site.voltage for site in sites.values())
        if found is None or found > error:
            above.append(element)
    return above


FURTHER_CELLS = 3
"""Cells that may be added to those asked for."""


def extended(
    composition: Composition,
    ion: str,
    tasks: Sequence[Task],
    run: Callable[[Sequence[Task]], Documents],
    *,
    error: float,
    arrangements: int,
    tries: int,
) -> tuple[Documents, list[str]]:
    """Run ``tasks``, then add sites of further cells for each cation above ``error``, until none is.

    ``tasks`` hold the cells numbered below ``arrangements``. One site a cation is added at a time.
    Returns the results and the cations that stayed above it when the further cells were used up.
    Stopping by the standard error makes it a little too small: read it as the target, met.

    Parameters
    ----------
    composition : Composition
        Cations and anions of the pristine electrode, with their amounts and valences.
    ion : str
        The alkali metal: Li, Na or K.
    tasks : sequence of Task
        Planned so far, of cells numbered below ``arrangements``.
    run : callable
        Called with tasks; returns the documents of all that are finished, by name.
    error : float
        Standard error that is wanted, V.
    arrangements, tries : int
        Number of cells asked for, and directions that each displacement is started from.
    """
    planned = list(tasks)
    documents = run(planned)
    above = cations_above(composition, ion, documents, error)
    for seed in range(arrangements, arrangements + FURTHER_CELLS):
        number = 0
        while growing := [el for el in above if number < sites_in(composition, el, seed)]:
            planned += frame_tasks(composition, 1, first=seed) if number == 0 else []
            number += 1
            for element in growing:
                planned += displacement_tasks(
                    composition,
                    ion,
                    sites=number,
                    arrangements=1,
                    first=seed,
                    cations=[element],
                    tries=tries,
                )[-tries:]
            documents = run(planned)
            above = cations_above(composition, ion, documents, error)
    return documents, above
