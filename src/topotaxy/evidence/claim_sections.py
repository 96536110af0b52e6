"""What a ledger says once and its claims refer to: paper, materials, cells, and a side of an order."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from topotaxy.evidence.claim_fields import Current, Size, Text, Volt
from topotaxy.observables import State

Role = Literal["half-cell-anode", "half-cell-cathode", "full-cell"]


class Section(BaseModel):
    """A table of a ledger: no key but those that it knows, and never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Paper(Section):
    """Where the claims come from."""

    citation: str = Field(min_length=1, max_length=400)
    doi: str = Field(default="", pattern=r"^(10\.\d{4,9}/\S+)?$")
    title: Text = ""


class Material(Section):
    """One material: formula (where the paper gives enough to write one), symmetry, claims on redox.

    ``claimed_active`` are cations said to be reduced to the metal and back,
    ``claimed_inert`` those said to keep their valence. ``reaction`` is ``conversion`` where
    charge is stored by reducing cations to metal, ``two-phase`` where that is said to replace
    the host's lattice (so that what is left of it need not swell), else ``other``; checks
    that rest on a reaction skip the rest.
    """

    name: Text = ""
    formula: str = Field(default="", max_length=200)
    space_group: str = Field(default="", max_length=40)
    reaction: Literal["conversion", "two-phase", "other"] = "conversion"
    claimed_active: tuple[str, ...] = ()
    claimed_inert: tuple[str, ...] = ()
    anion_content: Text = ""
    notes: Text = ""


class Cell(Section):
    """One kind of cell. Cut-offs (V against the alkali metal) only where the paper states them."""

    ion: Literal["Li", "Na", "K"]
    role: Role = "half-cell-anode"
    cathode: str = Field(default="", max_length=100)
    lower_cutoff: Volt | None = None
    upper_cutoff: Volt | None = None
    notes: Text = ""


class Side(Section):
    """One side of an order claim; what is not given is as in the claim itself."""

    material: str = ""
    cell: str = ""
    state: State | None = None
    subject: str = ""
    particle_size: Size | None = None
    current: Current | None = None
