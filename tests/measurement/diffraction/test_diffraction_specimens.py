"""The virtual diffractometer: exposures, replicas, instruments, frames, pairs; phases and structures."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.debye import (
    Pairs,
    crystal_pairs,
    envelope,
    intensity,
    interference,
    shares_of,
    sphere,
)
from topotaxy.measurement.diffraction.frame import average_structure, diffuse, frame_of
from topotaxy.measurement.diffraction.instrument import diffractometer
from topotaxy.measurement.diffraction.instrument_options import Instrument
from topotaxy.measurement.diffraction.nano_model import DIAMETERS, MEDIAN, distribution, mean_diameter
from topotaxy.measurement.diffraction.pair_counting import pairs_within
from topotaxy.measurement.diffraction.phases import (
    bare_cell,
    composition,
    names,
    phase,
    prototype,
    prototypes,
)
from topotaxy.measurement.diffraction.probe import on_two_theta, parts, probe
from topotaxy.measurement.diffraction.scattering import amplitude
from topotaxy.measurement.diffraction.structure import Site, Structure
from topotaxy.measurement.diffraction.structure_files import from_cif
from topotaxy.specimen import PHASES, Cluster, Specimen
from topotaxy.specimen.builders import as_phase, random_alloy, rock_salt, strained
from topotaxy.specimen.inclusions import metal_spheres

COARSE = Instrument(last_angle=60.0, angle_step=0.05)
OXIDE = rock_salt("MgO", 4, lattice_parameter=4.2)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


# --- instruments --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["laboratory", "synchrotron", "neutron"])
def test_every_instrument_of_the_table_is_whole(name: str) -> None:
    machine = diffractometer(Instrument(diffractometer=name))
    assert machine.name == name
    assert machine.beam.radiation == ("neutron" if name == "neutron" else "X-ray")
    assert len(machine.beam.lines) == (2 if name == "laboratory" else 1)
    assert set(machine.resolution) == {"U", "V", "W", "X", "Y", "axial"}
    assert machine.end > machine.start > 0.0
    assert machine.step > 0.0


def test_options_replace_numbers_of_the_table() -> None:
    given = Instrument(
        diffractometer="synchrotron", beam_wavelength=0.5, first_angle=5.0, last_angle=30.0, angle_step=0.01
    )
    machine = diffractometer(given)
    assert machine.beam.lines == ((0.5, 1.0),)
    assert (machine.start, machine.end, machine.step) == (5.0, 30.0, 0.01)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"first_angle": 50.0, "last_angle": 40.0}, "holds no pattern"),
        ({"first_angle": 20.0, "last_angle": 20.5, "angle_step": 0.05}, "holds no pattern"),
        ({"beam_wavelength": 0.5}, "take a synchrotron"),
    ],
)
def test_instruments_that_cannot_be_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        diffractometer(Instrument(**given))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("beam_wavelength", 20.0),
        ("first_angle", 0.1),
        ("last_angle", 180.0),
        ("angle_step", 2.0),
        ("peak_counts", 1.0),
        ("background_level", 1e3),
        ("crystallite_size", 0.1),
        ("microstrain", 0.5),
        ("displacement_parameter", 50.0),
    ],
)
def test_numbers_of_an_instrument_have_ranges(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name):
        Instrument(**{name: value})


# --- probe --------------------------------------------------------------------------------------------------


def test_replicas_are_averaged_and_a_repeat_changes_nothing() -> None:
    one, two = (parts([OXIDE] * n, COARSE, rng()).total for n in (1, 2))
    np.testing.assert_allclose(two, one, rtol=1e-9)


def test_a_series_has_one_exposure() -> None:
    """The same specimen at two states: one scale, so that counts differ by noise only."""
    states = [replace(OXIDE, state="discharged", cycle=1), replace(OXIDE, state="charged", cycle=1)]
    first, second = probe(states, COARSE, rng())
    assert (first.state, second.state) == ("discharged", "charged")
    assert (first.frame, second.frame) == (1, 2)
    difference = first.intensity - second.intensity
    expected = (first.intensity + second.intensity).mean()
    assert abs(difference.mean()) < 5.0 * math.sqrt(expected / len(difference))
    (alone,) = probe([replace(s, state="charged") for s in states], COARSE, rng())
    assert alone.frame == 0
    assert alone.notes[0] == "mean of 2 replicas"


def test_a_cluster_that_the_box_cuts_scatters_as_the_same_cluster_by_itself() -> None:
    """Nickel of 14 Å across in boxes that it nearly fills, at their corner or not: all its pairs count."""
    grid = np.array([g for g in np.ndindex(9, 9, 9) if sum(g) % 2 == 0]) - 4.0
    ball = 1.76 * grid[(grid**2).sum(axis=1) < 16.0]
    found = []
    for edge, centre, periodic in ((60.0, 30.0, False), (18.0, 9.0, True), (18.0, 0.5, True)):
        box, middle = np.eye(3) * edge, np.full(3, centre)
        places = (ball + middle) % edge if periodic else ball + middle
        one = Specimen(
            positions=places,
            elements=np.full(len(ball), "Ni"),
            valences=np.zeros(len(ball), dtype=np.int64),
            phases=np.full(len(ball), PHASES.index("metal")),
            identities=np.arange(len(ball)),
            box=box,
            periodic=(periodic,) * 3,
            clusters=(Cluster(centre=middle, members=np.arange(len(ball)), registered=False),),
            formula="NiO",
            state="discharged",
            cycle=1,
        )
        found.append(parts([one], COARSE, rng()).incoherent)
    assert found[0].min() >= 0.0
    np.testing.assert_allclose(found[1], found[0], rtol=1e-6)
    np.testing.assert_allclose(found[2], found[0], rtol=1e-6)


@pytest.mark.parametrize("counts", [100.0, 1e5])
def test_the_strongest_point_has_the_counts_wanted(counts: float) -> None:
    options = COARSE.model_copy(update={"peak_counts": counts, "background_level": 0.0})
    (record,) = probe([OXIDE], options, rng(4))
    expected = parts([OXIDE], options, rng(4)).total
    top = int(np.argmax(expected))
    assert record.intensity[top] == pytest.approx(counts, abs=5.0 * math.sqrt(counts))
    assert record.intensity_unit == "counts"
    assert record.origin == "simulated"
    assert record.instrument == "virtual laboratory diffractometer"


def test_seeds_decide_about_noise_and_nothing_else() -> None:
    first, again, other = (probe([OXIDE], COARSE, rng(seed))[0].intensity for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_a_strained_frame_has_its_peaks_where_its_cell_says() -> None:
    options = Instrument(diffractometer="synchrotron", first_angle=8.0, last_angle=30.0, angle_step=0.01)
    for strain in (0.0, 0.03):
        found = parts([strained(OXIDE, strain)], options, rng())
        d = 4.2 * (1.0 + strain) / 2.0
        wavelength = diffractometer(options).beam.wavelength
        expected = 2.0 * math.degrees(math.asin(wavelength / 2.0 / d))
        near = np.abs(found.two_theta - expected) < 0.5
        at = found.two_theta[near][int(np.argmax(found.bragg[near]))]
        assert at == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize(("size", "strain"), [(5.0, 0.0), (20.0, 0.0), (1000.0, 0.01)])
def test_small_crystallites_and_strain_broaden_without_changing_areas(size: float, strain: float) -> None:
    sharp = Instrument(last_angle=110.0, angle_step=0.05, crystallite_size=1000.0, microstrain=0.0)
    broad = sharp.model_copy(update={"crystallite_size": size, "microstrain": strain})
    first, second = (parts([OXIDE], o, rng()).bragg for o in (sharp, broad))
    assert second.max() < first.max()
    assert second.sum() == pytest.approx(first.sum(), rel=0.06)


def test_a_function_of_q_over_two_theta_is_the_sum_of_its_lines() -> None:
    machine = diffractometer(COARSE)
    q, x = np.linspace(0.5, 10.0, 500), np.linspace(20.0, 60.0, 30)
    flat = on_two_theta(np.ones(500), q, x, machine)
    k = machine.beam.polarisation
    weight = sum(w for _, w in machine.beam.lines)
    np.testing.assert_allclose(flat, weight * (1.0 + k * np.cos(np.radians(x)) ** 2) / (1.0 + k))


def test_metal_in_a_frame_scatters_apart_from_it() -> None:
    inlaid = metal_spheres(
        rock_salt("NiO", 6), metal={"Ni": 1.0}, volume_fraction=0.1, diameter=1.2, seed=1, epitaxial=True
    )
    found = parts([inlaid], COARSE, rng())
    assert found.bragg.max() > 0.0
    assert found.incoherent.max() > 0.0
    without = parts([inlaid.subset(inlaid.is_phase("frame"))], COARSE, rng())
    assert without.incoherent.max() == 0.0
    metal = inlaid.subset(inlaid.is_phase("metal"))
    assert parts([metal], COARSE, rng()).bragg.max() == 0.0


# --- frames -------------------------------------------------------------------------------------------------


def test_a_frame_that_is_not_periodic_or_no_whole_number_of_cells_is_refused() -> None:
    with pytest.raises(InputError, match="periodic"):
        frame_of(replace(OXIDE, periodic=(True, True, False)))
    with pytest.raises(InputError, match="no whole number of cells"):
        frame_of(replace(OXIDE, unit_cell=11.0))
    assert frame_of(as_phase(OXIDE, "oxide")) is None


def test_the_average_cell_holds_the_composition_whatever_the_order() -> None:
    alloy = random_alloy(
        cations={("Mg", 2): 0.25, ("Ni", 2): 0.75}, anions={("O", -2): 1.0}, lattice_parameter=4.2, cells=6
    )
    frame = frame_of(alloy)
    assert frame is not None
    structure = average_structure(frame, displacement=0.3)
    total: dict[str, float] = {}
    for site in structure.sites:
        for element, share in site.shares.items():
            total[element] = total.get(element, 0.0) + share
    assert total == pytest.approx({"Mg": 1.0, "Ni": 3.0, "O": 4.0}, abs=0.02)
    assert all(site.displacement == pytest.approx(0.3, abs=1e-6) for site in structure.sites)


def test_shifted_atoms_add_to_the_displacements() -> None:
    """Normal shifts of u along each axis: B gains 8π²u², the loss of the peaks is in the diffuse part."""
    u = 0.08
    moved = replace(OXIDE, positions=OXIDE.positions + rng(3).normal(scale=u, size=OXIDE.positions.shape))
    frame = frame_of(moved)
    assert frame is not None
    assert frame.displacement == pytest.approx(u**2, rel=0.12)
    q = np.linspace(2.0, 8.0, 30)
    options: dict[str, Any] = {"radiation": "neutron", "wavelength": 1.0, "displacement": 0.0}
    still = frame_of(OXIDE)
    assert still is not None
    assert diffuse(frame, q, **options).mean() > 100.0 * abs(diffuse(still, q, **options)).mean()


@pytest.mark.parametrize("removed", [0.1, 0.3])
def test_vacancies_scatter_as_x_times_one_minus_x(removed: float) -> None:
    full = rock_salt("NiO", 8, lattice_parameter=4.2)
    cation = np.flatnonzero(full.is_element("Ni"))
    kept = np.ones(len(full), dtype=bool)
    kept[rng(5).permutation(cation)[: round(removed * len(cation))]] = False
    frame = frame_of(full.subset(kept))
    assert frame is not None
    q = np.linspace(1.5, 8.0, 200)
    found = diffuse(frame, q, radiation="neutron", wavelength=1.0, displacement=0.0)
    b = abs(amplitude("Ni", np.zeros(1), radiation="neutron", wavelength=1.0)[0])
    assert (found / len(cation)).mean() == pytest.approx(removed * (1 - removed) * b**2, rel=0.06)


# --- pairs and spheres --------------------------------------------------------------------------------------


def test_one_atom_scatters_alone() -> None:
    q = np.linspace(0.5, 8.0, 20)
    alone = Pairs(species=("Ni",), singles=np.array([3.0]), r=np.empty(0), counts=np.empty((0, 1, 1)))
    f = amplitude("Ni", (q / (4 * math.pi)) ** 2, radiation="X-ray", wavelength=0.7)
    np.testing.assert_allclose(
        intensity(alone, q, radiation="X-ray", wavelength=0.7), 3.0 * np.abs(f) ** 2, rtol=1e-12
    )


def test_interference_is_linear_in_pairs_and_symmetric_in_species() -> None:
    q = np.linspace(0.5, 8.0, 50)
    f = np.array([np.full(50, 2.0), np.full(50, 3.0)], dtype=complex)
    counts = np.array([[[0.0, 1.0], [1.0, 0.0]]])
    once = interference(np.array([2.0]), counts, f, q)
    np.testing.assert_allclose(once, 2.0 * 6.0 * np.sin(2.0 * q) / (2.0 * q))
    np.testing.assert_allclose(interference(np.array([2.0]), 3.0 * counts, f, q), 3.0 * once)
    np.testing.assert_allclose(interference(np.array([2.0]), counts, f[::-1], q), once)


def test_forward_scattering_of_many_is_the_square_of_their_sum() -> None:
    """All pairs in phase at Q = 0."""
    cluster = OXIDE.positions[:20] - OXIDE.positions[:20].mean(axis=0) + 30.0
    pairs = pairs_within(
        cluster,
        OXIDE.elements[:20],
        np.zeros(20, dtype=np.int64),
        np.eye(3) * 90.0,
        (False,) * 3,
        reach=80.0,
        rng=rng(),
        most_centres=100,
    )
    q = np.array([1e-3])
    found = intensity(pairs, q, radiation="neutron", wavelength=1.0, displacement=0.0)[0]
    b = {el: amplitude(el, q, radiation="neutron", wavelength=1.0)[0] for el in ("Mg", "O")}
    total = sum(b[str(el)] for el in OXIDE.elements[:20])
    assert found == pytest.approx(abs(total) ** 2, rel=1e-4)


def test_shells_of_an_fcc_crystal() -> None:
    key = tuple(("Ni", *p, 1.0) for p in ((0.0, 0.0, 0.0), (0.5, 0.5, 0.0), (0.5, 0.0, 0.5), (0.0, 0.5, 0.5)))
    found = crystal_pairs(key, 1.5)
    expected = {math.sqrt(n / 2.0): c for n, c in ((1, 12), (2, 6), (3, 24), (4, 12))}
    for r, count in zip(found.r, found.counts[:, 0, 0], strict=True):
        if float(r) <= math.sqrt(2.0) + 1e-6:
            assert count / 4.0 == min(expected.items(), key=lambda kv: abs(kv[0] - r))[1]
    assert found.singles[0] == 4.0


def test_a_large_sphere_is_sharper_and_its_integral_the_same() -> None:
    q = np.arange(1.5, 9.0, 0.01)
    found = sphere(
        phase("x=fcc metal:Ni:3.524"),
        3.524,
        np.array([12.0, 30.0]),
        q,
        radiation="neutron",
        wavelength=1.0,
        displacement=0.3,
    )
    assert found[1].max() > 1.8 * found[0].max()
    weight = q**2
    assert (found[1] * weight).sum() == pytest.approx((found[0] * weight).sum(), rel=0.02)


def test_the_envelope_falls_and_its_volume_integral_is_that_of_the_sphere() -> None:
    """∫ γ 4πr² dr is the sphere's volume."""
    r = np.linspace(0.0, 10.0, 20001)
    gamma = envelope(r, 10.0)
    assert (np.diff(gamma) <= 0.0).all()
    volume = (gamma * 4.0 * math.pi * r**2).sum() * (r[1] - r[0])
    assert volume == pytest.approx(math.pi / 6.0 * 1000.0, rel=1e-3)


