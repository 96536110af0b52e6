"""Figure 4 of a paper from a simulated electrode: images, profiles, transforms, strain, domains and a twin.

    topotaxy simulate heos-na --out heos-na
    python examples/figure_four.py heos-na figure-four

Pristine, discharged and charged beside each other, each panel through a file that the virtual microscope
wrote. The lattice of the simulation cannot twin, so the twin is built by hand: what one would look like.
Larger boxes (`cells = 10` in a copy of the specification) make larger pictures.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from topotaxy.content.section import Page, Paragraph, Section
from topotaxy.measurement.imaging import ImagingOptions, Micrograph, Microscope
from topotaxy.measurement.imaging.formats import berkeley
from topotaxy.measurement.imaging.plate import View, plate, view_of
from topotaxy.measurement.imaging.probe import probe
from topotaxy.report.page import write_page
from topotaxy.runs import specimens_of
from topotaxy.specimen import Specimen
from topotaxy.specimen.twins import twin

STATES = ("pristine", "discharged", "charged")
FIRST, SECOND = 1, 2
"""Seeds of the microscope's noise."""
LINE = (0.02, 0.5, 0.98, 0.5)
SCALE_ERROR = 0.01
"""Drawn once a record, one standard deviation; spots are indexed with twice that."""
DARK_FIELD = Microscope(view="haadf", scan_step=0.15, magnification_error=SCALE_ERROR)
IMAGE = Microscope(
    view="hrtem", beam_along="011", slab_thickness=2.0, electron_dose=2e4, magnification_error=SCALE_ERROR
)
PATTERN = Microscope(view="saed", magnification_error=SCALE_ERROR)
MIRRORED = Microscope(view="haadf", beam_along="x", magnification_error=SCALE_ERROR)


def recorded(specimen: Specimen, microscope: Microscope, folder: Path, name: str) -> Micrograph:
    """Look at a specimen, write what was recorded, and read it back."""
    (record,) = probe([specimen], microscope, np.random.default_rng([FIRST, SECOND]))
    path = folder / f"{name}.emd"
    berkeley.write(record, path)
    return berkeley.read(path, None)[0]


def views(specimens: dict[str, Specimen], folder: Path) -> list[View]:
    """Return the views of Figure 4, in its order."""
    pristine = specimens["pristine"].unit_cell_or_raise()
    look = ImagingOptions(
        crystals=(f"oxide=rock salt:{pristine:.4f}", "alloy=fcc:3.58", "Na2O=antifluorite:5.55"),
        scale_error=2.0 * SCALE_ERROR,
        domains=True,
        profile_line=LINE,
    )
    made = []
    for name, title, microscope in (
        ("dark-field", "Dark field along [001] (4a to d)", DARK_FIELD),
        ("lattice-image", "Images along [011] (4e to k, S22, S23)", IMAGE),
        ("pattern", "Diffraction along [001] (S22)", PATTERN),
    ):
        records = {
            state: recorded(one, microscope, folder, f"{name}-{state}") for state, one in specimens.items()
        }
        made.append(view_of(name, title, records, look))
    by_hand = twin(specimens["pristine"].formula, (4, 18, 19), lattice_parameter=pristine)
    record = recorded(by_hand, MIRRORED, folder, "twin")
    made.append(view_of("twin", "A (111) twin by hand along [110] (4l)", {"twin by hand": record}, look))
    return made


def main(run: Path, folder: Path) -> None:
    """Write the records and the page."""
    folder.mkdir(parents=True, exist_ok=True)
    specimens = {
        state: [s for s in specimens_of(run, replica=0, state=state) if s.cycle <= 1][-1] for state in STATES
    }
    sections: list[Section] = []
    main_figure = None
    for view in views(specimens, folder):
        said = [
            f"{state}: {one.reasons.get('interplanar_spacing', 'spacings')} "
            + ", ".join(f"{s.phase} {s.indices} {s.value:.3f} Å" for s in one.spacings[:4])
            for state, one in view.seen.items()
        ]
        figures = plate(view)
        if main_figure is None:
            main_figure, *figures = figures
        sections.append(
            Section(anchor=view.name, title=view.title, parts=(Paragraph("; ".join(said) + "."), *figures))
        )
    page = Page(
        kind="Images",
        title="Figure 4 from a simulated electrode",
        verdict="What the virtual microscope shows of each state, panel by panel.",
        main=main_figure,
        sections=tuple(sections),
        limits=(
            "One small box of the reactive lattice; directions of metal in registry are construction.",
            "The twin is built by hand: the lattice of the simulation cannot twin.",
        ),
    )
    print(write_page(folder, page))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
