"""The Materials Project's 2020 corrections, taken from pymatgen's own class.

Uncorrected energies of oxides and metals do not compare: semilocal functionals misplace the
anion, and oxides of Co and Ni were computed with a Hubbard U that their metals lack.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

from topotaxy.material import ANION_CHARGE


@cache
def _compatibility() -> Any:
    from pymatgen.entries.compatibility import MaterialsProject2020Compatibility

    return MaterialsProject2020Compatibility(check_potcar=False)


def mp2020_correction(symbols: Sequence[str]) -> float:
    """Return the correction of a cell with these atoms, eV.

    The rule goes by composition: every Co or Ni of a cell that holds O or F counts as
    computed with U, a reduced atom inside an oxide too; a bulk metal gets none.

    Parameters
    ----------
    symbols : sequence of str
        Symbols of all atoms of the cell.
    """
    from pymatgen.entries.computed_entries import ComputedEntry

    scheme = _compatibility()
    counts = dict(Counter(symbols))
    settings = scheme.u_settings.get("F" if "F" in counts else "O" if "O" in counts else "", {})
    hubbards = {element: float(settings[element]) for element in counts if element in settings}
    entry = ComputedEntry(
        counts,
        0.0,
        parameters={"run_type": "GGA+U" if hubbards else "GGA", "hubbards": hubbards},
        data={
            "oxide_type": "oxide",
            "sulfide_type": "sulfide",
            # Given, because guessing them for a cell of many elements takes very long.
            "oxidation_states": {el: z for el, z in ANION_CHARGE.items() if el in counts and len(counts) > 1},
        },
    )
    return float(sum(adjustment.value for adjustment in scheme.get_adjustments(entry)))
