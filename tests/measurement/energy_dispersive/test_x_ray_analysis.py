"""What an analysis of X-rays keeps whatever the file, the dose, the pixels or the order of records."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
import pytest
import x_ray_files

from topotaxy.content.numbers import observable_text
from topotaxy.content.section import Table
from topotaxy.errors import InputError
from topotaxy.measurement.energy_dispersive import TECHNIQUE, EnergyDispersiveOptions, XRayDetector
from topotaxy.measurement.energy_dispersive.observed import observed
from topotaxy.measurement.energy_dispersive.probe import probe, share_of
from topotaxy.measurement.energy_dispersive.shown import shown
from topotaxy.specimen.builders import rock_salt

CATIONS = x_ray_files.CATIONS
OPTIONS = EnergyDispersiveOptions(x_ray_elements=CATIONS, mn_resolution=130.0, null_maps=19)


def fractions(record, options: EnergyDispersiveOptions = OPTIONS, quantity: str = "site_fraction"):
    return {o.subject.element: o for o in observed([record], options).observables if o.quantity == quantity}


@pytest.fixture(scope="module")
def plain():
    return fractions(x_ray_files.record())


@pytest.mark.parametrize("name", sorted(x_ray_files.EVERY))
def test_every_format_gives_the_spectrum_that_was_written(tmp_path: Path, name: str) -> None:
    one = x_ray_files.record()
    path = x_ray_files.EVERY[name](tmp_path, one)
    (format,) = [each for each in TECHNIQUE.formats() if each.name == name]
    head = path.read_bytes()[:65536]
    assert [each.name for each in TECHNIQUE.formats() if each.recognises(head, path)] == [name]
    (again,) = format.read(path, None)
    np.testing.assert_array_equal(again.total, one.total)
    np.testing.assert_allclose(again.energy, one.energy, atol=1e-6)


@pytest.mark.parametrize("name", sorted(x_ray_files.EVERY))
def test_a_file_that_is_cut_is_refused(tmp_path: Path, name: str) -> None:
    path = x_ray_files.EVERY[name](tmp_path, x_ray_files.record())
    (format,) = [each for each in TECHNIQUE.formats() if each.name == name]
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    with pytest.raises(InputError) as refused:
        format.read(path, None)
    assert "\n" not in str(refused.value)


def test_site_fractions_are_those_of_the_specimen(plain) -> None:
    host = rock_salt(x_ray_files.FORMULA, 5, seed=1)
    assert sum(o.value for o in plain.values()) == pytest.approx(1.0)
    for element, found in plain.items():
        # Photons are made with the factors that are estimated, so that counting alone is off.
        truth = share_of([host], element, CATIONS)
        assert abs(found.value - truth) < 4.5 * (found.uncertainty or 0.0)
        assert (found.systematic or 0.0) > 0.05 * found.value


def test_records_do_not_depend_on_those_beside_them(plain) -> None:
    one = x_ray_files.record()
    other = replace(x_ray_files.record(seed=2), source="other")
    together = observed([other, one], OPTIONS).observables
    mine = {
        o.subject.element: o.value
        for o in together
        if (o.source, o.quantity) == (one.source, "site_fraction")
    }
    assert mine == {element: o.value for element, o in plain.items()}


def test_more_counts_narrow_a_fraction_as_their_root() -> None:
    few, many = (fractions(x_ray_files.record(x_rays=dose)) for dose in (5e4, 8e5))
    for element in CATIONS:
        ratio = (few[element].uncertainty or 0.0) / (many[element].uncertainty or 1.0)
        assert ratio == pytest.approx(4.0, rel=0.25)


@pytest.mark.parametrize("scale", [0.5, 3.0])
def test_a_factor_of_one_element_moves_its_odds(scale: float) -> None:
    """Share over the rest is in proportion to the factor."""
    base = {"Mg": 1.0, "Co": 1.5, "Ni": 1.6, "Cu": 1.7, "Zn": 1.8}
    found = []
    for factors in (base, base | {"Ni": base["Ni"] * scale}):
        stated = tuple(f"{element} Ka={value}" for element, value in factors.items())
        options = OPTIONS.model_copy(update={"k_factors": stated})
        share = fractions(x_ray_files.record(), options)["Ni"].value
        found.append(share / (1.0 - share))
    assert found[1] / found[0] == pytest.approx(scale, rel=1e-6)


def test_stated_factors_have_no_error_of_their_own() -> None:
    stated = tuple(f"{element} Ka=1.5" for element in CATIONS)
    found = observed([x_ray_files.record()], OPTIONS.model_copy(update={"k_factors": stated}))
    assert all(o.systematic is None for o in found.observables if o.quantity == "site_fraction")
    assert not any("estimates" in remark for remark in found.remarks)


def test_the_image_and_its_sum_have_one_composition() -> None:
    (one,) = probe(
        [rock_salt(x_ray_files.FORMULA, 3, seed=2)],
        XRayDetector(scan_pixels=5, x_rays=400.0),
        np.random.default_rng(3),
    )
    image, whole = fractions(one), fractions(replace(one, counts=one.total))
    assert {e: o.value for e, o in image.items()} == {e: o.value for e, o in whole.items()}
    absent = observed([replace(one, counts=one.total)], OPTIONS).absent[one.source]
    assert absent["segregation_index"] == "it is one spectrum and no map"


def test_a_map_turned_by_a_quarter_is_as_uneven() -> None:
    (one,) = probe(
        [rock_salt(x_ray_files.FORMULA, 3, seed=2)],
        XRayDetector(scan_pixels=8, x_rays=300.0),
        np.random.default_rng(3),
    )
    turned = replace(one, counts=np.rot90(one.counts).copy())
    found = [
        {
            o.subject.element: o.value
            for o in observed([each], OPTIONS).observables
            if o.quantity == "segregation_index" and o.bound is None
        }
        for each in (one, turned)
    ]
    common = set(found[0]) & set(found[1])
    assert common
    for element in common:
        assert found[0][element] == pytest.approx(found[1][element], rel=1e-9)


def test_two_sublattices_have_fractions_of_their_own() -> None:
    options = OPTIONS.model_copy(update={"sublattice": ("Co", "Ni")})
    found = fractions(x_ray_files.record(), options)
    assert set(found) == {"Co", "Ni"}
    assert found["Co"].value + found["Ni"].value == pytest.approx(1.0)
    assert "among Co, Ni" in found["Co"].method
    lonely = OPTIONS.model_copy(update={"sublattice": ("Fe",)})
    assert "fewer than two of Fe" in observed([x_ray_files.record()], lonely).absent["made"]["site_fraction"]


def test_an_axis_that_is_off_is_moved_and_said() -> None:
    one = x_ray_files.record()
    found = observed([replace(one, energy=one.energy - 14.0)], OPTIONS)
    assert any("is off by 14 eV and was moved" in r or "is off by 13 eV" in r for r in found.remarks)


def test_a_page_says_what_the_map_leaves_room_for() -> None:
    (one,) = probe(
        [rock_salt(x_ray_files.FORMULA, 5, seed=2)],
        XRayDetector(scan_pixels=8, x_rays=40.0, probe_spread=20.0),
        np.random.default_rng(6),
    )
    found = observed([one], OPTIONS)
    bounds = [o for o in found.observables if o.quantity == "segregation_index" and o.bound == "upper"]
    assert bounds
    text = shown([one], found)[0].parts[0].text  # type: ignore[union-attr]
    assert "no unevenness is seen, which leaves room for" in text


def test_a_page_of_nothing_says_so() -> None:
    one = x_ray_files.record()
    poor = replace(one, counts=np.where(np.arange(len(one.energy)) < 3, 1.0, 0.0))
    found = observed([poor], OPTIONS)
    text = shown([poor], found)[0].parts[0].text  # type: ignore[union-attr]
    assert text.startswith("No composition could be had from these spectra")
    assert next(iter(found.absent[poor.source].values())) in text


def test_of_several_records_each_element_stands_once_from_least_to_most() -> None:
    one = x_ray_files.record()
    found = observed([one, replace(one, source="again", counts=one.counts * 1.0)], OPTIONS)
    moved = [
        o.model_copy(update={"value": o.value + 0.1}) if o.source == "again" and o.subject.text == "Co" else o
        for o in found.observables
    ]
    alone = shown([one], observed([one], OPTIONS))[0].parts[0].text  # type: ignore[union-attr]
    text = shown([one], replace(found, observables=tuple(moved)))[0].parts[0].text  # type: ignore[union-attr]
    assert text.startswith("Of the sublattice (2 records): Co ")
    cobalt = [o for o in moved if o.quantity == "site_fraction" and o.subject.text == "Co"]
    assert f"Co {' to '.join(observable_text(o) for o in cobalt)}," in text
    for element in ("Mg", "Ni", "Cu", "Zn"):
        assert alone.count(f" {element} ") == text.count(f" {element} ") == 1


@pytest.mark.parametrize("records", [1, 2])
def test_the_table_has_a_row_an_element_and_a_column_a_quantity(records: int) -> None:
    one = x_ray_files.record()
    found = observed([replace(one, source=f"r{n}") for n in range(records)], OPTIONS)
    (table,) = [part for part in shown([one], found)[0].parts if isinstance(part, Table)]
    assert table.head == (
        *(["Record"] if records > 1 else []),
        "Element",
        "Of the atoms",
        "Of the sublattice",
    )
    cells = {(tuple(row[:-2]), place): row[place] for row in table.rows for place in (-2, -1) if row[place]}
    said = {
        (
            (*([o.source] if records > 1 else []), o.subject.text),
            -2 if o.quantity == "atomic_fraction" else -1,
        ): (observable_text(o))
        for o in found.observables
    }
    assert cells == said
    assert len(table.rows) < len(found.observables)


def test_the_first_sentence_says_of_what_the_shares_are() -> None:
    one = x_ray_files.record()
    found = observed([one], OPTIONS)
    assert any(o.quantity == "site_fraction" for o in found.observables)
    assert shown([one], found)[0].parts[0].text.startswith("Of the sublattice: ")  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["Fe Ka=1.45", "Fe K = 1.45", "Fe-Ka=1.45", "Fe Kα=1.45e0"])
def test_factors_may_be_written_in_the_usual_ways(text: str) -> None:
    assert EnergyDispersiveOptions(k_factors=(text,)).stated_factors() == {("Fe", "K"): 1.45}
