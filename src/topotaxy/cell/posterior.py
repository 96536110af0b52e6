"""A posterior of the cell as it ships: equally likely points of all inferred parameters, and what they
predict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.cell.archive import read_archive, write_archive
from topotaxy.errors import InputError

Values = NDArray[np.float64]
SCHEMA = "topotaxy/cell-posterior/1"
FOLDER = "posteriors"


@dataclass(frozen=True, kw_only=True)
class Posterior:
    """Particles of one posterior.

    Attributes
    ----------
    paper, draws : str
        Whose numbers were used, on which table of draws of the lattice.
    names : tuple of str
        Inferred parameters, the draw last (:mod:`topotaxy.cell.priors`).
    points : array (particles, names)
        Equally likely values of the parameters.
    claims : tuple of str
        Numbers that were predicted.
    predicted : array (particles, claims)
        For each particle.
    log_likelihood : array (particles,)
        Of the numbers that were used.
    prior_predicted : array (prior points, claims)
        Before any number was used.
    log_evidence : float
        Logarithm of the evidence.
    facts : mapping
        Seed, evaluations, stages, what it rests on: plain data.
    """

    paper: str
    draws: str
    names: tuple[str, ...]
    points: Values
    claims: tuple[str, ...]
    predicted: Values
    log_likelihood: Values
    prior_predicted: Values
    log_evidence: float
    facts: Mapping[str, Any]

    def values(self, index: int) -> dict[str, float]:
        """Parameters of one particle by name.

        Parameters
        ----------
        index : int
            Number of the particle, from 0.
        """
        return {name: float(v) for name, v in zip(self.names, self.points[index], strict=True)}

    @property
    def central(self) -> int:
        """The particle in the middle: least sum of squared distances, in units of the spread, to the others.

        One joint point, since medians taken one by one need not go together.
        """
        spread = self.points.std(axis=0)
        scaled = self.points / np.where(spread > 0.0, spread, 1.0)
        return int(np.argmin(((scaled - np.median(scaled, axis=0)) ** 2).sum(axis=1)))

    def of(self, claim: str) -> Values:
        """Predictions of one claim.

        Parameters
        ----------
        claim : str
            Id of a claim, one of :attr:`claims`.

        Returns
        -------
        array (particles,)
            In the unit of the claim.
        """
        return np.asarray(self.predicted[:, self.claims.index(claim)])


_ARRAYS = ("points", "predicted", "log_likelihood", "prior_predicted")


def write_posterior(posterior: Posterior, path: Path) -> None:
    """Write a posterior as an archive of plain arrays (no pickled object).

    Parameters
    ----------
    posterior : Posterior
        Particles of the posterior, with what each predicts.
    path : Path
        File to write; ends in ``.npz``.
    """
    facts = {f.name: getattr(posterior, f.name) for f in fields(posterior) if f.name not in _ARRAYS}
    arrays = {name: getattr(posterior, name).astype(np.float32) for name in _ARRAYS}
    write_archive(path, SCHEMA, facts, arrays)


def read_posterior(data: bytes, *, where: str) -> Posterior:
    """Read what :func:`write_posterior` wrote, everything checked.

    Parameters
    ----------
    data : bytes
        Content of the file.
    where : str
        Name of the file in messages.

    Raises
    ------
    InputError
        Where it is no posterior.
    """
    what = "a posterior of a cell"
    facts, arrays = read_archive(data, SCHEMA, _ARRAYS, what=what, where=where)
    try:
        for name in ("names", "claims"):
            facts[name] = tuple(facts[name])
        posterior = Posterior(**facts, **arrays)
        _check(posterior, where)
    except InputError:
        raise
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"not {what} ({error!s:.100})", where=where) from None
    return posterior


def _check(p: Posterior, where: str) -> None:
    count = len(p.log_likelihood)
    shapes = {
        "points": (count, len(p.names)),
        "predicted": (count, len(p.claims)),
        "log_likelihood": (count,),
        "prior_predicted": (len(p.prior_predicted), len(p.claims)),
    }
    for name, shape in shapes.items():
        values = getattr(p, name)
        if values.shape != shape or not np.isfinite(values).all():
            raise InputError(f"{name}: expected {shape} finite numbers, got {values.shape}", where=where)
    if count < 2:
        raise InputError("expected at least two particles", where=where)


def posterior_names() -> list[str]:
    """Names of the posteriors that ship, such as ``fang2022``."""
    root = resources.files("topotaxy.cell") / FOLDER
    return sorted(item.name.removesuffix(".npz") for item in root.iterdir() if item.name.endswith(".npz"))


@cache
def load_posterior(name: str) -> Posterior:
    """Load a posterior that ships with the package.

    Parameters
    ----------
    name : str
        Name of the paper whose numbers it rests on, as ``fang2022``.

    Raises
    ------
    InputError
        Where there is none of that name.
    """
    if name not in posterior_names():
        raise InputError(f"no posterior named {name!r:.60}; there are {', '.join(posterior_names())}")
    item = resources.files("topotaxy.cell") / FOLDER / f"{name}.npz"
    return read_posterior(item.read_bytes(), where=name)