@pytest.mark.parametrize("median", [6.0, 15.0, 40.0])
def test_distributions_are_normalised_and_centred(median: float) -> None:
    weights = distribution(math.log(median), 0.3)
    assert weights.sum() == pytest.approx(1.0)
    assert (weights >= 0.0).all()
    assert mean_diameter(math.log(median), 0.3) == pytest.approx(median * math.exp(0.045), rel=0.1)
    assert DIAMETERS[0] < MEDIAN[0] < MEDIAN[1] < DIAMETERS[-1]


def test_shares_of_elements_sum_to_one() -> None:
    assert shares_of(["Ni", "O", "O", "Mg"]) == {"Mg": 0.25, "Ni": 0.25, "O": 0.5}


# --- phases and structures ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "atoms"),
    [
        ("NiO", {"Ni": 1.0, "O": 1.0}),
        ("Al2 O3", {"Al": 2.0, "O": 3.0}),
        ("Mg(OH)2", {"Mg": 1.0, "O": 2.0, "H": 2.0}),
        ("(Mg0.5Ni0.5)2O2", {"Mg": 1.0, "Ni": 1.0, "O": 2.0}),
        ("NiNi", {"Ni": 2.0}),
    ],
)
def test_formulas(formula: str, atoms: dict[str, float]) -> None:
    assert composition(formula) == pytest.approx(atoms)


