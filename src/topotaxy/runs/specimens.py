"""The specimens of a run: every replica, pristine and after each kept half-cycle.

Kept are cycles 1, 2, 5 of every decade and the last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from topotaxy.lattice import Replica
from topotaxy.lattice.export import kinds_of, lattice_state, strained_edge
from topotaxy.lattice.state import Configuration
from topotaxy.runs.phases import Phase
from topotaxy.specimen import State
from topotaxy.specimen.kept import Moment, kept, specimens_of

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["kept_specimens", "specimens_of"]


def kept_specimens(phases: Sequence[Phase], histories: Sequence[list[Replica]]) -> xr.Dataset:
    """Return the group of a run's dataset that keeps its specimens, those of all kinds of grains.

    Parameters
    ----------
    phases : sequence of Phase
        Of the electrode.
    histories : sequence of list of Replica
        Of each phase, in its order.
    """
    symbols: dict[str, None] = {}
    moments = []
    for grain, (phase, replicas) in enumerate(zip(phases, histories, strict=True)):
        box = phase.box
        kinds = kinds_of(box.composition, box.energies.species, box.energies.anions, box.spec.cell.ion)
        symbols |= dict.fromkeys([*kinds.species, *kinds.anions, kinds.ion])
        for index, replica in enumerate(replicas):
            for cycle, when, configuration, strain in _moments(replica):
                edge = strained_edge(
                    box.geometry,
                    kinds,
                    configuration,
                    lattice_parameter=phase.lattice_parameter,
                    frame_strain=strain,
                )
                state = lattice_state(box.geometry, kinds, configuration, edge=edge)
                moments.append(
                    Moment(
                        grain=grain, replica=index, cycle=cycle, when=when, frame_strain=strain, state=state
                    )
                )
    return kept(moments, symbols=list(symbols), formulas=[p.composition.formula for p in phases])


def _moments(replica: Replica) -> Iterator[tuple[int, State, Configuration, float]]:
    """Cycle, state, configuration and strain of the frame of all that is kept."""
    yield 0, "pristine", replica.pristine, 0.0
    for half in replica.half_cycles:
        if half.configuration is not None:
            when: State = "discharged" if half.direction == "discharge" else "charged"
            yield half.cycle, when, half.configuration, half.measures.frame_strain
