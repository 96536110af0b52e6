from __future__ import annotations

import re

import numpy as np
import pytest
import spectrum_files as made

from topotaxy.content.figure import Figure
from topotaxy.content.section import Table
from topotaxy.errors import InputError
from topotaxy.measurement.absorption import TECHNIQUE
from topotaxy.measurement.absorption.instrument import Beamline
from topotaxy.measurement.absorption.options import AbsorptionOptions
from topotaxy.measurement.absorption.probe import probe
from topotaxy.measurement.absorption.self_absorption import damping
from topotaxy.measurement.absorption.spectra import is_foil
from topotaxy.specimen.builders import rock_salt


@pytest.fixture(scope="module")
def nickel_oxide():
    specimen = rock_salt("NiO", 5, lattice_parameter=4.18)
    return probe([specimen], Beamline(absorbers=("Ni",), foils=True, flux=1e11), np.random.default_rng(0))


@pytest.fixture(scope="module")
def seen(nickel_oxide):
    return TECHNIQUE.observed(nickel_oxide, AbsorptionOptions())


def of(seen, quantity, shell=""):
    return [o for o in seen.observables if o.quantity == quantity and o.subject.shell == shell]


def test_rock_salt_is_found(seen):
    for shell, count, distance in (("anion", 6.0, 2.09), ("cation", 12.0, 2.9557)):
        (number,), (length,) = of(seen, "coordination_number", shell), of(seen, "bond_length", shell)
        assert abs(number.value - count) < 3.0 * np.hypot(number.uncertainty, number.systematic)
        assert abs(length.value - distance) < 0.01
    assert not of(seen, "coordination_number", "metal")
    assert "metal shell" in next(iter(seen.absent.values()))["coordination_number_metal"]


def test_uncertainty_of_neighbours_is_never_below_s02_and_step(seen):
    one = seen.details.spectra[0]
    for number in of(seen, "coordination_number", "anion") + of(seen, "coordination_number", "cation"):
        least = number.value * np.hypot(one.s02.deviation / one.s02.value, one.normal.step_error)
        assert number.systematic >= least * (1 - 1e-9)


def test_without_a_foil_s02_is_an_estimate_that_widens_neighbours(nickel_oxide, seen):
    alone = TECHNIQUE.observed(nickel_oxide[:1], AbsorptionOptions())
    assert any("S02 is an estimate" in text for text in alone.remarks)
    for shell in ("anion", "cation"):
        assert (
            of(alone, "coordination_number", shell)[0].systematic
            > of(seen, "coordination_number", shell)[0].systematic
        )


def test_edges_come_with_their_definition(seen):
    methods = {o.method for o in of(seen, "edge_energy")}
    assert methods == {"half step", "integral", "first inflection"}
    assert all(o.systematic >= 1.0 for o in of(seen, "edge_energy"))


def test_an_unknown_absorber_gives_edges_and_a_reason_for_the_rest():
    record = made.record().updated(element="", edge="")
    seen = TECHNIQUE.observed([record], AbsorptionOptions())
    assert of(seen, "edge_energy")
    record = made.record().updated(element="Ga")
    seen = TECHNIQUE.observed([record], AbsorptionOptions())
    assert "no scattering tables" in seen.absent[record.name]["coordination_number"]


def test_another_structure_is_not_taken_for_rock_salt():
    seen = TECHNIQUE.observed([made.record()], AbsorptionOptions(environment="rock salt"))
    assert not of(seen, "coordination_number", "anion")
    assert "misfit" in seen.absent["made"]["coordination_number"]


def test_shifts_of_a_series_are_against_its_pristine_spectrum():
    states = (("discharged", 0.0), ("pristine", 2.0), ("charged", 2.0))
    records = [made.record(valence=v, state=s, label=s, source=s) for s, v in states]
    seen = TECHNIQUE.observed(records, AbsorptionOptions(environment="none"))
    shifts = {(o.state, o.method.split(",")[0]): o.value for o in of(seen, "edge_shift")}
    assert shifts["charged", "half step"] == pytest.approx(0.0, abs=1e-6)
    assert "against pristine" in of(seen, "edge_shift")[0].method
    assert ("pristine", "half step") not in shifts


def test_standards_give_reduced_fractions():
    mixed = 0.3 * made.absorption(made.energies(), valence=0.0) + 0.7 * made.absorption(made.energies())
    records = [
        made.record(valence=0.0, label="metal foil", source="metal foil"),
        made.record(label="oxide", source="oxide"),
        made.record(label="mixed", source="mixed").updated(absorption=mixed),
    ]
    options = AbsorptionOptions(standards=("metal foil", "oxide"), environment="none")
    seen = TECHNIQUE.observed(records, options)
    (found,) = of(seen, "reduced_fraction")
    assert found.value == pytest.approx(0.3, abs=0.02)
    assert "linear combination" in found.method


