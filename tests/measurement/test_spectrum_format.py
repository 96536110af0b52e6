"""Formats of spectra that two techniques share: each takes its own, and leaves those of the other."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from topotaxy.errors import InputError
from topotaxy.measurement.energy_dispersive.formats import hyperspy as x_rays
from topotaxy.measurement.energy_dispersive.record import XRayRecord
from topotaxy.measurement.energy_loss.formats import hyperspy as losses
from topotaxy.measurement.energy_loss.record import LossRecord
from topotaxy.measurement.files.spectra.stored import record_of, stored
from topotaxy.measurement.technique import Format

BOTH = [(losses.FORMAT, LossRecord, x_rays.FORMAT), (x_rays.FORMAT, XRayRecord, losses.FORMAT)]


@pytest.mark.parametrize(("own", "kind", "other"), BOTH, ids=["loss", "x-ray"])
def test_a_record_reads_back_and_is_no_file_of_the_other_technique(
    own: Format, kind: type, other: Format, tmp_path: Path
) -> None:
    counts = np.arange(64.0) + 100.0
    spectrum = stored(counts, offset=400.0, step=2.0, unit="eV", source="made.hspy")
    path = tmp_path / "made.hspy"
    assert own.write is not None
    own.write(record_of(kind, spectrum, own.name), path)
    head = path.read_bytes()[: 1 << 16]
    assert own.recognises(head, path)
    assert not other.recognises(head, path)
    (back,) = own.read(path, None)
    assert isinstance(back, kind)
    assert back.format == own.name
    assert_array_equal(back.counts, counts)
    assert_array_equal(back.energy, 400.0 + 2.0 * np.arange(64))
    assert {"energy", "counts", "source"} <= {field.name for field in fields(back)}
    with pytest.raises(InputError, match="holds no such spectrum"):
        other.read(path, None)


def test_a_format_that_nobody_writes_says_so() -> None:
    from topotaxy.measurement.energy_loss.formats import velox_emd

    assert velox_emd.FORMAT.write is None
