"""Specimens of a run: the atoms of its configurations to the last one, in a box whose volume is theirs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from topotaxy.cli import main
from topotaxy.errors import InputError
from topotaxy.lattice import Replica, run_replica
from topotaxy.lattice.export import kinds_of, lattice_state, strained_edge
from topotaxy.runs import run, specimens_of
from topotaxy.runs.phases import Phase, phases_of
from topotaxy.runs.specimens import kept_specimens
from topotaxy.spec import Spec, load_spec
from topotaxy.specimen import Specimen, read, write
from topotaxy.specimen.ase_atoms import from_ase, to_ase
from topotaxy.specimen.kept import specimens_in
from topotaxy.specimen.periodic import smallest_distance

CELLS = 4


def small(name: str) -> Spec:
    spec = load_spec(name)
    return spec.model_copy(
        update={
            "lattice": spec.lattice.model_copy(update={"cells": CELLS, "replicas": 1}),
            "protocol": spec.protocol.model_copy(update={"cycles": 1}),
        }
    )


@pytest.fixture(scope="module", params=["heos-na", "heo-li"])
def simulated(request, tmp_path_factory) -> tuple[Phase, Replica]:
    phase = phases_of(small(request.param))[0]
    path = tmp_path_factory.mktemp("checkpoint") / "replica.npz"
    return phase, run_replica(phase.box, np.random.SeedSequence(3), path, grain=0.5, tick=lambda cycle: None)


@pytest.fixture(scope="module")
def specimens(simulated) -> list[Specimen]:
    phase, replica = simulated
    return list(specimens_in(kept_specimens([phase], [[replica]]), "run"))


def test_pristine_and_every_kept_half_cycle(simulated, specimens) -> None:
    assert [(s.state, s.cycle) for s in specimens] == [("pristine", 0), ("discharged", 1), ("charged", 1)]


def configurations(replica: Replica) -> Iterator:
    yield replica.pristine, 0.0
    for half in replica.half_cycles:
        yield half.configuration, half.measures.frame_strain


def test_atoms_are_those_of_the_configuration_to_the_last_one(simulated, specimens) -> None:
    phase, replica = simulated
    energies, ion = phase.box.energies, phase.box.spec.cell.ion
    for (configuration, _), specimen in zip(configurations(replica), specimens, strict=True):
        counts = dict.fromkeys([*energies.species, *energies.anions, ion], 0)
        for kind in configuration.element[configuration.element >= 0]:
            counts[energies.species[kind]] += 1
        for kind in configuration.anion:
            counts[energies.anions[kind]] += 1
        counts[ion] += int(configuration.alkali.sum())
        assert specimen.counts() == {el: n for el, n in sorted(counts.items()) if n}
        # Charge is the configuration's: neutral.
        assert specimen.valences.sum() == pytest.approx(0)


def test_identities_follow_their_atoms(simulated, specimens) -> None:
    """An atom that is the same is of the same element before and after."""
    by_identity = dict(zip(specimens[0].identities.tolist(), specimens[0].elements.tolist(), strict=True))
    for specimen in specimens[1:]:
        present = dict(zip(specimen.identities.tolist(), specimen.elements.tolist(), strict=True))
        assert {i: present[i] for i in by_identity} == by_identity
        ion = simulated[0].box.spec.cell.ion
        assert all(el == ion for i, el in present.items() if i not in by_identity)


def test_no_two_atoms_are_closer_than_a_bond(specimens) -> None:
    for specimen in specimens:
        assert smallest_distance(specimen.positions, specimen.box, specimen.periodic) >= 1.5


def test_box_has_the_strain_of_the_lattice(simulated) -> None:
    phase, replica = simulated
    box, a = phase.box, phase.lattice_parameter
    kinds = kinds_of(box.composition, box.energies.species, box.energies.anions, box.spec.cell.ion)
    width = CELLS * a
    assert strained_edge(
        box.geometry, kinds, replica.pristine, lattice_parameter=a, frame_strain=0.0
    ) == pytest.approx(width)
    # All in registry: the strain of the frame is the strain of the box, whatever is inside.
    assert strained_edge(
        box.geometry, kinds, replica.pristine, lattice_parameter=a, frame_strain=0.036
    ) == pytest.approx(1.036 * width)


def test_metal_is_fcc_around_its_centre_and_in_one_piece_each(specimens) -> None:
    for specimen in specimens:
        metal = specimen.is_phase("metal")
        members = [c.members for c in specimen.clusters]
        assert (
            sorted(np.concatenate(members)) == np.flatnonzero(metal).tolist() if members else not metal.any()
        )
        for cluster in specimen.clusters:
            apart = specimen.positions[cluster.members] - cluster.centre
            apart -= np.round(apart / np.diag(specimen.box)) * np.diag(specimen.box)
            np.testing.assert_allclose(apart.mean(axis=0), 0, atol=1e-6)
            # The ball of so many atoms of at most 16 Å³, and a neighbour distance.
            assert np.linalg.norm(apart, axis=1).max() < (3 * 16 * cluster.size / 4 / np.pi) ** (1 / 3) + 3.0


def test_discharged_specimen_survives_ase_xyz_and_cif(specimens, tmp_path: Path) -> None:
    pytest.importorskip("ase")
    discharged = specimens[1]
    found = [
        from_ase(to_ase(discharged)),
        read(write(discharged, tmp_path / "a.xyz")),
        read(write(discharged, tmp_path / "a.cif")),
    ]
    for other in found:
        np.testing.assert_array_equal(other.positions, discharged.positions)
        np.testing.assert_array_equal(other.identities, discharged.identities)
        assert [c.members.tolist() for c in other.clusters] == [
            c.members.tolist() for c in discharged.clusters
        ]


def test_a_coherent_box_keeps_its_atoms_on_the_strained_lattice(simulated) -> None:
    """M0 and alkali on sites of the frame are not moved by anything."""
    from topotaxy.specimen.construction import specimen_of

    phase, replica = simulated
    box = phase.box
    kinds = kinds_of(box.composition, box.energies.species, box.energies.anions, box.spec.cell.ion)
    alkali = replica.pristine.alkali.copy()
    alkali[::3] = 1
    state = lattice_state(box.geometry, kinds, replica.pristine._replace(alkali=alkali), edge=18.0)
    made = specimen_of(state, when="discharged", cycle=1, replica=0, formula="", source="test")
    np.testing.assert_allclose(made.positions, state.sites * 18.0, atol=1e-12)
    assert made.unit_cell == pytest.approx(18.0 / CELLS)
    assert made.is_phase("frame").all()


def test_folder_gives_them_and_the_verb_writes_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = run(small("coo-na"), tmp_path / "run")
    one = list(specimens_of(folder, state="discharged"))
    assert [(s.replica, s.cycle, s.source) for s in one] == [(0, 1, "run")]
    assert list(specimens_of(folder, cycle=7)) == []
    assert main(["export", str(folder), "--state", "discharged", "--format", "cif", "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)["specimens"]
    assert entry["atoms"] == one[0].counts()
    np.testing.assert_array_equal(read(entry["file"]).positions, one[0].positions)
    assert main(["export", str(folder), "--cycle", "7"]) == 2
    assert main(["export", str(tmp_path / "nowhere")]) == 2
    assert main(["export", str(folder), "--format", "pdb"]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_damaged_groups_are_refused(simulated) -> None:
    phase, replica = simulated
    kept = kept_specimens([phase], [[replica]])
    for name, value in (("atoms", -1), ("edge", np.nan), ("cells", 0), ("element", 99), ("phase", 9)):
        damaged = kept.copy(deep=True)
        damaged[name].values[...] = value
        with pytest.raises(InputError, match="damaged"):
            list(specimens_in(damaged, "run"))
    with pytest.raises(InputError, match="damaged"):
        list(specimens_in(kept.drop_vars("identity"), "run"))


def test_size_is_bounded(simulated, tmp_path: Path) -> None:
    """At most four atoms per cation site and thirteen bytes an atom, before compression."""
    phase, replica = simulated
    kept = kept_specimens([phase], [[replica]])
    per_atom = sum(
        kept[n].nbytes
        for n in (
            "site",
            "element",
            "valence",
            "phase",
            "identity",
            "metal_element",
            "metal_identity",
            "piece",
        )
    )
    assert per_atom <= 13 * 4 * phase.box.geometry.sites * kept.sizes["specimen"]
