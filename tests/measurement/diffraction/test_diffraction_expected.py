"""What a specimen says of the phases that its pattern is fitted by, and what a user's word does to it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from topotaxy.measurement.diffraction import TECHNIQUE, Instrument, Options
from topotaxy.measurement.diffraction.expected import expected
from topotaxy.measurement.diffraction.observed import observed
from topotaxy.measurement.diffraction.phases import phase
from topotaxy.measurement.diffraction.probe import probe
from topotaxy.measurement.sample import Given
from topotaxy.specimen import Specimen
from topotaxy.specimen.builders import antifluorite, rock_salt, strained
from topotaxy.specimen.mechanisms import mechanism
from topotaxy.studies.probing import probed

HEOS = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11"


@pytest.fixture(scope="module")
def vanished() -> Specimen:
    return mechanism("vanished", "NiO", ion="Li", reacted=0.6, cells=4, seed=1).states["discharged"]


def test_a_pristine_specimen_is_rock_salt_of_its_formula_alone() -> None:
    specimen = rock_salt(HEOS, 3, seed=1)
    options, said = expected([specimen], Instrument(), ())
    (text,) = options["phases"]
    assert "nano_phases" not in options
    structure = phase(text)
    assert structure.cell[0] == pytest.approx(specimen.unit_cell, abs=1e-4)
    shares = {e: x for site in structure.sites for e, x in site.shares.items()}
    assert shares == pytest.approx(
        {"Mg": 0.2, "Co": 0.2, "Ni": 0.2, "Cu": 0.2, "Zn": 0.2, "O": 0.89, "S": 0.11}
    )
    assert text.removeprefix("rock salt=") in said


def test_the_cell_is_that_of_the_strained_specimen_and_strain_is_against_the_pristine_one() -> None:
    specimen = strained(rock_salt("NiO", 2), 0.05)
    specimen = replace(specimen, unit_cell=1.05 * rock_salt("NiO", 2).unit_cell_or_raise())
    options, _ = expected([specimen], Instrument(), ())
    pristine = float(options["pristine_lattice_parameter"].removesuffix("Å"))
    assert phase(options["phases"][0]).cell[0] / pristine == pytest.approx(1.05, abs=1e-4)


def test_a_frame_that_has_vanished_is_looked_for_where_it_was(vanished: Specimen) -> None:
    assert vanished.unit_cell is None
    options, _ = expected([vanished], Instrument(), ())
    pristine = rock_salt("NiO", 1).unit_cell_or_raise()
    assert phase(options["phases"][0]).cell[0] == pytest.approx(pristine, abs=1e-4)
    assert [text.split("=")[0] for text in options["nano_phases"]] == ["metal", "salt", "oxide"]


@pytest.mark.parametrize("name", ["inlaid", "unreacted-core"])
def test_metal_and_salt_stand_beside_the_frame(name: str) -> None:
    specimen = mechanism(name, "NiO", ion="Li", reacted=0.6, cells=4, seed=1).states["discharged"]
    options, _ = expected([specimen], Instrument(), ())
    domains = {text.split("=")[0]: phase(text) for text in options["nano_phases"]}
    assert {"metal", "salt"} <= set(domains)
    # Ni: 3.524 Å (Wyckoff); Li2O: 4.619 Å.
    assert domains["metal"].cell[0] == pytest.approx(3.524, abs=2e-3)
    assert domains["salt"].cell[0] == pytest.approx(4.619, abs=2e-3)


def test_a_specimen_that_is_no_rock_salt_says_nothing() -> None:
    assert expected([antifluorite("Na", "O", 2)], Instrument(), ()) == ({}, "")
    nameless = replace(rock_salt("NiO", 2), formula="")
    assert expected([nameless], Instrument(), ()) == ({}, "")


def test_grains_of_two_formulas_say_nothing() -> None:
    assert expected([rock_salt("NiO", 2), rock_salt("CoO", 2)], Instrument(), ()) == ({}, "")


@pytest.mark.parametrize("given", ["phases", "nano_phases", "le_bail"])
def test_who_says_what_is_fitted_gets_that_alone(given: str) -> None:
    assert expected([rock_salt("NiO", 2)], Instrument(), (given,)) == ({}, "")


def test_other_options_of_the_user_stay() -> None:
    options, _ = expected([rock_salt("NiO", 2)], Instrument(), ("resolution",))
    assert "resolution" not in options
    assert "phases" in options


def test_traces_are_in_no_formula() -> None:
    specimen = mechanism("inlaid", "NiO", ion="Li", reacted=0.6, cells=4, seed=1).states["discharged"]
    metal = np.flatnonzero(specimen.is_phase("metal"))
    elements = specimen.elements.copy()
    elements[metal[: len(metal) // 50]] = "Zn"
    options, _ = expected([replace(specimen, elements=elements)], Instrument(), ())
    (text,) = (text for text in options["nano_phases"] if text.startswith("metal="))
    assert text.startswith("metal=fcc metal:Ni:")


def test_a_probe_without_phases_finds_its_specimen_and_says_how() -> None:
    specimen = rock_salt("NiO", 4)
    instrument = {"diffractometer": "synchrotron", "last_angle": "40deg", "angle_step": "0.02deg"}
    given = Given(shared={"spread": False, "background_terms": "3"})
    analysis, _ = probed(TECHNIQUE, [specimen], instrument, given, seed=1, stem="nio")
    (part,) = analysis.parts
    assert isinstance(part.options, Options)
    assert part.options.phases[0].startswith("rock salt=rock salt:NiO:")
    (edge,) = (o for o in analysis.observables if o.quantity == "lattice_parameter")
    assert edge.subject.phase == "rock salt"
    # Four standard deviations: once in 16,000.
    assert abs(edge.value - specimen.unit_cell_or_raise()) < 4.0 * np.hypot(edge.uncertainty or 0, 2e-5)
    assert part.observed.remarks[0].startswith("no phases were given")
    own, _ = probed(
        TECHNIQUE,
        [specimen],
        instrument,
        replace(given, shared={**given.shared, "phases": ("salt=rock salt:NiO:4.18",), "radiation": "X-ray"}),
        seed=1,
        stem="nio",
    )
    assert own.parts[0].options.phases == ("salt=rock salt:NiO:4.18",)
    assert not any(text.startswith("no phases") for text in own.parts[0].observed.remarks)


def stretched(*factors: float) -> list[Specimen]:
    edge = rock_salt("NiO", 2).unit_cell_or_raise()
    return [replace(strained(rock_salt("NiO", 2), f - 1.0), unit_cell=f * edge) for f in factors]


def test_the_spread_of_the_replicas_cells_is_said_and_enters_no_pattern_of_one_cell() -> None:
    options, said = expected(stretched(1.00, 1.02, 1.04), Instrument(), ())
    # Standard deviation of 0, 2 and 4 % is 2 %.
    edge = rock_salt("NiO", 2).unit_cell_or_raise()
    assert float(options["cell_spread"].removesuffix("Å")) == pytest.approx(0.02 * edge, rel=1e-3)
    assert "differ by" in said
    for alike in (stretched(1.0), stretched(1.0, 1.0)):
        options, said = expected(alike, Instrument(), ())
        assert "cell_spread" not in options
        assert "differ by" not in said


def test_a_spread_of_cells_widens_the_lattice_parameter_of_the_first_phase_and_nothing_else() -> None:
    instrument = Instrument(first_angle=30.0, last_angle=70.0, angle_step=0.05)
    records = probe(stretched(1.0), instrument, np.random.default_rng(1))
    common = {"phases": ("NiO=rock salt:NiO:4.18",), "spread": False, "pristine_lattice_parameter": 4.178}
    plain, wide = (
        {(o.quantity, o.subject.text): o for o in observed(records, Options(**common, **more)).observables}
        for more in ({}, {"cell_spread": 0.03})
    )
    assert plain.keys() == wide.keys()
    for key, one in plain.items():
        added = {"lattice_parameter": 0.03 / np.sqrt(3.0), "strain": 0.03 / np.sqrt(3.0) / 4.178}.get(key[0])
        if added is None or one.bound is not None:
            assert wide[key] == one
        else:
            expected_width = np.hypot(one.systematic or 0.0, added)
            assert wide[key].systematic == pytest.approx(expected_width, rel=1e-9)
            assert wide[key].value == one.value
    assert ("lattice_parameter", "NiO") in plain


def test_a_pattern_says_how_far_its_pairs_reach() -> None:
    instrument = Instrument(first_angle=30.0, last_angle=40.0, angle_step=0.1)
    for cells in (2, 3):
        specimen = rock_salt("NiO", cells)
        (record,) = probe([specimen], instrument, np.random.default_rng(1))
        half = 0.5 * cells * specimen.unit_cell_or_raise()
        assert any(f"up to {half:.1f} Å" in note for note in record.notes)
