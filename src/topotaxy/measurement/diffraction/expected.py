"""The phases that a specimen is made of, as options of the fit of its virtual pattern."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.material import ANION_CHARGE, IONS, lattice_parameter, parse_formula, product_volume, salt
from topotaxy.measurement.diffraction.instrument import diffractometer
from topotaxy.measurement.diffraction.instrument_options import Instrument
from topotaxy.specimen import Phase, Specimen

LEAST = 0.005
"""Share of the cations from which on a phase, or the alkali, is looked for: well below what patterns show."""
LEAST_ELEMENT = 0.05
"""Share of a phase's cations, or of its anions, from which on an element stands in its formula."""
LEAST_SPREAD = 1e-4
"""Relative spread of the replicas' cells that is said: what a lattice parameter by a tube is known by."""
CHOICES = ("phases", "nano_phases", "le_bail")
"""Options that say what is fitted: where one of them is given, the others stay as they are."""


def expected(
    specimens: Sequence[Specimen], instrument: Instrument, given: Collection[str]
) -> tuple[dict[str, Any], str]:
    """Return options of the analysis that the specimens and the instrument know, and what to say of them.

    The frame is rock salt of the specimens' formula from the edge of their own cell, or of the pristine one
    where none has a frame (the fit then gives an upper bound); beside it stand, where
    the specimens hold them, the metal, the alkali salt and oxide out of registry, as domains of nanometres.
    The salt is looked for wherever there is alkali, since the frame's own content is fitted only beside one.
    The instrument's widths are those that a standard would give.

    Parameters
    ----------
    specimens : sequence of Specimen
        Replicas of one sample in one state.
    instrument : Instrument
        Options of the virtual diffractometer.
    given : collection of str
        Options that the user has given: they stay.

    Returns
    -------
    tuple
        Options by name, as a TOML would have them, and a sentence; both empty where the user has said what
        is fitted, or where the specimens are no rock salt of one formula.
    """
    if set(CHOICES) & set(given):
        return {}, ""
    try:
        pristine = lattice_parameter(parse_formula(specimens[0].formula))
        domains = _domains(specimens)
    except InputError:
        return {}, ""
    edges = [one.unit_cell for one in specimens if one.unit_cell is not None]
    if len({one.formula for one in specimens}) > 1 or not (edges or domains):
        return {}, ""
    own = float(np.mean(edges)) if edges else pristine
    machine = diffractometer(instrument)
    found: dict[str, Any] = {
        "radiation": machine.beam.radiation,
        "polarisation": machine.beam.polarisation,
        "phases": (f"rock salt=rock salt:{specimens[0].formula}:{own:.4f}",),
        "nano_phases": domains,
        "pristine_lattice_parameter": f"{pristine:.5f}Å",
        "resolution": tuple(machine.resolution[key] for key in ("U", "V", "W", "X", "Y", "axial")),
    }
    said = ", ".join(text.replace("=", " = ", 1) for text in (*found["phases"], *domains))
    spread = float(np.std(edges, ddof=1)) if len(edges) > 1 else 0.0
    if spread > LEAST_SPREAD * own:
        found["cell_spread"] = f"{spread:.5f}Å"
        said += f"; cells of the replicas differ by {spread:.3f} Å (standard deviation), and one is fitted"
    return (
        {name: value for name, value in found.items() if name not in given and value},
        "no phases were given (--phases): those of the specimen are fitted, starting from its own cells, by "
        f"the widths of the virtual instrument: {said}. Of a measured sample they would have to be known",
    )


def _domains(specimens: Sequence[Specimen]) -> tuple[str, ...]:
    """Return the phases of nanometres that specimens hold."""
    cations = sum(int((~one.is_element(*ANION_CHARGE, *IONS)).sum()) for one in specimens)
    found = []
    metal = _counts(specimens, "metal", lambda e: e not in ANION_CHARGE and e not in IONS)
    if sum(metal.values()) > LEAST * cations:
        shares = _shares(metal)
        edge = math.cbrt(4.0 * math.fsum(x * product_volume(e) for e, x in shares.items()))
        found.append(f"metal=fcc metal:{_formula(shares)}:{edge:.3f}")
    alkali = {ion: sum(int(one.is_element(ion).sum()) for one in specimens) for ion in IONS}
    ion = max(alkali, key=lambda e: alkali[e])
    if alkali[ion] > LEAST * cations:
        in_salt = _counts(specimens, "salt", lambda e: ANION_CHARGE.get(e) == -2)
        shares = _shares(in_salt) if in_salt else {"O": 1.0}
        volume = math.fsum(x * product_volume(salt(ion, anion)) for anion, x in shares.items())
        found.append(f"salt=antifluorite:{ion}2{_formula(shares)}:{math.cbrt(4.0 * volume):.3f}")
    oxide = _counts(specimens, "oxide", lambda e: e not in ANION_CHARGE and e not in IONS)
    if sum(oxide.values()) > LEAST * cations:
        composition = parse_formula(specimens[0].formula)
        found.append(f"oxide=rock salt:{specimens[0].formula}:{lattice_parameter(composition):.4f}")
    return tuple(found)


def _counts(specimens: Sequence[Specimen], phase: Phase, wanted: Any) -> dict[str, int]:
    """Return how many atoms of which elements a phase holds, over all specimens."""
    found: dict[str, int] = {}
    for one in specimens:
        elements, numbers = np.unique(one.elements[one.is_phase(phase)], return_counts=True)
        for element, number in zip(elements.tolist(), numbers.tolist(), strict=True):
            if wanted(element):
                found[element] = found.get(element, 0) + number
    return found


def _shares(counts: dict[str, int]) -> dict[str, float]:
    """Return the shares of the elements that are more than a trace."""
    total = sum(counts.values())
    kept = {e: n for e, n in counts.items() if n >= LEAST_ELEMENT * total}
    return {e: n / sum(kept.values()) for e, n in kept.items()}


def _formula(shares: dict[str, float]) -> str:
    return "".join(e if x == 1.0 else f"{e}{x:.4f}" for e, x in shares.items())