@pytest.mark.parametrize("formula", ["", "nio", "Ni-O", "Ni((O))", "Ni0", "Ni1.2.3O", "2NiO", "(NiO)1.2.3"])
def test_what_is_no_formula(formula: str) -> None:
    with pytest.raises(InputError, match="no formula"):
        composition(formula)


@pytest.mark.parametrize("kind", prototypes())
def test_every_type_is_filled_to_its_sites(kind: str) -> None:
    formula = {"antifluorite": "Na2O", "fcc metal": "Ni", "bcc metal": "Fe"}.get(kind, "NiO")
    structure = prototype(kind, formula, 4.5)
    for site in structure.sites:
        assert 0.0 < sum(site.shares.values()) <= 1.0 + 1e-9
    assert structure.free_lengths == ("a",)
    assert structure.volume == pytest.approx(4.5**3)
    assert structure.source


@pytest.mark.parametrize("edge", [1.0, 40.0, -4.0])
def test_an_impossible_edge_is_refused(edge: float) -> None:
    with pytest.raises(InputError, match="outside"):
        prototype("rock salt", "NiO", edge)


def test_names_may_stand_before_any_phase() -> None:
    assert phase("mine=corundum").name == "mine"
    assert phase("mine=rock salt:NiO:4.2").name == "mine"
    assert phase("rock salt:NiO:4.2").name == "NiO"
    assert "corundum" in names()


