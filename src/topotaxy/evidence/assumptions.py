"""Under what a judgement is computed: priors, widths, constants of the map, borders; and which are varied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from topotaxy.evidence.latents import AS_LISTED, Prior, Shape
from topotaxy.evidence.mechanisms import Expected, Map
from topotaxy.evidence.reaction import Reaction
from topotaxy.tables import read_table


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """Under what an answer is computed."""

    name: str = "as listed"
    words: str = ""
    prior: Prior = AS_LISTED
    wider: float = 1.0
    constants: Mapping[str, float] = field(default_factory=dict)
    borders: Mapping[str, float] = field(default_factory=dict)

    def map_of(self, reaction: Reaction) -> Map:
        """Return the forward map under these assumptions.

        Parameters
        ----------
        reaction : Reaction
            Material and alkali.
        """
        return Map(reaction=reaction, prior=self.prior, constants=self.constants)


@cache
def variants() -> tuple[Assumptions, ...]:
    """Return the other assumptions under which an answer is computed (``variants.csv``)."""
    found = []
    for row in read_table("topotaxy.evidence", "variants"):
        base = Assumptions(name=row["name"], words=row["words"])
        if row["kind"] == "prior" and row["target"] == "sharpness":
            found.append(replace(base, prior=Prior(sharpness=float(row["value"]))))
        elif row["kind"] == "prior":
            first = float(row["value"] or 1.0)
            shape = Shape(
                a=first, b=float(row["second"] or first), low=float(row["low"]), high=float(row["high"])
            )
            found.append(replace(base, prior=Prior(changed={row["target"]: shape})))
        elif row["kind"] == "widths":
            found.append(replace(base, wider=float(row["value"])))
        elif row["kind"] == "map":
            found.append(replace(base, constants={row["target"]: float(row["value"])}))
        else:
            found.append(replace(base, borders={row["target"]: float(row["value"])}))
    return tuple(found)


def prior_ratio(old: Prior, new: Prior, known: Expected) -> NDArray[np.float64] | None:
    """Return the log density of latents under one prior over that under another.

    Parameters
    ----------
    old, new : Prior
        Of the latents.
    known : dict of str to array (n,)
        Latents.

    Returns
    -------
    array (n,) or None
        None where one prior reaches where the other does not, or a changed latent is not known.
    """
    found = np.zeros(len(next(iter(known.values()))))
    if old == new:
        return found
    if old.sharpness != new.sharpness:
        return None
    for name in sorted({*old.changed, *new.changed}):
        before, after = old.shape(name), new.shape(name)
        if name not in known or (before.low, before.high) != (after.low, after.high):
            return None
        found += after.log_density(known[name]) - before.log_density(known[name])
    return found
