"""The dataset of energy-loss records: what figures are drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import xarray as xr

if TYPE_CHECKING:
    from topotaxy.measurement.energy_loss.seen import SeenEdge, SeenLoss


def dataset_of(details: Sequence[SeenLoss]) -> xr.DataTree:
    """Return spectra, fits and maps, one group a record and one below it for each edge.

    Parameters
    ----------
    details : sequence of SeenLoss
        What was seen.
    """
    groups: dict[str, xr.Dataset] = {"/": xr.Dataset(attrs={"records": len(details)})}
    for index, one in enumerate(details):
        unit = "counts" if one.record.counted else "1"
        groups[f"/record_{index}"] = xr.Dataset(
            {"intensity": (("point",), one.total, {"units": unit, "long_name": "intensity of all pixels"})},
            coords={"energy": (("point",), one.energy, {"units": "eV", "long_name": "energy loss"})},
            attrs={"source": one.record.source, "format": one.record.format, "origin": one.record.origin},
        )
        for seen in one.edges:
            groups[f"/record_{index}/{seen.edge.element}_{seen.edge.name}"] = _edge(seen, unit)
    return xr.DataTree.from_dict(groups)


def _edge(seen: SeenEdge, unit: str) -> xr.Dataset:
    variables: dict[str, Any] = {}
    coords: dict[str, Any] = {}
    fitted = seen.combination if seen.combination is not None else seen.lines
    if fitted is not None:
        coords["energy_loss"] = (("loss",), fitted.energy, {"units": "eV", "long_name": "energy loss"})
        names = ("data", "fit", "background") + (("metal", "oxide") if seen.combination is not None else ())
        for name in names:
            words = {"units": unit, "long_name": f"{name} at the edge"}
            variables[name] = (("loss",), getattr(fitted, name), words)
    if seen.map is not None:
        words = {"units": unit, "long_name": "intensity of the edge"}
        variables["edge_intensity"] = (("row", "column"), seen.map.intensity, words)
        if seen.map.share is not None:
            words = {"units": "1", "long_name": "share of the metal"}
            variables["metal_share"] = (("row", "column"), seen.map.share, words)
            words = {"units": "1", "long_name": "standard deviation of that share"}
            variables["metal_share_error"] = (("row", "column"), seen.map.share_error, words)
    return xr.Dataset(variables, coords=coords)
