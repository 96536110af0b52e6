"""Which headline numbers are emergent, calibrated, held-out or imposed.

The rule reads the one list of what was fitted to what
(``energetics/tables/calibration.csv``), so a label can be checked against it.
"""

from __future__ import annotations

from topotaxy.observables import Label
from topotaxy.spec import Spec
from topotaxy.tables import read_table

FITTED_WITH = {
    "voltage_hysteresis": ("voltage_hysteresis", "mean_voltage_discharge", "mean_voltage_charge"),
}
"""Quantities that move together with a fitted one, and share its label."""


def label_of(quantity: str, spec: Spec) -> Label:
    """Return the label of a simulated quantity of this specification.

    * imposed: the specification replaces parameters by hand;
    * calibrated: a parameter was fitted to this quantity of this very material and ion;
    * held-out: a parameter was fitted to this quantity of other materials;
    * emergent: nothing was fitted to this quantity.
    """
    if spec.lattice.parameters:
        return "imposed"
    here = f"{spec.electrode.formula}/{spec.cell.ion}"
    for row in read_table("topotaxy.energetics", "calibration"):
        if quantity in FITTED_WITH.get(row["quantity"], (row["quantity"],)):
            return "calibrated" if here in row["materials"].split() else "held-out"
    return "emergent"
