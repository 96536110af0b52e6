"""The Auger parameter: free of charge, names states, and says why where there is none."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
import pytest
import spectrometer_files

from topotaxy.measurement.photoemission.auger import known_auger_lines
from topotaxy.measurement.photoemission.auger_parameter import auger_region, known_states, said_of
from topotaxy.measurement.photoemission.lines import known_lines
from topotaxy.measurement.photoemission.observed import observed
from topotaxy.measurement.photoemission.options import PhotoemissionOptions
from topotaxy.measurement.photoemission.record import PhotoemissionRecord, checked

AL = 1486.6


def region(
    element: str, kinetic: float, name: str = "LMM", photons: float | None = AL
) -> PhotoemissionRecord:
    """An Auger region with one line on a slope, of counts."""
    x = np.arange(AL - kinetic - 20.0, AL - kinetic + 20.0, 0.1)
    expected = 500.0 + 2.0 * (x - x[0]) + 4000.0 * np.exp(-0.5 * ((x - AL + kinetic) / 1.2) ** 2)
    counts = np.random.default_rng(3).poisson(expected).astype(float)
    return checked(
        x,
        counts,
        kinetic=False,
        source="auger",
        format="made",
        photon_energy=photons,
        line=f"{element} LMM",
        counted=True,
    )


def found_in(*records: PhotoemissionRecord, **options: float) -> dict[str, tuple[float, str]]:
    found = observed(records, PhotoemissionOptions(**options))  # type: ignore[arg-type]
    return {o.quantity: (o.value, o.method) for o in found.observables}


@pytest.mark.parametrize(("kinetic", "share", "state"), [(992.4, 1.0, "Zn"), (988.3, 0.0, "ZnO")])
def test_metal_and_oxide_of_zinc_are_told(kinetic: float, share: float, state: str) -> None:
    """The two 2p lines lie 0.1 eV apart, the parameters 4 eV."""
    line = spectrometer_files.record("Zn", share=share)
    value, method = found_in(line, region("Zn", kinetic))["auger_parameter"]
    place = found_in(line)["binding_energy"][0]
    assert value == pytest.approx(place + kinetic, abs=0.15)
    assert f"; {state} of Zn" in method


@pytest.mark.parametrize("charge", [-2.0, 3.0])
def test_charge_drops_out(charge: float) -> None:
    line, auger = spectrometer_files.record("Zn", share=0.0), region("Zn", 988.3)
    plain = found_in(line, auger)["auger_parameter"][0]
    moved = [replace(one, binding_energy=one.binding_energy + charge) for one in (line, auger)]
    assert found_in(*moved, charge_shift=charge)["auger_parameter"][0] == pytest.approx(plain, abs=0.01)
    assert found_in(*moved)["auger_parameter"][0] == pytest.approx(plain, abs=0.05)


@pytest.mark.parametrize(
    ("records", "why"),
    [
        ([region("Zn", 990.0)], "one region of Zn 2p3/2"),
        ([region("Zn", 990.0, photons=None), spectrometer_files.record("Zn")], "no photon energy"),
        ([region("Zn", 950.0), spectrometer_files.record("Zn")], "no points near Zn L3VV"),
        ([region("Zn", 990.0), spectrometer_files.record("Cu")], "one region of Zn 2p3/2"),
    ],
)
def test_without_what_it_takes_it_is_absent_with_the_reason(
    records: list[PhotoemissionRecord], why: str
) -> None:
    found = observed(records, PhotoemissionOptions())
    assert not [o for o in found.observables if o.quantity == "auger_parameter"]
    assert why in found.absent["auger"]["auger_parameter"]


@pytest.mark.parametrize(("name", "wanted"), [("Zn LMM", "Zn L3VV"), ("CuL3VV", "Cu L3VV"), ("Zn 2p", None)])
def test_regions_are_known_by_their_name(name: str, wanted: str | None) -> None:
    line = auger_region(name)
    assert (None if line is None else line.name) == wanted


def test_copper_and_its_oxide_of_two_electrons_are_not_told_and_it_is_said() -> None:
    assert said_of("Cu", 1851.2, 0.1).startswith("Cu or CuO of")
    assert said_of("Cu", 1849.2, 0.1).startswith("Cu2O of")
    assert said_of("Zn", 2012.2, 0.1).startswith("none of")


def test_parameters_agree_with_the_lines_that_they_are_of() -> None:
    """Two tables: 2p3/2 of the metal plus L3VV within its spread is the metal's parameter."""
    for state in known_states():
        if state.name == state.element:
            metal = next(line.metal for line in known_lines() if line.element == state.element)
            auger = next(one for one in known_auger_lines() if one.name == f"{state.element} L3VV")
            assert abs((metal or 0.0) + auger.energy - state.parameter) <= auger.spread
