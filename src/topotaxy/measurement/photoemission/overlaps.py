"""What is said of Auger lines under the lines of a sample."""

from __future__ import annotations

from collections.abc import Sequence

from topotaxy.measurement.photoemission.auger import auger_under, elements_in, placed
from topotaxy.measurement.photoemission.auger_parameter import auger_region
from topotaxy.measurement.photoemission.combination import Combination
from topotaxy.measurement.photoemission.lines import line_of
from topotaxy.measurement.photoemission.options import PhotoemissionOptions
from topotaxy.measurement.photoemission.record import PhotoemissionRecord
from topotaxy.measurement.photoemission.seen import Seen


def sample_elements(records: Sequence[PhotoemissionRecord], options: PhotoemissionOptions) -> frozenset[str]:
    """Return the elements that the user names, and those with a region of their own.

    Parameters
    ----------
    records : sequence of PhotoemissionRecord
        Of one sample.
    options : PhotoemissionOptions
        For its elements.

    Raises
    ------
    InputError
        Where a text of ``sample_elements`` is no element and no formula.
    """
    found = set(elements_in(options.sample_elements))
    for one in records:
        name = options.spectrum_line or one.line
        of_auger = auger_region(name)
        line = of_auger or line_of(name, float(one.binding_energy[0]), float(one.binding_energy[-1]))
        if line is not None:
            found.add(line.element)
    return frozenset(found)


def auger_remark(seen: Seen, elements: frozenset[str]) -> str:
    """Return what Auger lines do to a line, or may do where nobody says what the sample holds; else nothing.

    Parameters
    ----------
    seen : Seen
        A spectrum of a known line.
    elements : frozenset of str
        Known to be in the sample.
    """
    assert seen.line is not None
    photons, name = seen.record.photon_energy, seen.line.name
    if photons is None:
        return f"{name}: no photon energy is known, so that Auger lines under it cannot be told"
    window = (float(seen.energy[0]), float(seen.energy[-1]))
    there = [one for one in auger_under(photons, *window) if one.element != seen.line.element]
    said = []
    mine = [one for one in there if one.element in elements]
    if mine:
        said.append(f"Auger lines of the sample reach into it, {placed(mine, photons)}")
    others = sorted({one.element for one in there} - elements)
    if others:
        if mine:
            said.append(f"those of {', '.join(others)} would (--sample-elements, where the sample has them)")
        else:
            said.append(
                f"Auger lines of {', '.join(others)} would reach into it, where the sample has them "
                "(--sample-elements)"
            )
    return f"{name} at {photons:g} eV: {'; '.join(said)}" if said else ""


def fitted_auger(found: Combination) -> str:
    """Return which Auger lines a combination was fitted with, to go on a sentence; empty without any.

    Parameters
    ----------
    found : Combination
        Of a spectrum.
    """
    if not found.lines:
        return ""
    names = ", ".join(line.name for line in found.lines)
    return f"; Auger lines fitted with free areas ({names}: {100.0 * found.auger_share:.0f} % of the whole)"
