"""What was seen in one spectrum, and the dataset that figures are drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from topotaxy.measurement.photoemission.background import Floats
from topotaxy.measurement.photoemission.combination import Combination
from topotaxy.measurement.photoemission.lines import Line
from topotaxy.measurement.photoemission.record import PhotoemissionRecord

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was seen in one spectrum."""

    record: PhotoemissionRecord
    line: Line | None
    energy: Floats
    data: Floats
    background: Floats
    position: float | None = None
    uncertainty: float | None = None
    combination: Combination | None = None


def dataset_of(details: Sequence[Seen]) -> xr.DataTree:
    """Return spectra and backgrounds, one group a record.

    Parameters
    ----------
    details : sequence of Seen
        What was seen.
    """
    import xarray as xr

    groups: dict[str, xr.Dataset] = {"/": xr.Dataset(attrs={"records": len(details)})}
    for index, one in enumerate(details):
        unit = "counts" if one.record.counted else "1"
        attributes = {
            "source": one.record.source,
            "format": one.record.format,
            "origin": one.record.origin,
            "line": "" if one.line is None else one.line.name,
        }
        groups[f"/record_{index}"] = xr.Dataset(
            {
                name: (("point",), values, {"units": unit, "long_name": name})
                for name, values in (("intensity", one.data), ("background", one.background))
            },
            coords={"energy": (("point",), one.energy, {"units": "eV", "long_name": "binding energy"})},
            attrs=attributes,
        )
    return xr.DataTree.from_dict(groups)
