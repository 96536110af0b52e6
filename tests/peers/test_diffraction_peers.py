"""Structure factors beside pymatgen (neutrons) and xrayutilities (X-rays), where they are installed."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from topotaxy.measurement.diffraction.beam import Beam
from topotaxy.measurement.diffraction.phases import names, phase
from topotaxy.measurement.diffraction.reflections import reflections
from topotaxy.measurement.diffraction.scattering import HC, dispersion
from topotaxy.measurement.diffraction.structure import Structure

pytestmark = pytest.mark.filterwarnings("default")

PHASES = (*names(), "NiO=rock salt:NiO:4.178", "Na2O=antifluorite:Na2O:5.55", "ZnS=zinc blende:ZnS:5.41")
PURE = ("MgO=rock salt:MgO:4.212", *PHASES)
NEUTRONS = 1.494
CU = 1.5405929
HARD = 0.6199


def without_vibration(structure: Structure) -> Structure:
    return replace(structure, sites=tuple(replace(site, displacement=0.0) for site in structure.sites))


def content(structure: Structure) -> tuple[list[str], np.ndarray]:
    """Every atom of the cell, of a structure whose sites hold one element each."""
    elements, places = [], []
    for site, orbit in zip(structure.sites, structure.orbits, strict=True):
        (element,) = site.shares
        elements += [element] * len(orbit)
        places.append(orbit)
    return elements, np.concatenate(places)


def lines(structure: Structure, wavelength: float, radiation: Any) -> dict[float, float]:
    """Intensity m|F|² with the Lorentz factor by 1/d, those at one place summed."""
    found = reflections(structure, shortest=wavelength / 2 / 0.95, radiation=radiation, wavelength=wavelength)
    sine = wavelength * np.sqrt(found.s2)
    beam = Beam(radiation=radiation, lines=((wavelength, 1.0),))
    strength = found.multiplicity * found.squared() * beam.lorentz_polarisation(np.arcsin(sine))
    summed: dict[float, float] = {}
    for s, value in zip(sine, strength, strict=True):
        place = round(float(s) / wavelength * 2.0, 5)
        summed[place] = summed.get(place, 0.0) + float(value)
    return summed


@pytest.mark.parametrize("vibration", [0.0, 0.6])
@pytest.mark.parametrize("name", PURE)
def test_neutron_intensities_are_those_of_pymatgen(name: str, vibration: float) -> None:
    """Same lengths (Sears), same places, same multiplicities: to a part in a thousand of each line."""
    neutron = pytest.importorskip("pymatgen.analysis.diffraction.neutron", reason="pymatgen is not installed")
    from pymatgen.core import Lattice
    from pymatgen.core import Structure as Crystal

    structure = phase(name)
    structure = replace(
        structure, sites=tuple(replace(site, displacement=vibration) for site in structure.sites)
    )
    elements, places = content(structure)
    crystal = Crystal(Lattice.from_parameters(*structure.cell), elements, places)
    calculator = neutron.NDCalculator(
        wavelength=NEUTRONS, debye_waller_factors=dict.fromkeys(elements, vibration)
    )
    top = math.degrees(2.0 * math.asin(0.9))
    pattern = calculator.get_pattern(crystal, scaled=False, two_theta_range=(0, top))
    mine = lines(structure, NEUTRONS, "neutron")
    strongest = max(mine.values())
    compared = 0
    for angle, intensity in zip(pattern.x, pattern.y, strict=True):
        place = 2.0 * math.sin(math.radians(angle / 2.0)) / NEUTRONS
        near = [value for at, value in mine.items() if abs(at - place) < 2e-4]
        if intensity < 1e-6 * strongest:
            continue
        assert sum(near) == pytest.approx(intensity, rel=1e-3), angle
        compared += 1
    assert compared >= 5
    # And nothing of ours is missing there.
    there = 2.0 * np.sin(np.radians(np.asarray(pattern.x) / 2.0)) / NEUTRONS
    for at, value in mine.items():
        if value > 1e-4 * strongest and at < 2.0 * 0.899 / NEUTRONS:
            assert np.abs(there - at).min() < 2e-4


def crystal_of(xu: Any, structure: Structure) -> Any:
    """The same structure for xrayutilities, as a cell without symmetry."""
    elements, places = content(structure)
    atoms = [getattr(xu.materials.elements, element) for element in elements]
    at = [("1a", tuple(float(v) for v in place)) for place in places]
    cell = xu.materials.SGLattice(1, *structure.cell, atoms=atoms, pos=at)
    return xu.materials.Crystal(structure.name, cell)


def powder_factor(crystal: Any, hkl: np.ndarray, energy: float) -> float:
    """|F| of a reflection and its Friedel mate, which fall on one line, by their mean square."""
    pair = [crystal.StructureFactor(crystal.Q(*(sign * int(i) for i in hkl)), en=energy) for sign in (1, -1)]
    return math.sqrt(sum(abs(f) ** 2 for f in pair) / 2.0)


@pytest.mark.parametrize("wavelength", [CU, HARD])
@pytest.mark.parametrize("name", PURE)
def test_x_ray_structure_factors_are_those_of_xrayutilities(name: str, wavelength: float) -> None:
    """To half a per cent of each |F|, the peer's own f' and f'' being taken: those have a test below."""
    xu = pytest.importorskip("xrayutilities", reason="xrayutilities is not installed")
    structure = without_vibration(phase(name))
    energy = HC / wavelength
    found = reflections(structure, shortest=0.8, radiation="X-ray", wavelength=wavelength)
    crystal = crystal_of(xu, structure)
    atoms = []
    for site, own in zip(structure.sites, found.atoms, strict=True):
        (element,) = site.shares
        table = getattr(xu.materials.elements, element)
        change = table.f1(energy) + 1j * table.f2(energy) - dispersion(element, round(energy, 3))
        atoms.append({element: own[element] + change})
    mine = np.sqrt(replace(found, atoms=tuple(atoms)).squared())
    for k, hkl in enumerate(found.hkl):
        assert mine[k] == pytest.approx(powder_factor(crystal, hkl, energy), rel=5e-3, abs=1e-3 * mine.max())


@pytest.mark.parametrize("name", ["MgO=rock salt:MgO:4.212", "fluorite", "corundum", "silicon"])
@pytest.mark.parametrize("wavelength", [CU, HARD])
def test_whole_structure_factors_agree_where_no_edge_is_near(name: str, wavelength: float) -> None:
    """Each with its own f' and f'' (Cromer & Liberman here, Henke and Chantler there)."""
    xu = pytest.importorskip("xrayutilities", reason="xrayutilities is not installed")
    structure = without_vibration(phase(name))
    found = reflections(structure, shortest=0.9, radiation="X-ray", wavelength=wavelength)
    crystal = crystal_of(xu, structure)
    mine = np.sqrt(found.squared())
    for k, hkl in enumerate(found.hkl):
        peer = powder_factor(crystal, hkl, HC / wavelength)
        assert mine[k] == pytest.approx(peer, rel=5e-3, abs=2e-3 * mine.max()), tuple(hkl)


@pytest.mark.parametrize("wavelength", [CU, HARD])
def test_dispersion_agrees_with_another_table(wavelength: float) -> None:
    """Within 0.15 electrons: as much as tables differ 350 eV below an edge (Ni, Cu Kα)."""
    xu = pytest.importorskip("xrayutilities", reason="xrayutilities is not installed")
    energy = HC / wavelength
    for element in ("O", "F", "Na", "Mg", "Al", "Si", "S", "Ca", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "La"):
        found = dispersion(element, round(energy, 3))
        table = getattr(xu.materials.elements, element)
        assert found.real == pytest.approx(table.f1(energy), abs=0.15), element
        assert found.imag == pytest.approx(table.f2(energy), rel=0.05, abs=0.01), element
