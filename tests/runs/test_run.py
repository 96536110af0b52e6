from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import topotaxy
from topotaxy.errors import InputError
from topotaxy.lattice.measures import Measures
from topotaxy.observables import VOCABULARY, from_csv, from_json
from topotaxy.results import schema_of
from topotaxy.runs import run
from topotaxy.runs.dataset import MEASURES
from topotaxy.runs.folder import resolved, spec_text
from topotaxy.spec import Spec, spec_from_text

SPEC = Spec.model_validate(
    {
        "name": "small",
        "electrode": {"formula": "Mg0.25Ni0.5Cu0.25O", "claimed_active": ["Ni", "Cu"]},
        "cell": {"ion": "Na"},
        "protocol": {"cycles": 3},
        "lattice": {"cells": 3, "replicas": 4, "seed": 4},
    }
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(SPEC, tmp_path_factory.mktemp("runs") / "small")


def _digest(folder: Path) -> dict[str, str]:
    names = ("run.nc", "observables.json", "observables.csv", "curves.csv", "spec.toml")
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}


def test_run_folder_holds_what_the_contract_says(finished: Path) -> None:
    names = {p.name for p in finished.iterdir()}
    assert names == {
        "spec.toml",
        "run.nc",
        "curves.csv",
        "observables.json",
        "observables.csv",
        "labels.json",
        "provenance.json",
    }
    written = spec_from_text((finished / "spec.toml").read_text(encoding="utf-8"))
    assert written.lattice.block == 2
    assert written == resolved(SPEC) != SPEC
    tree = xr.open_datatree(finished / "run.nc", engine="h5netcdf")
    assert schema_of("run").faults(tree) == []
    provenance = json.loads((finished / "provenance.json").read_text(encoding="utf-8"))
    assert provenance["seed"] == 4
    assert provenance["events"] > 0
    assert {p["name"] for p in provenance["parameters"]} >= {"interface_ratio", "cation_barrier"}
    assert all(p["source"] for p in provenance["parameters"])


def test_observables_are_canonical_and_equal_in_both_files(finished: Path) -> None:
    found = from_json((finished / "observables.json").read_text(encoding="utf-8"))
    assert found == from_csv((finished / "observables.csv").read_text(encoding="utf-8"))
    assert all(o.unit == VOCABULARY[o.quantity].unit and o.origin == "simulated" for o in found)
    headline = {o.quantity for o in found if o.label}
    assert {"specific_capacity_charge", "home_fraction", "reduced_fraction", "capacity_retention"} <= headline
    assert "coherent_fraction" in headline
    # Domains and the frame are known only in replicas that have metal, or regions in registry; metal of an
    # element and its distances only where there is some.
    partial = {"domain_size", "strain", "stress", "bond_length", "coordination_number"}
    assert all(o.uncertainty is not None for o in found if o.quantity not in partial)


def test_numbers_of_the_run_agree_with_each_other(finished: Path) -> None:
    cycles = xr.open_datatree(finished / "run.nc", engine="h5netcdf")["cycles"].to_dataset()
    composition = topotaxy.parse_formula(SPEC.electrode.formula)
    shares = np.array([composition.cation_fractions[el] for el in cycles.element.values])
    from topotaxy.material import molar_mass, theoretical_capacity

    full = theoretical_capacity(2.0, molar_mass(composition))
    held = (cycles.reduced_fraction.sel(state="discharged", cycle=1).values * shares).sum(axis=-1) * full
    assert held == pytest.approx(cycles.discharge_capacity.sel(cycle=1).values, rel=1e-9)
    left = cycles.discharge_capacity.cumsum("cycle") - cycles.charge_capacity.cumsum("cycle")
    assert left.values == pytest.approx(cycles.trapped_fraction.values * full, abs=1e-6)
    assert bool((cycles.framework_fraction <= cycles.home_fraction).all())
    anion = cycles.anion_coordination.sel(state="discharged")
    assert float(anion.min()) >= 0
    assert float(anion.max()) <= 6


