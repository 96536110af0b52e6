from __future__ import annotations

import json

import numpy as np
import pytest
import spectrum_files as made

from topotaxy.errors import InputError
from topotaxy.measurement.absorption import TECHNIQUE
from topotaxy.measurement.absorption.column_roles import role_of
from topotaxy.measurement.absorption.formats import xdi
from topotaxy.measurement.absorption.options import AbsorptionOptions
from topotaxy.measurement.absorption.perl import values_of
from topotaxy.measurement.recognise import recognised

EVERY = [(name, file, data) for name, files in made.EVERY.items() for file, data in files.items()]


def read(path, **options):
    return recognised(path, among=[TECHNIQUE]).format.read(path, AbsorptionOptions(**options))


@pytest.mark.parametrize(
    ("name", "file", "data"), EVERY, ids=lambda value: value if isinstance(value, str) else ""
)
def test_each_format_gives_the_spectrum_it_was_made_from(tmp_path, name, file, data):
    path = tmp_path / file
    path.write_bytes(data)
    # Files of the last two name no element, and an edge of Er is near.
    silent = name in ("Photon Factory 9809", "SSRL EXAFS Data Collector")
    records = read(path, element="Ni" if silent else "")
    sample = records[0]
    assert sample.format == name
    assert (sample.element, sample.edge) == ("Ni", "K")
    np.testing.assert_allclose(sample.energy_ev, made.energies(), rtol=1e-9)
    if not sample.normalised:
        np.testing.assert_allclose(sample.absorption, made.absorption(made.energies()), atol=1e-9)
    if name not in ("Photon Factory 9809",) and not sample.normalised:
        np.testing.assert_allclose(sample.reference, made.absorption(made.energies(), valence=0.0), atol=1e-9)


@pytest.mark.parametrize("text", [made.athena_plain(), made.athena_json()], ids=["plain", "json"])
def test_athena_shift_is_applied_once_and_references_are_tied(tmp_path, text):
    path = tmp_path / "a.prj"
    path.write_bytes(made.gzipped(text))
    sample, reference = read(path)
    assert sample.label == "it's a sample"
    assert sample.energy_shift_ev == made.SHIFT
    assert sample.energy_ev[0] == pytest.approx(made.energies()[0])
    assert not sample.is_reference
    assert reference.is_reference
    assert reference.mode == "reference"
    assert sample.parameters["bkg_e0"] == 8339.0


def test_an_athena_group_that_holds_the_same_data_again_is_left_out(tmp_path):
    document = json.loads(made.athena_json())
    document["ccccc"] = document["aaaaa"]
    path = tmp_path / "twice.prj"
    path.write_text(json.dumps(document))
    records = read(path)
    assert len(records) == 2
    assert any("very data" in note for note in records[0].notes)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("('a',1,'b','c');", ["a", "1", "b", "c"]),
        (r"('it\'s','a\\b');", ["it's", "a\\b"]),
        ("('x',[1,2],{'k' => 'v'},undef)", ["x", ["1", "2"], ["k", "v"], ""]),
        ("('-1.5e-3',.5)", ["-1.5e-3", ".5"]),
        ("()", []),
    ],
)
def test_perl_lists_are_parsed(text, wanted):
    assert values_of(text, where="here") == wanted


@pytest.mark.parametrize("text", ["(system('x'))", "('a", "('a']", "(`ls`)", "(" * 40, "('a'=>do{1})"])
def test_perl_that_is_no_list_is_refused(text):
    with pytest.raises(InputError):
        values_of(text, where="here")


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("energy eV", "energy"),
        ("Mono Energy *", "energy"),
        ("i0 counts", "i0"),
        ("ifluor # deadtime-corrected", "fluorescence"),
        ("Ifch3", "fluorescence"),
        ("mutrans ", "mu_transmitted"),
        ("It", "transmitted"),
        ("$(EnergyAchieved)", "achieved"),
        ("temperature", None),
        ("voltage", None),
    ],
)
def test_names_of_columns_have_one_meaning(name, role):
    assert role_of(name) == role


def test_xdi_reads_back_what_it_wrote_exactly(tmp_path):
    record = made.record(
        noise=1e-3, state="discharged", cycle=2, temperature_k=300.0, formula="NiO", mode="transmission",
        deviation=np.full(len(made.energies()), 1e-3), notes=("a note",), origin="simulated",
    )  # fmt: skip
    path = tmp_path / "w.xdi"
    xdi.write(record, path)
    (again,) = read(path)
    for name in ("energy_ev", "absorption", "deviation"):
        np.testing.assert_array_equal(getattr(again, name), getattr(record, name))
    for name in ("state", "cycle", "temperature_k", "formula", "element", "edge", "origin", "label"):
        assert getattr(again, name) == getattr(record, name), name


def test_private_fields_of_xdi_do_not_travel(tmp_path):
    text = made.xdi().replace(
        "# ///", "# Facility.user: A. Name\n# Scan.proposal: 12345\n# Scan.file_path: /home/a\n# ///"
    )
    path = tmp_path / "p.xdi"
    path.write_text(text)
    (record,) = read(path)
    assert not {"A. Name", "12345", "/home/a"} & {str(value) for value in record.parameters.values()}


