"""Spectra as a dataset: absorption against energy, χ against k, χ(R) with its fit, one group a spectrum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from topotaxy.measurement.absorption.results import Results, Spectrum
from topotaxy.measurement.absorption.transform import forward, r_grid

if TYPE_CHECKING:
    import xarray as xr

LARGEST_R = 6.0
"""Å, end of χ(R) in the dataset."""


def dataset(results: Results) -> xr.DataTree:
    """Return a tree with a group for each spectrum, ``spectrum 1`` and on; units in the attributes.

    Parameters
    ----------
    results : Results
        All analysed spectra, and components by element and edge.
    """
    import xarray as xr

    groups = {f"/spectrum {n}": _of_spectrum(one) for n, one in enumerate(results.spectra, start=1)}
    return xr.DataTree.from_dict(groups)


def _of_spectrum(one: Spectrum) -> xr.Dataset:
    import xarray as xr

    variables: dict[str, tuple[str, np.ndarray, dict[str, str]]] = {
        "absorption": ("energy", one.record.absorption, {"long_name": "absorption", "units": "1"}),
        "normalised": (
            "energy",
            one.normal.values,
            {"long_name": "normalised absorption", "units": "edge step"},
        ),
        "flat": (
            "energy",
            one.normal.flat,
            {"long_name": "flattened normalised absorption", "units": "edge step"},
        ),
    }
    coordinates = {"energy": ("energy", one.record.energy_ev, {"long_name": "photon energy", "units": "eV"})}
    if one.exafs is not None:
        coordinates["k"] = ("k", one.exafs.k, {"long_name": "wave number", "units": "1/Å"})
        variables["chi"] = ("k", one.exafs.chi, {"long_name": "EXAFS", "units": "1"})
        r = r_grid()
        shown = r <= LARGEST_R
        coordinates["r"] = ("r", r[shown], {"long_name": "distance without phase shift", "units": "Å"})
        variables["chi_r"] = (
            "r",
            np.abs(transformed(one))[shown],
            {"long_name": "magnitude of the transform of k² χ(k)", "units": "1/Å^3"},
        )
        if one.fit is not None:
            variables["chi_fit"] = ("k", one.fit.model(), {"long_name": "EXAFS of the fit", "units": "1"})
            variables["chi_r_fit"] = (
                "r",
                np.abs(transformed(one, fit=True))[shown],
                {"long_name": "magnitude of the transform of the fit", "units": "1/Å^3"},
            )
    made = xr.Dataset(variables, coords=coordinates)
    made.attrs = {
        "name": one.name,
        "element": one.record.element,
        "edge": one.record.edge,
        "e0_ev": one.normal.e0,
        "edge_step": one.normal.step,
        "edge_step_uncertainty": one.normal.step_uncertainty,
    }
    return made


def transformed(one: Spectrum, *, fit: bool = False) -> np.ndarray:
    """Return χ(R) weighted by k² over the range of the fit, 1/Å³, complex, on ``r_grid()``.

    Parameters
    ----------
    one : Spectrum
        With χ(k).
    fit : bool
        Of the fit's wave, not of the data's.
    """
    assert one.exafs is not None
    chi = one.fit.model() if fit and one.fit is not None else one.exafs.chi
    low, high = (3.0, 12.0) if one.fit is None else one.fit.tasks[0].range.k
    high = min(high, float(one.exafs.k[-1]) - 0.5)
    return forward(one.exafs.k, chi, low=low, high=high, weight=2)