def test_every_measure_of_the_lattice_is_in_the_dataset(finished: Path) -> None:
    assert set(MEASURES) == {field.name for field in fields(Measures)}
    cycles = xr.open_datatree(finished / "run.nc", engine="h5netcdf")["cycles"].to_dataset()
    assert set(MEASURES) <= set(cycles.data_vars)
    coherent = cycles.coherent_fraction
    assert bool(((coherent >= 0) & (coherent <= 1)).all())
    assert bool((cycles.interface_area >= 0).all())
    assert cycles.domain_size.attrs["units"] == "nm"


def test_expansion_is_zero_when_pristine_and_grows_with_reaction(finished: Path) -> None:
    cycles = xr.open_datatree(finished / "run.nc", engine="h5netcdf")["cycles"].to_dataset()
    expansion = cycles.expansion
    assert float(expansion.sel(state="discharged").min()) > float(expansion.sel(state="charged").max())
    assert float(expansion.min()) >= -1e-12


def test_the_same_seed_gives_the_same_files_byte_for_byte(finished: Path, tmp_path: Path) -> None:
    assert _digest(run(SPEC, tmp_path / "again")) == _digest(finished)


def test_simulate_returns_what_run_writes(finished: Path) -> None:
    written = xr.open_datatree(finished / "run.nc", engine="h5netcdf").load()
    calls: list[tuple[int, int]] = []
    tree = topotaxy.simulate(SPEC, progress=lambda done, total, _: calls.append((done, total)))
    xr.testing.assert_equal(tree["cycles"].to_dataset(), written["cycles"].to_dataset())
    assert calls[-1] == (12, 12)


def test_killed_run_resumes_to_the_same_files(finished: Path, tmp_path: Path) -> None:
    out = tmp_path / "killed"
    code = (
        "import sys; from pathlib import Path; from topotaxy.runs import run; "
        "from topotaxy.spec import spec_from_text; "
        "run(spec_from_text(Path(sys.argv[1]).read_text()), Path(sys.argv[2]))"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(finished / "spec.toml"), str(out)])
    deadline = time.monotonic() + 60
    while not list(out.glob("checkpoint/*.npz")) and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert (out / "spec.toml").is_file()
    run(SPEC, out, resume=True)
    assert _digest(out) == _digest(finished)
    assert not (out / "checkpoint").exists()


def test_resuming_a_finished_run_changes_nothing(finished: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in finished.iterdir()}
    assert run(SPEC, finished, resume=True) == finished
    assert {p: p.stat().st_mtime_ns for p in finished.iterdir()} == before


def test_folders_that_cannot_be_used_are_refused_and_left_alone(finished: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--resume"):
        run(SPEC, finished)
    other = SPEC.model_copy(update={"lattice": SPEC.lattice.model_copy(update={"seed": 5})})
    with pytest.raises(InputError, match="another specification"):
        run(other, finished, resume=True)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("keep")
    with pytest.raises(InputError, match="not empty"):
        run(SPEC, tmp_path / "mine")
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["thesis.txt"]
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="is a file"):
        run(SPEC, tmp_path / "file")


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "checkpoint").mkdir(parents=True)
    (out / "spec.toml").write_text(spec_text(SPEC), encoding="utf-8")
    (out / "checkpoint" / "replica-000.npz").write_bytes(b"PK\x03\x04 nonsense")
    with pytest.raises(InputError, match=r"replica-000\.npz: damaged checkpoint"):
        run(SPEC, out, resume=True)


@pytest.mark.parametrize("formula", ["NiF2", "Ni0.93Cu0.02O0.9F0.1", "CaSe"])
def test_nothing_is_written_when_the_material_cannot_be_used(formula: str, tmp_path: Path) -> None:
    electrode = SPEC.electrode.model_copy(update={"formula": formula, "claimed_active": ()})
    spec = SPEC.model_copy(update={"electrode": electrode})
    with pytest.raises(InputError):
        run(spec, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
