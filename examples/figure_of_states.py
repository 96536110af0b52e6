"""What a microscope would show of a simulated electrode: pristine, discharged and charged, panel by panel.

    topotaxy simulate heos-na --out heos-na
    python examples/figure_of_states.py heos-na

Dark field along [001], an image along [011] and diffraction patterns of each state of the first replica, and
what the analysis finds in them: spacings, scatter of columns, domains.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from topotaxy.measurement.imaging import TECHNIQUE, ImagingOptions, Microscope
from topotaxy.runs import specimens_of

CRYSTALS = ("oxide=rock salt:4.33", "alloy=fcc:3.58", "Na2O=antifluorite:5.55")
LOOK = ImagingOptions(crystals=CRYSTALS, domains=True, columns=True, profile_line=(0.1, 0.5, 0.9, 0.5))
VIEWS = {
    "dark field [001]": Microscope(view="haadf"),
    "image [011]": Microscope(view="hrtem", beam_along="011", slab_thickness=3.0, electron_dose=1e4),
    "pattern [001]": Microscope(view="saed"),
    "pattern [011]": Microscope(view="saed", beam_along="011"),
}


def main(run: Path) -> None:
    """Print what each view of each state says."""
    for state in ("pristine", "discharged", "charged"):
        specimens = [one for one in specimens_of(run, state=state) if one.replica == 0]
        specimen = specimens[-1]
        print(f"{state}, cycle {specimen.cycle}: {len(specimen)} atoms, {specimen.box[0, 0] / 10:.2f} nm")
        for name, microscope in VIEWS.items():
            records = TECHNIQUE.probe([specimen], microscope, np.random.default_rng(1))
            result = TECHNIQUE.observed(records, LOOK)
            print(f"  {name}")
            for entry in result.observables:
                error = np.hypot(entry.uncertainty or 0.0, entry.systematic or 0.0)
                print(
                    f"    {entry.quantity} {entry.subject.text}: {entry.value:.4g} ± {error:.2g} {entry.unit}"
                )
            for why in {result.absent[one.source].get("interplanar_spacing") for one in records} - {None}:
                print(f"    no spacing: {why}")
            for said in result.remarks:
                if any(
                    word in said for word in ("domain(s)", "distances of", "indexed", "forbidden", "lie on")
                ):
                    print(f"    {said.partition(': ')[2]}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