def test_repeats_merge_on_request():
    records = [made.record(noise=1e-3, seed=s, label=f"scan {s}", source="run") for s in range(4)]
    seen = TECHNIQUE.observed(records, AbsorptionOptions(merge=True, environment="none"))
    assert len(seen.details.spectra) == 1
    assert any("mean of 4" in text for text in seen.remarks)


def test_foils_are_known_by_name_and_formula():
    record = made.record()
    assert not is_foil(record)
    assert is_foil(record.updated(formula="Ni"))
    assert is_foil(record.updated(sample="Ni foil  Room Temperature"))
    assert not is_foil(record.updated(sample="Cu foil"))


def test_self_absorption_is_strong_in_the_metal_and_weak_when_diluted():
    record = made.record(mode="fluorescence")
    strong, weak = (damping(record.updated(formula=f)) for f in ("NiO", "Mg99NiO100"))
    assert strong > 0.3
    assert weak < 0.1
    seen = TECHNIQUE.observed([record.updated(formula="NiO")], AbsorptionOptions(environment="none"))
    assert any("self-absorption lowers" in text for text in seen.remarks)


@pytest.mark.parametrize(
    ("formula", "why"),
    [
        ("", "no formula of the sample is stated"),
        ("no formula at all!", "'no formula at all!' is no chemical formula"),
        ("CuO", "the formula 'CuO' holds no Ni"),
        ("Ni0", "the formula 'Ni0' holds no atoms"),
    ],
)
def test_self_absorption_that_cannot_be_estimated_says_why(formula, why):
    record = made.record(mode="fluorescence", formula=formula)
    with pytest.raises(InputError, match=re.escape(why)):
        damping(record)
    seen = TECHNIQUE.observed([record], AbsorptionOptions(environment="none"))
    (remark,) = [text for text in seen.remarks if "self-absorption" in text]
    assert remark.endswith(f"unknown, as {why}")


def test_self_absorption_is_estimated_for_k_edges_only():
    with pytest.raises(InputError, match="K edges"):
        damping(made.record(mode="fluorescence", formula="NiO", edge="L3"))


def test_the_page_has_the_answer_the_figures_and_the_limits(nickel_oxide, seen):
    sections = TECHNIQUE.shown(nickel_oxide, seen)
    assert "first-shell neighbours" in sections[0].parts[0].text
    figures = [part for section in sections for part in section.parts if isinstance(part, Figure)]
    assert {figure.name for figure in figures} >= {"absorption-edge", "absorption-exafs"}
    fit = [s for figure in figures for panel in figure.panels for s in panel.series if s.key == "fit"]
    assert fit
    tables = [part for section in sections for part in section.parts if isinstance(part, Table)]
    assert any("Shells found" in table.caption for table in tables)
    assert any(
        "Which 3d element" in text
        for section in sections
        if section.anchor == "limits"
        for text in section.parts[0].texts
    )


def test_the_dataset_holds_wave_and_transform_with_units(seen):
    group = seen.dataset["spectrum 1"]
    assert group["chi"].attrs["units"] == "1"
    assert group["energy"].attrs["units"] == "eV"
    peak = float(group["r"][int(np.argmax(group["chi_r"].values))])
    assert 1.3 < peak < 3.0


def test_real_nio_has_six_and_twelve_neighbours(real_spectrum):
    from topotaxy.measurement.absorption.formats import athena

    options = AbsorptionOptions(merge=True)
    seen = TECHNIQUE.observed(athena.read(real_spectrum("NiO.prj"), options), options)
    for shell, count, distance in (("anion", 6.0, 2.0886), ("cation", 12.0, 2.9537)):
        (number,), (length,) = of(seen, "coordination_number", shell), of(seen, "bond_length", shell)
        assert abs(number.value - count) <= 2.0 * np.hypot(number.uncertainty, number.systematic)
        assert abs(length.value - distance) <= 2.0 * np.hypot(length.uncertainty, length.systematic)
        assert abs(length.value - distance) <= 0.016


def test_a_foil_that_leaves_s02_open_is_not_used(nickel_oxide):
    from topotaxy.measurement.absorption.spectrum_fits import amplitude_reduction

    seen = TECHNIQUE.observed(nickel_oxide, AbsorptionOptions())
    foil = next(one for one in seen.details.spectra if one.is_foil)
    assert amplitude_reduction(seen.details.spectra, "Ni").measured
    foil.fit.errors["s02"] = 0.3
    found = amplitude_reduction(seen.details.spectra, "Ni")
    assert not found.measured
    assert "leaves it open" in found.source
