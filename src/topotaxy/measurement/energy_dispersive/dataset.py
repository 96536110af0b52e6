"""The dataset of X-ray records: what figures are drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import xarray as xr

from topotaxy.measurement.energy_dispersive.seen import SeenXRays


def dataset_of(details: Sequence[SeenXRays]) -> xr.DataTree:
    """Return spectra, fits, maps and line scans, one group a record.

    Parameters
    ----------
    details : sequence of SeenXRays
        What was seen.
    """
    groups: dict[str, xr.Dataset] = {"/": xr.Dataset(attrs={"records": len(details)})}
    for index, one in enumerate(details):
        words = (("data", "counts of all pixels"), ("model", "the fit"), ("background", "its background"))
        variables: dict[str, Any] = {
            name: (("channel",), getattr(one.fit, name), {"units": "counts", "long_name": text})
            for name, text in words
        }
        for n, family in enumerate(one.fit.families):
            name = f"{family.element}_{family.name}"
            values = one.fit.profiles[:, n] * one.fit.counts[n]
            about = {"units": "counts", "long_name": f"{family.element} {family.name} lines"}
            variables[name] = (("channel",), values, about)
        for found in one.maps:
            about = {"units": "counts", "long_name": f"photons of {found.line.family.text} a pixel"}
            variables[f"map_{found.line.family.element}"] = (("row", "column"), found.counts, about)
        coords: dict[str, Any] = {
            "energy": (("channel",), one.fit.energy, {"units": "eV", "long_name": "X-ray energy"})
        }
        if one.scan is not None:
            coords["distance"] = (
                ("step",),
                one.scan.distance,
                {"units": one.scan.unit, "long_name": "distance along the line"},
            )
            for element, values in one.scan.counts.items():
                about = {"units": "counts", "long_name": f"photons of {element} along the line"}
                variables[f"line_{element}"] = (("step",), values, about)
        attributes = {
            "source": one.record.source,
            "format": one.record.format,
            "origin": one.record.origin,
            "resolution_eV": one.fit.resolution,
        }
        groups[f"/record_{index}"] = xr.Dataset(variables, coords=coords, attrs=attributes)
    return xr.DataTree.from_dict(groups)
