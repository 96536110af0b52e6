"""The cycler's capacities beside the integral of its current."""

from __future__ import annotations

from typing import TYPE_CHECKING

from topotaxy.measurement.cycling.agreement import totals_by_cycle
from topotaxy.measurement.cycling.record import CyclingRecord

if TYPE_CHECKING:
    import pandas as pd


def capacity_difference(record: CyclingRecord) -> pd.DataFrame:
    """Return, for each cycle, the cycler's capacities beside the integral of its current.

    Columns: ``cycle_count``, ``charge_ah``, ``discharge_ah`` (the cycler's, or the integral again where
    ``record.derived`` says so), ``integral_charge_ah``, ``integral_discharge_ah`` and the differences
    ``charge_difference_ah`` and ``discharge_difference_ah`` (integral less the cycler's), all in Ah.

    Parameters
    ----------
    record : CyclingRecord
        A checked record of one cell.
    """
    import pandas as pd

    arrays = {name: record.table[name].to_numpy() for name in record.table.columns}
    cycles, totals = totals_by_cycle(arrays)
    return pd.DataFrame(
        {
            "cycle_count": cycles,
            **totals,
            "charge_difference_ah": totals["integral_charge_ah"] - totals["charge_ah"],
            "discharge_difference_ah": totals["integral_discharge_ah"] - totals["discharge_ah"],
        }
    )
