"""A checkpoint is taken back as it was written, for the run it was written for, or not at all."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.lattice import Box, Replica, box_from_spec, run_replica
from topotaxy.lattice.checkpoint import identity_of, load_replica, save_replica
from topotaxy.lattice.simulation import new_replica
from topotaxy.results.arrays import DIGEST, IDENTITY, write_arrays
from topotaxy.spec import Spec

CYCLES = 3
SEED = np.random.SeedSequence(5)
Arrays = dict[str, NDArray[Any]]


def box_of(*, formula: str = "Mg0.25Ni0.5Cu0.25O", cycles: int = CYCLES, **lattice: Any) -> Box:
    document = {
        "name": "small",
        "electrode": {"formula": formula},
        "cell": {"ion": "Na"},
        "protocol": {"cycles": cycles},
        "lattice": {"cells": 2, "seed": 4, **lattice},
    }
    return box_from_spec(Spec.model_validate(document))


class Stop(Exception):
    pass


def stop_after_two(cycle: int) -> None:
    if cycle == 2:
        raise Stop


@pytest.fixture(scope="module")
def box() -> Box:
    return box_of()


@pytest.fixture(scope="module")
def half_way(box: Box, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoint of two cycles of three, discharged and charged."""
    path = tmp_path_factory.mktemp("checkpoint") / "replica.npz"
    with pytest.raises(Stop):
        run_replica(box, SEED, path, tick=stop_after_two)
    return path


def loaded(path: Path, box: Box, *, seed: np.random.SeedSequence = SEED, grain: float = 0.5) -> Replica:
    return load_replica(path, box, new_replica(box, seed), identity=identity_of(box, seed, grain))


def contents(path: Path) -> Arrays:
    with np.load(path) as archive:
        return {name: archive[name] for name in archive.files}


def said(replica: Replica) -> list[Any]:
    """All of a replica, as values that compare."""
    configurations = [replica.pristine, replica.configuration]
    found: list[Any] = [replica.rng.bit_generator.state, len(replica.half_cycles)]
    for half in replica.half_cycles:
        curve = () if half.curve is None else vars(half.curve).values()
        found += [half.cycle, half.direction, half.capacity, half.mean_voltage, half.duration, half.clipped]
        found += [repr(half.exchange_distance), half.tally.tobytes(), *(v.tobytes() for v in curve)]
        found += [np.asarray(value).tobytes() for value in vars(half.measures).values()]
        configurations += [] if half.configuration is None else [half.configuration]
    return found + [values.tobytes() for c in configurations for values in c]


def test_a_checkpoint_comes_back_as_it_was(half_way: Path, box: Box, tmp_path: Path) -> None:
    replica = loaded(half_way, box)
    assert [half.cycle for half in replica.half_cycles] == [1, 1, 2, 2]
    save_replica(replica, tmp_path / "again.npz", identity=identity_of(box, SEED, 0.5))
    assert said(loaded(tmp_path / "again.npz", box)) == said(replica)


def wrong_type(values: NDArray[Any]) -> Iterator[NDArray[Any]]:
    for kind in ("f4", "f8", "i2", "i8", "u8", "c16", "U4", "b1"):
        if np.dtype(kind) != values.dtype:
            yield np.zeros(values.shape, dtype=kind)


def wrong_shape(values: NDArray[Any]) -> Iterator[NDArray[Any]]:
    yield values.reshape(-1)[:0]
    yield values.reshape(1, *values.shape)
    yield values.reshape(-1)[:, None, None, None]
    yield np.concatenate([values, values])


def truncated(values: NDArray[Any]) -> Iterator[NDArray[Any]]:
    yield values[:-1]
    yield values[1:]
    if values.ndim > 1:
        yield values[..., :-1]