@pytest.mark.parametrize(
    ("cell", "free"),
    [
        ("F m -3 m:4.2", ("a",)),
        ("P 4/m m m:3 4", ("a", "c")),
        ("P 63 m c:3 5", ("a", "c")),
        ("P n m a:3 4 5", ("a", "b", "c")),
        ("P 1 21/c 1:5 6 7 95", ("a", "b", "c", "beta")),
        ("P -1:5 6 7 80 95 100", ("a", "b", "c", "alpha", "beta", "gamma")),
    ],
)
def test_symmetry_leaves_these_lengths_free(cell: str, free: tuple[str, ...]) -> None:
    structure = bare_cell(cell)
    assert structure.free_lengths == free
    values = dict(zip(free, (float(v) for v in cell.rpartition(":")[2].split()), strict=True))
    assert structure.cell_of(values) == structure.cell
    assert structure.with_cell((9.0,) * 3 + (90.0,) * 3).cell[0] == 9.0


def test_orbits_hold_each_place_once() -> None:
    """Wyckoff 4a, 4b, 8c and 24d of Fm-3m."""
    sites = {"a": (0.0, 0.0, 0.0), "b": (0.5, 0.5, 0.5), "c": (0.25, 0.25, 0.25), "d": (0.0, 0.25, 0.25)}
    structure = Structure(
        name="x",
        space_group="F m -3 m",
        cell=(4.0, 4.0, 4.0, 90.0, 90.0, 90.0),
        sites=tuple(Site(label=k, shares={"O": 1.0}, position=p) for k, p in sites.items()),
    )
    assert [len(orbit) for orbit in structure.orbits] == [4, 4, 8, 24]
    assert structure.cations == 0.0
    assert structure.mass == pytest.approx(40 * 15.999, rel=1e-4)


