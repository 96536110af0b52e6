"""Limits of the lattice's physics, each by taking one thing away or setting it apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from topotaxy.lattice import Replica, box_from_spec, kernel, run_replica
from topotaxy.spec import Spec


def _cycled(
    folder: Path, formula: str = "NiO", ion: str = "Na", cycles: int = 2, **lattice: object
) -> Replica:
    spec = Spec.model_validate(
        {
            "name": "limit",
            "electrode": {"formula": formula},
            "cell": {"ion": ion},
            "protocol": {"cycles": cycles},
            "lattice": {"cells": 6, "replicas": 1, **lattice},
        }
    )
    return run_replica(box_from_spec(spec), np.random.SeedSequence(8), folder / "replica.npz")


def _registered(replica: Replica) -> list[float]:
    return [half.measures.coherent_fraction for half in replica.half_cycles]


def test_a_rigid_frame_keeps_its_registry_and_feels_nothing(tmp_path: Path) -> None:
    replica = _cycled(tmp_path, coherency=False)
    assert _registered(replica) == [1.0] * 4
    assert all(h.measures.frame_strain == 0.0 and h.measures.frame_stress == 0.0 for h in replica.half_cycles)


def test_metal_gathers_in_a_registered_frame(tmp_path: Path) -> None:
    # Two questions, two answers: here the metal has gathered and the lattice is all there.
    measures = _cycled(tmp_path, cycles=1, coherency=False).half_cycles[0].measures
    assert measures.inlaid_fraction > 0.5
    assert measures.coherent_fraction == 1.0


def test_pressure_drives_registry_out_and_without_it_nothing_does(tmp_path: Path) -> None:
    pressed = {"matrix_pressure": 3.0, "registry_barrier": 0.0, "frame_interface_energy": 0.1}
    calm = {"matrix_pressure": 0.0, "frame_interface_energy": 1.3}
    # The whole grain feels its metal.
    measures = _cycled(tmp_path, ion="Li", cycles=1, parameters=pressed).half_cycles[0].measures
    assert measures.lost_fraction > 0.9
    assert measures.coherent_fraction < 0.1
    (tmp_path / "calm").mkdir()
    assert _registered(_cycled(tmp_path / "calm", ion="Li", cycles=1, parameters=calm)) == [1.0, 1.0]


def test_no_step_of_registry_is_as_fast_as_its_barrier_forbids(tmp_path: Path) -> None:
    slow = {"matrix_pressure": 3.0, "registry_barrier": 2.0, "frame_interface_energy": 0.1}
    replica = _cycled(tmp_path, ion="Li", cycles=1, parameters=slow)
    assert _registered(replica) == [1.0, 1.0]
    assert replica.half_cycles[0].tally[kernel.REGISTRY] == 0


def test_each_switch_takes_away_its_own_events_only(tmp_path: Path) -> None:
    gone = {
        "mobility": (kernel.METAL_TRIALS, kernel.TRANSFER_TRIALS),
        "transport": (kernel.CATION_TRIALS,),
        "coherency": (kernel.REGISTRY_TRIALS,),
    }
    every = {kind for kinds in gone.values() for kind in kinds}
    for switch, kinds in gone.items():
        (tmp_path / switch).mkdir()
        tally = _cycled(tmp_path / switch, "Ni0.5Co0.5O", cycles=1, **{switch: False}).half_cycles[0].tally
        for kind in every:
            assert (tally[kind] == 0) == (kind in kinds), (switch, kind)


def test_in_contact_only_more_stays_behind(tmp_path: Path) -> None:
    far = _cycled(tmp_path, ion="Li").half_cycles
    (tmp_path / "near").mkdir()
    near = _cycled(tmp_path / "near", ion="Li", reach=False).half_cycles
    assert near[1].exchange_distance < far[1].exchange_distance
    assert near[1].capacity < far[1].capacity


@pytest.mark.parametrize("offset", [0.4, 0.7])
def test_the_level_of_the_monovalent_ion_makes_the_hysteresis(tmp_path: Path, offset: float) -> None:
    # The step that waits is the first on discharge and on charge: about V - offset and V + offset.
    half = _cycled(tmp_path, ion="Li", parameters={"monovalent_offset": offset}).half_cycles
    assert half[3].mean_voltage - half[2].mean_voltage == pytest.approx(2 * offset, abs=0.45)