def test_xdi_angles_become_energies_by_braggs_law(tmp_path):
    from topotaxy.measurement.instrument import HC

    energy, before, behind, _ = made.counts()
    angle = np.degrees(np.arcsin(HC / (2 * 3.1355 * energy)))
    head = "# XDI/1.0\n# Column.1: angle degrees\n# Column.2: i0\n# Column.3: itrans\n"
    head += "# Element.symbol: Ni\n# Element.edge: K\n"
    rows = "\n".join(
        f"{a!r} {b!r} {c!r}" for a, b, c in zip(angle.tolist(), before.tolist(), behind.tolist(), strict=True)
    )
    path = tmp_path / "angle.xdi"
    path.write_text(head + "# Mono.d_spacing: 3.1355\n# ---\n" + rows + "\n")
    np.testing.assert_allclose(read(path)[0].energy_ev, energy, rtol=1e-9)
    path.write_text(head + "# ---\n" + rows + "\n")
    with pytest.raises(InputError, match="d_spacing"):
        read(path)


def test_columns_without_names_are_read_by_their_numbers(tmp_path):
    energy, before, behind, _ = made.counts()
    path = tmp_path / "bare.dat"
    path.write_text(
        "\n".join(
            f"{e!r} {b!r} {a!r}"
            for e, a, b in zip(energy.tolist(), before.tolist(), behind.tolist(), strict=True)
        )
    )
    with pytest.raises(InputError):
        recognised(path, among=[TECHNIQUE])
    format = next(one for one in TECHNIQUE.formats() if one.name == "columns with a header")
    with pytest.raises(InputError, match="energy_column"):
        format.read(path, AbsorptionOptions())
    (record,) = format.read(path, AbsorptionOptions(element="Ni", energy_column=1, i0_column=3, it_column=2))
    np.testing.assert_allclose(record.absorption, made.absorption(energy), atol=1e-9)
    with pytest.raises(InputError, match="column 9"):
        format.read(path, AbsorptionOptions(energy_column=9, mu_column=2))


def test_a_fluorescence_detector_that_saw_the_edge_is_preferred_to_a_dead_transmission(tmp_path):
    energy, before, _, _ = made.counts()
    rng = np.random.default_rng(0)
    dead = before * np.exp(-rng.normal(1.0, 0.05, len(energy)))
    rows = np.stack(
        [energy, before, dead, *(0.1 * before * made.absorption(energy) for _ in range(2))], axis=1
    )
    path = tmp_path / "fluo.dat"
    path.write_text(
        "# Element: Ni\n# Edge: K\n# energy  i0  it  if1  if2\n"
        + "\n".join(" ".join(map(repr, row.tolist())) for row in rows)
    )
    (record,) = read(path)
    assert record.mode == "fluorescence"
    np.testing.assert_allclose(record.absorption, 0.2 * made.absorption(energy), rtol=1e-9)
    assert read(path, mode="transmission")[0].mode == "transmission"


REAL = {
    "cu_metal_rt.xdi": ("Cu", "K", 408, "transmission"),
    "CaS_rt_001.xdi": ("S", "K", 299, "fluorescence"),
    "Zn_foil.xdi": ("Zn", "K", 526, "transmission"),
    "MnO_bv.prj": ("Mn", "K", 459, "unknown"),
    "LaCoO3.prj": ("La", "L3", 405, "unknown"),
    "beamlines/NSLS8ID_2019.dat": ("As", "K", 647, "fluorescence"),
    "beamlines/NSLS_XDAC_2011.dat": ("Fe", "K", 422, "fluorescence"),
    "beamlines/PFBL12C_2005.dat": ("Hg", "L3", 818, "transmission"),
    "beamlines/SSRL1_2006.dat": ("Ag", "K", 455, "transmission"),
    "beamlines/APS13ID_2008.dat": ("Zn", "K", 469, "transmission"),
    "damaged/みせる.060": ("Fe", "K", 511, "transmission"),
    "units_kev.dat": ("Fe", "K", 511, "transmission"),
    "cu_romanglass.xdi": ("Cu", "K", 473, "fluorescence"),
    "operando/norm_op2_cell4_pos1_dq1_0001_av240_00001.txt": ("Ni", "K", 1649, "unknown"),
}


@pytest.mark.parametrize("name", sorted(REAL))
def test_real_files_are_known_by_content(real_spectrum, name):
    path = real_spectrum(name)
    record = read(path)[0]
    assert (record.element, record.edge, len(record)) == REAL[name][:3]
    if name != "beamlines/NSLS_XDAC_2011.dat":
        assert record.mode == REAL[name][3]


def test_real_nio_project_has_eleven_scans_with_their_foils(real_spectrum):
    records = read(real_spectrum("NiO.prj"))
    samples = [one for one in records if not one.is_reference]
    assert len(samples) == 11
    assert all(one.reference is not None for one in samples)
    assert sum("very data" in note for note in records[0].notes) == 2


@pytest.mark.parametrize(
    "name", ["nonuniform.chi", "selfabs/cufluo.dat", "beamlines/CLSHXMA.dat", "feff_Cu/feff0001.dat"]
)
def test_real_files_that_are_no_spectrum_are_not_taken(real_spectrum, name):
    with pytest.raises(InputError):
        recognised(real_spectrum(name), among=[TECHNIQUE])
