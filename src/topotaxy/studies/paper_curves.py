"""Voltage curves of a paper's runs, by the model in PyBaMM at the central point of a posterior."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from topotaxy.cell.cycling import Cycler, Leg
from topotaxy.cell.priors import DRAW, assumed, of_ion
from topotaxy.studies.fast_paper import ion_of
from topotaxy.studies.paper_cells import PaperCells

Curves = dict[int, list[NDArray[np.float64]]]


def curves_of_run(cells: PaperCells, name: str, kept: Sequence[int] = ()) -> Curves:
    """Return the kept curves of a run by cycle: seconds, voltage (V) and current (A/g) of each half-cycle.

    Parameters
    ----------
    cells : PaperCells
        The paper's cells.
    name : str
        Of the run; it is simulated as far as its last kept cycle.
    kept : sequence of int
        Cycles whose curves are kept; those that the run names where empty.
    """
    from topotaxy.cell.material import material_of
    from topotaxy.cell.model import ConversionFullCell, ConversionHalfCell
    from topotaxy.cell.parameters import full_cell_parameters_of, half_cell_parameters

    run = cells.paper.runs[name]
    ion = ion_of(run.table, cells.table)
    values = of_ion(cells.values, ion)
    if run.diameter:
        values["particle_diameter"] = assumed()[run.diameter]
    index = int(values.pop(DRAW))
    material = material_of(cells.table, cells.paper.draws, ion, name=run.table).with_draw(
        cells.table.draw(index, ion), index, values
    )
    full = run.role == "full-cell"
    parameters = (full_cell_parameters_of if full else half_cell_parameters)(material)
    model = ConversionFullCell() if full else ConversionHalfCell()
    cell = Cycler(model, parameters, first_step="charge" if full else "discharge", compiled=False)
    kept = tuple(kept) or run.curves
    left, legs = max(kept), []
    for leg in run.legs:
        legs.append(Leg(cycles=min(left, leg.cycles), current=leg.current))
        left -= legs[-1].cycles
        if left <= 0:
            break
    return cell.run(legs, keep_curves=kept).curves