def test_a_space_group_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="no space group"):
        _ = Structure(name="x", space_group="Q 9", cell=(4.0,) * 3 + (90.0,) * 3, sites=()).group


CIF = """data_x
_symmetry_space_group_name_H-M 'F m -3 m'
_cell_length_a 4.2(1)
_cell_length_b 4.2
_cell_length_c 4.2
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_U_iso_or_equiv
Ni Ni 0 0 0 0.01
O O 0.5 0.5 0.5 ?
"""


def test_a_cif_of_rock_salt_is_the_built_one(tmp_path: Path) -> None:
    path = tmp_path / "nio.cif"
    path.write_text(CIF)
    found, built = from_cif(path), phase("rock salt:NiO:4.2")
    assert found.cell == built.cell
    assert found.mass == pytest.approx(built.mass)
    assert found.sites[0].displacement == pytest.approx(8.0 * math.pi**2 * 0.01)
    assert found.sites[1].displacement == 0.5
    assert phase(str(path)).name == "nio"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("4.2(1)", "?", "_cell_length_a"),
        ("4.2(1)", "900", "_cell_length_a"),
        ("loop_", "# loop_", "no CIF|no crystal structure"),
        ("_symmetry_space_group_name_H-M 'F m -3 m'\n", "", "space group"),
    ],
)
def test_cifs_that_lack_something_are_refused(old: str, new: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "x.cif"
    path.write_text(CIF.replace(old, new, 1))
    with pytest.raises(InputError, match=message):
        from_cif(path)
    with pytest.raises(InputError, match="no such file"):
        from_cif(tmp_path / "none.cif")


def test_a_specimen_without_a_frame_needs_no_cell() -> None:
    loose = as_phase(OXIDE, "oxide")
    assert isinstance(loose, Specimen)
    found = parts([loose], COARSE, rng())
    assert found.bragg.max() == 0.0
    assert found.diffuse.max() == 0.0
    assert found.incoherent.max() > 0.0