def out_of_range(values: NDArray[Any]) -> Iterator[NDArray[Any]]:
    whole = values.dtype.kind in "iu"
    limits = np.iinfo(values.dtype) if whole else None
    extremes = (limits.min, limits.max) if limits else (np.nan, np.inf, -np.inf, 1e300, -1e300)
    for extreme in extremes:
        for place in (0, values.size // 2, values.size - 1):
            changed = values.copy()
            changed.reshape(-1)[place] = extreme
            yield changed


def swapped(values: NDArray[Any]) -> Iterator[NDArray[Any]]:
    yield values[::-1].copy()
    yield values[..., ::-1].copy()
    yield np.roll(values, 1)


DAMAGES = (wrong_type, wrong_shape, truncated, out_of_range, swapped)


@pytest.mark.parametrize("damage", DAMAGES)
def test_any_array_changed_without_its_digest_is_refused(
    damage: Callable[[NDArray[Any]], Iterator[NDArray[Any]]], half_way: Path, box: Box, tmp_path: Path
) -> None:
    """A checkpoint in which any array differs from what was written is refused in one line."""
    path, whole = tmp_path / "replica.npz", contents(half_way)
    tried = 0
    for name, values in whole.items():
        for changed in damage(values):
            if changed.dtype == values.dtype and np.array_equal(changed, values):
                continue
            np.savez(path, **(whole | {name: changed}))
            with pytest.raises(InputError) as refused:
                loaded(path, box)
            assert "\n" not in str(refused.value)
            tried += 1
    assert tried > len(whole)


@pytest.mark.parametrize("damage", [wrong_type, wrong_shape, truncated])
def test_type_and_shape_are_checked_behind_a_forged_digest(
    damage: Callable[[NDArray[Any]], Iterator[NDArray[Any]]], half_way: Path, box: Box, tmp_path: Path
) -> None:
    """Whoever writes the digest anew still meets the type and shape that every array must have."""
    path, whole = tmp_path / "replica.npz", contents(half_way)
    arrays = {name: values for name, values in whole.items() if name not in (IDENTITY, DIGEST)}
    for name, values in arrays.items():
        for changed in damage(values):
            write_arrays(path, arrays | {name: changed}, identity=identity_of(box, SEED, 0.5))
            with pytest.raises(InputError, match="damaged checkpoint"):
                loaded(path, box)


INDICES = ("species", "valence", "identity", "alkali", "registered", "metal_of", "centre", "element", "anion")


@pytest.mark.parametrize("name", INDICES)
@pytest.mark.parametrize("damage", [out_of_range, swapped])
def test_no_index_reaches_the_kernel_unchecked(
    name: str,
    damage: Callable[[NDArray[Any]], Iterator[NDArray[Any]]],
    half_way: Path,
    box: Box,
    tmp_path: Path,
) -> None:
    """Behind a forged digest, an index is refused, or in range and of a state that can be."""
    path, whole = tmp_path / "replica.npz", contents(half_way)
    arrays = {key: values for key, values in whole.items() if key not in (IDENTITY, DIGEST)}
    for prefix in ("ends", "kept"):
        key = f"{prefix}_{name}"
        for row in range(len(arrays[key])):
            for one in damage(arrays[key][row]):
                if np.array_equal(one, arrays[key][row]):
                    continue
                changed = arrays[key].copy()
                changed[row] = one
                write_arrays(path, arrays | {key: changed}, identity=identity_of(box, SEED, 0.5))
                try:
                    replica = loaded(path, box)
                except InputError:
                    continue
                # What is accepted is another true state of the same cations: regions in another order, A+
                # on other sites. It is never the one that the run goes on from, which was kept twice.
                assert damage is swapped
                assert name in (
                    "registered",
                    "alkali",
                    "valence",
                    "centre",
                    "metal_of",
                    "identity",
                    "species",
                )
                assert said(replica)[0] == said(loaded(half_way, box))[0]


@pytest.mark.parametrize(
    "name", ["numbers", "charge", "voltage", "charge_by_element", "tally", "points", "rng"]
)
def test_numbers_out_of_range_are_refused_behind_a_forged_digest(
    name: str, half_way: Path, box: Box, tmp_path: Path
) -> None:
    path, whole = tmp_path / "replica.npz", contents(half_way)
    arrays = {key: values for key, values in whole.items() if key not in (IDENTITY, DIGEST)}
    for changed in out_of_range(arrays[name]):
        if name == "tally" and (changed >= 0).all():
            continue
        if np.array_equal(changed, arrays[name], equal_nan=True):
            continue
        write_arrays(path, arrays | {name: changed}, identity=identity_of(box, SEED, 0.5))
        with pytest.raises(InputError, match="damaged checkpoint"):
            loaded(path, box)


def test_a_checkpoint_of_something_else_is_refused(half_way: Path, box: Box) -> None:
    """Specification, seed, replica and grain are bound to the checkpoint."""
    for other in (
        box_of(cycles=CYCLES + 1),
        box_of(formula="Mg0.5Ni0.25Cu0.25O"),
        box_of(seed=6),
        box_of(mobility=False),
        box_of(block=1),
    ):
        with pytest.raises(InputError, match="of another run"):
            loaded(half_way, other)
    with pytest.raises(InputError, match="of another run"):
        loaded(half_way, box, seed=np.random.SeedSequence(6))
    first, second = np.random.SeedSequence(5).spawn(2)
    assert identity_of(box, first, 0.5) != identity_of(box, second, 0.5)
    with pytest.raises(InputError, match="of another run"):
        loaded(half_way, box, grain=0.25)


def test_the_edge_of_a_block_may_be_written_out(half_way: Path) -> None:
    """A folder's specification has every default written out, and is the same one."""
    assert said(loaded(half_way, box_of(block=2))) == said(loaded(half_way, box_of()))


def test_another_model_refuses_it(half_way: Path, box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("topotaxy.lattice.checkpoint.model_digest", lambda: "another")
    with pytest.raises(InputError, match="version"):
        loaded(half_way, box)


def test_truncated_or_changed_anywhere_is_refused(half_way: Path, box: Box, tmp_path: Path) -> None:
    path, whole = tmp_path / "replica.npz", half_way.read_bytes()
    rng = np.random.default_rng(0)
    for length in range(0, len(whole), max(1, len(whole) // 40)):
        path.write_bytes(whole[:length])
        with pytest.raises(InputError):
            loaded(path, box)
    good = said(loaded(half_way, box))
    for _ in range(200):
        broken = bytearray(whole)
        for place in rng.integers(0, len(whole), 3):
            broken[place] ^= int(rng.integers(1, 256))
        path.write_bytes(bytes(broken))
        try:
            replica = loaded(path, box)
        except InputError:
            continue
        # Dates and the like of the archive, which mean nothing.
        assert said(replica) == good


def test_compressed_encrypted_and_doubled_members_are_refused(
    half_way: Path, box: Box, tmp_path: Path
) -> None:
    path = tmp_path / "replica.npz"
    with zipfile.ZipFile(half_way) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(InputError, match="damaged"):
        loaded(path, box)
    shutil.copy(half_way, path)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("rng.npy", members["rng.npy"])
    with pytest.raises(InputError, match="damaged"):
        loaded(path, box)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.writestr(
            "huge.npy",
            b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, "
            b"'shape': (1000000000000,), }".ljust(128)
            + b"\n",
        )
    with pytest.raises(InputError, match="damaged"):
        loaded(path, box)


def test_links_and_folders_are_no_checkpoint(half_way: Path, box: Box, tmp_path: Path) -> None:
    link = tmp_path / "link.npz"
    link.symlink_to(half_way)
    for path in (link, tmp_path):
        with pytest.raises(InputError, match=r"link|regular"):
            run_replica(box, SEED, path)
    dangling = tmp_path / "dangling.npz"
    dangling.symlink_to(tmp_path / "nothing")
    with pytest.raises(InputError, match="link"):
        run_replica(box, SEED, dangling)
