"""To files and other codes and back: nothing is lost, and what others wrote is understood."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from atoms_compared import assert_same
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.specimen import PHASES, Cluster, Specimen, read, write
from topotaxy.specimen.ase_atoms import from_ase, to_ase
from topotaxy.specimen.builders import antifluorite, rock_salt
from topotaxy.specimen.inclusions import metal_spheres

TEXT = st.text(max_size=20)
COORDINATE = st.floats(-1e4, 1e4, allow_subnormal=False)


@st.composite
def specimens(draw: st.DrawFn) -> Specimen:
    count = draw(st.integers(1, 8))
    edges = draw(st.lists(st.floats(0.5, 100.0), min_size=3, max_size=3))
    tilt = draw(st.lists(st.floats(-3.0, 3.0), min_size=3, max_size=3))
    box = np.diag(edges)
    box[1, 0], box[2, 0], box[2, 1] = tilt
    member = draw(st.lists(st.integers(-1, 1), min_size=count, max_size=count))
    clusters = tuple(
        Cluster(
            centre=np.array(draw(st.lists(COORDINATE, min_size=3, max_size=3))),
            members=np.flatnonzero(np.array(member) == k),
            registered=draw(st.booleans()),
        )
        for k in (0, 1)
    )
    return Specimen(
        positions=np.array(draw(st.lists(st.tuples(*[COORDINATE] * 3), min_size=count, max_size=count))),
        elements=np.array(
            draw(st.lists(st.sampled_from(["Ni", "O", "Na", "S"]), min_size=count, max_size=count))
        ),
        valences=np.array(draw(st.lists(st.floats(-3, 3), min_size=count, max_size=count))),
        phases=np.array(
            draw(st.lists(st.integers(0, len(PHASES) - 1), min_size=count, max_size=count)), dtype=np.int8
        ),
        identities=np.array(draw(st.permutations(range(count)))) + draw(st.integers(0, 10**9)),
        box=box,
        periodic=tuple(draw(st.tuples(st.booleans(), st.booleans(), st.booleans()))),
        clusters=clusters,
        unit_cell=draw(st.none() | st.floats(0.1, 50.0)),
        state=draw(st.sampled_from(["pristine", "discharged", "charged"])),
        cycle=draw(st.integers(0, 10**6)),
        replica=draw(st.integers(0, 100)),
        formula=draw(TEXT),
        source=draw(TEXT),
        notes=tuple(draw(st.lists(TEXT, max_size=3))),
    )


@pytest.mark.parametrize("ending", ["xyz", "extxyz", "cif"])
@given(specimen=specimens())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_files_lose_nothing(tmp_path: Path, ending: str, specimen: Specimen) -> None:
    assert_same(specimen, read(write(specimen, tmp_path / f"a.{ending}")))


@given(specimen=specimens())
@settings(max_examples=40, deadline=None)
def test_ase_loses_nothing(specimen: Specimen) -> None:
    pytest.importorskip("ase")
    assert_same(specimen, from_ase(to_ase(specimen)))


def metal_in_salt() -> Specimen:
    made = metal_spheres(antifluorite("Na", "O", 4), metal={"Ni": 1}, count=1, diameter=1.2)
    return replace(made, state="discharged", cycle=3, notes=("by hand",))


def test_other_programs_read_the_xyz_and_the_cif(tmp_path: Path) -> None:
    io = pytest.importorskip("ase.io")
    specimen = metal_in_salt()
    for ending in ("xyz", "cif"):
        atoms = io.read(write(specimen, tmp_path / f"a.{ending}"))
        assert atoms.get_chemical_symbols() == specimen.elements.tolist()
        np.testing.assert_allclose(atoms.get_cell().lengths(), np.diag(specimen.box))
        apart = atoms.get_scaled_positions() - specimen.positions / np.diag(specimen.box)
        assert np.abs(apart - np.round(apart)).max() < 1e-8


def test_xyz_by_ase_is_understood(tmp_path: Path) -> None:
    pytest.importorskip("ase")
    from ase.build import bulk

    bulk("NiO", "rocksalt", a=4.2, cubic=True).write(tmp_path / "nio.xyz", format="extxyz")
    found = read(tmp_path / "nio.xyz")
    assert found.counts() == {"Ni": 4, "O": 4}
    assert set(found.valences[found.is_element("Ni")]) == {2.0}
    assert found.valences.sum() == 0
    assert any("assumed" in note for note in found.notes)
    bulk("Cu", cubic=True).write(tmp_path / "cu.xyz", format="extxyz")
    metal = read(tmp_path / "cu.xyz")
    assert metal.is_phase("metal").all()
    assert metal.clusters[0].size == len(metal)


CIF = """data_nimg
_cell_length_a 4.2
_cell_length_b 4.2
_cell_length_c 4.2
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M 'F m -3 m'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
Ni1 Ni2+ 0 0 0 {nickel}
Mg1 Mg2+ 0 0 0 {magnesium}
O1 O2- 0.5 0.5 0.5 1
"""


def test_crystal_of_mixed_sites_fills_its_cells_in_exact_amounts(tmp_path: Path) -> None:
    (tmp_path / "a.cif").write_text(CIF.format(nickel=0.6, magnesium=0.3))
    found = read(tmp_path / "a.cif", cells=5, seed=2)
    # Each of the four sites of a cell is filled in exact amounts over 125 cells.
    assert found.counts() == {"Mg": 4 * 38, "Ni": 4 * 75, "O": 500} or found.counts()["Ni"] == 300
    assert found.unit_cell == pytest.approx(4.2)
    assert set(found.valences[found.is_element("O")]) == {-2.0}
    np.testing.assert_allclose(np.diag(found.box), 21.0)
    again = read(tmp_path / "a.cif", cells=5, seed=2)
    np.testing.assert_array_equal(found.elements, again.elements)


def test_written_cells_are_read_as_they_were(tmp_path: Path) -> None:
    crystal = rock_salt("NiO", 2)
    plain = "\n".join(
        line for line in CIF.format(nickel=1.0, magnesium=0.0).splitlines() if not line.startswith("Mg1")
    )
    (tmp_path / "b.cif").write_text(plain.replace("4.2\n", f"{crystal.unit_cell}\n"))
    found = read(tmp_path / "b.cif", cells=2)
    assert found.counts() == crystal.counts()
    assert found.volume == pytest.approx(crystal.volume)


def test_unknown_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.xyz"):
        write(rock_salt("NiO", 1), tmp_path / "a.pdb")
    assert not list(tmp_path.iterdir())
