"""``topotaxy probe`` and files of several techniques: what is written, printed and refused."""

from __future__ import annotations

import json
from pathlib import Path

import balance_files
import cycler_files
import pytest
from outcome import Call

from topotaxy.observables import from_json
from topotaxy.specimen import write
from topotaxy.specimen.builders import rock_salt

FORMULA = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11"
WEIGH = ("--technique", "thermogravimetry", "--no-report")


@pytest.fixture
def specimen(tmp_path: Path) -> str:
    write(rock_salt(FORMULA, 4, seed=1), tmp_path / "heos.xyz")
    return "heos.xyz"


def test_a_specimen_is_weighed_into_a_real_file_that_reads_back(
    topotaxy: Call, specimen: str, tmp_path: Path
) -> None:
    options = ("--formula", FORMULA, "--sulfate", "none", "--burnt-to", "CoO", "--seed", "3")
    options = (*options, "--end-products", "CuO", "--end-products", "CoO", "--water-share", "0.001")
    outcome = topotaxy("probe", specimen, *WEIGH, *options, "--json", "--out", "seen")
    assert outcome.status == 0, outcome.err
    document = json.loads(outcome.out)
    found = from_json(outcome.out)
    assert {o.origin for o in found} == {"simulated"}
    assert {o.state for o in found} == {"pristine"}
    assert {o.bound for o in found if o.quantity == "anion_fraction"} == {"lower", "upper"}
    assert document["records"][0]["instrument"].startswith("virtual")
    files = {path.name for path in (tmp_path / "seen").iterdir()}
    assert "heos-thermogravimetry.txt" in files
    again = topotaxy("analyse", "seen/heos-thermogravimetry.txt", "--no-report", "--json", "--out", "again")
    assert again.status == 0, again.err
    values = {o.quantity: o.value for o in from_json(again.out)}
    assert values["mass_change"] == next(o.value for o in found if o.quantity == "mass_change")
    provenance = json.loads((tmp_path / "seen" / "provenance.json").read_text(encoding="utf-8"))
    assert provenance["options"]["seed"] == 3


def test_the_seed_makes_the_noise(topotaxy: Call, specimen: str, tmp_path: Path) -> None:
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        assert topotaxy("probe", specimen, *WEIGH, "--seed", seed, "--out", name).status == 0
    texts = [(tmp_path / name / "heos-thermogravimetry.txt").read_bytes() for name in "abc"]
    assert texts[0] == texts[1] != texts[2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nosuch.xyz", *WEIGH), "nosuch.xyz: cannot be read: No such file"),
        (("heos.xyz", "--technique", "cycling"), "cycling has no probe: a cycler sees a whole cell"),
        (("heos.xyz", "--technique", "alchemy"), "no technique 'alchemy'"),
        (("heos.xyz", *WEIGH, "--state", "charged"), "this is a file"),
        (("heos.xyz", *WEIGH, "--format", "TA Trios text"), "it writes Netzsch text"),
        (("heos.xyz", *WEIGH, "--role", "full-cell"), "--role is no option of thermogravimetry"),
        (("heos.xyz", *WEIGH, "--sample-mass", "10"), "--sample-mass needs a unit, as in 10mg"),
        (("heos.xyz", *WEIGH, "--burnt-to", "CoS"), "no end product 'CoS'"),
        (("heos.xyz", *WEIGH, "--sampling", "1us"), "points; set temperatures, rate and sampling anew"),
        ((".", *WEIGH), "holds no finished run"),
    ],
)
def test_what_cannot_be_probed_is_one_line(
    topotaxy: Call, specimen: str, arguments: tuple[str, ...], message: str
) -> None:
    outcome = topotaxy("probe", *arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert message in outcome.err
    assert outcome.err.count("\n") == 1
    assert outcome.files == {"heos.xyz"}


def test_files_of_two_techniques_are_one_analysis(topotaxy: Call, tmp_path: Path) -> None:
    balance_files.written(tmp_path, "cell.csv", cycler_files.bdf_csv())
    balance_files.written(tmp_path, "tga.txt", balance_files.ta_universal())
    (tmp_path / "sample.toml").write_text(
        'sample = "batch 3"\nmass = "2 mg"\n[cycling]\nrole = "half-cell-anode"\n', encoding="utf-8"
    )
    outcome = topotaxy(
        "analyse", "cell.csv", "tga.txt", "--sample", "sample.toml", "--no-report", "--out", "both"
    )
    assert outcome.status == 0, outcome.err
    assert "Thermogravimetry: tga.txt" in outcome.out
    assert "mass change" in outcome.out
    found = from_json((tmp_path / "both" / "observables.json").read_text(encoding="utf-8"))
    assert {o.technique for o in found} == {"galvanostatic cycling", "thermogravimetry"}
    assert {o.conditions.sample for o in found} == {"batch 3"}


def test_help_has_the_options_of_every_technique(topotaxy: Call) -> None:
    said = " ".join(topotaxy("analyse", "--help").out.split())
    for words in ("--mass", "--role", "--dry-at", "Thermogravimetry", "Cycling"):
        assert words in said
    assert "--sample-mass" not in said
    assert "--sample-mass" in topotaxy("probe", "--help").out
