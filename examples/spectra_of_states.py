"""What XPS, EELS and EDS would see of a simulated electrode, state by state, beside what it holds.

    topotaxy simulate heos-na --cycles 1 --out heos-na
    python examples/spectra_of_states.py heos-na --film 3

Every specimen of the run goes through a virtual photoelectron spectrometer (bare, and under a film on the
surface), a virtual energy-loss spectrometer and a virtual X-ray detector; their records go through the
analyses that real ones go through, with the imposed shapes of metal and oxide as references.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from topotaxy.measurement.energy_dispersive import EnergyDispersiveOptions, XRayDetector
from topotaxy.measurement.energy_dispersive.observed import observed as x_rays_observed
from topotaxy.measurement.energy_dispersive.probe import index_of
from topotaxy.measurement.energy_dispersive.probe import probe as x_rays
from topotaxy.measurement.energy_loss import EnergyLossOptions, LossSpectrometer
from topotaxy.measurement.energy_loss.observed import observed as losses_observed
from topotaxy.measurement.energy_loss.probe import probe as losses
from topotaxy.measurement.energy_loss.probe import reduced_share
from topotaxy.measurement.photoemission import PhotoemissionOptions, Spectrometer
from topotaxy.measurement.photoemission.formats.vamas import write
from topotaxy.measurement.photoemission.observed import observed as electrons_observed
from topotaxy.measurement.photoemission.probe import probe as electrons
from topotaxy.measurement.photoemission.probe import reduced_share as surface_share
from topotaxy.measurement.photoemission.probe import references
from topotaxy.observables import Observable
from topotaxy.runs import specimens_of
from topotaxy.specimen import Specimen

CATIONS = ("Mg", "Co", "Ni", "Cu", "Zn")
STATES = ("pristine", "discharged", "charged")


def text(found: Sequence[Observable], quantity: str) -> str:
    """Return the mean of a quantity over records with its typical standard deviation, or its absence."""
    mine = [o for o in found if o.quantity == quantity and o.bound is None]
    if not mine:
        return "not told"
    width = np.mean([np.hypot(o.uncertainty or 0.0, o.systematic or 0.0) for o in mine])
    return f"{np.mean([o.value for o in mine]):8.2f} ± {width:.2f}"


def by_electrons(
    specimens: Sequence[Specimen], element: str, film: float, folder: Path
) -> tuple[str, str, str]:
    """Return share weighted by depth as held, as found, and the position of the maximum."""
    spectrometer = Spectrometer(spectrum_element=element, surface_film=film)
    paths = []
    for kind, one in zip(("metal", "oxide"), references(element, spectrometer), strict=True):
        path = folder / f"{element}-{kind}.vms"
        write(one, path)
        paths.append(path)
    options = PhotoemissionOptions(reduced_reference=(paths[0],), oxidised_reference=(paths[1],))
    records = electrons(specimens, spectrometer, np.random.default_rng(1))
    found = electrons_observed(records, options).observables
    held = f"{surface_share(specimens, element, spectrometer):5.2f}"
    return held, text(found, "reduced_fraction"), text(found, "binding_energy")


def main() -> None:
    """Print a table for each technique."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("run", type=Path)
    arguments.add_argument("--film", type=float, default=3.0, help="thickness of the surface film, nm")
    arguments.add_argument("--cycle", type=int, default=None)
    given = arguments.parse_args()
    print("technique  state       element  held   found")
    for state in STATES:
        cycle = None if state == "pristine" else given.cycle
        specimens = list(specimens_of(given.run, state=state, cycle=cycle))
        with tempfile.TemporaryDirectory() as folder:
            for film in (0.0, given.film):
                for element in CATIONS:
                    held, share, at = by_electrons(specimens, element, film, Path(folder))
                    print(f"XPS {film:g} nm   {state:11} {element:7} {held}  {share}  at {at} eV")
        records = losses(specimens, LossSpectrometer(), np.random.default_rng(2))
        seen = losses_observed(records, EnergyLossOptions(imposed_references=True, loss_elements=CATIONS))
        for element in ("Co", "Ni", "Cu", "Zn"):
            mine = [o for o in seen.observables if o.subject.element == element]
            held = f"{reduced_share(specimens, element):5.2f}"
            print(f"EELS       {state:11} {element:7} {held}  {text(mine, 'reduced_fraction')}")
        detector = XRayDetector(scan_pixels=4, probe_spread=3.0, x_rays=200.0)
        maps = x_rays(specimens, detector, np.random.default_rng(3))
        options = EnergyDispersiveOptions(x_ray_elements=(*CATIONS, "O", "S", "Na"))
        found = x_rays_observed(maps, options).observables
        for element in CATIONS:
            mine = [o for o in found if o.subject.element == element]
            index = np.mean([index_of(one, element, CATIONS, detector) for one in specimens])
            uneven = [o for o in mine if o.quantity == "segregation_index"]
            called = sum(o.bound is None for o in uneven)
            bound = np.median([o.value for o in uneven]) if uneven else float("nan")
            print(
                f"EDS        {state:11} {element:7} {index:5.2f}  uneven in {called} of {len(uneven)} maps "
                f"(value or bound {bound:.2f}); share {text(mine, 'site_fraction')}"
            )


if __name__ == "__main__":
    main()
