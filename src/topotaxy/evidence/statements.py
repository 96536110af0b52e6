"""Statements of a ledger (presence, order) to terms of the likelihood.

Only what a claim says in its fields is used: quantity, technique, states, relation, subject, extent. The
free text of a claim is for people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.evidence.claims import Claim, Ledger
from topotaxy.evidence.likelihood import Term, above, reading, statement
from topotaxy.evidence.mechanisms import Expected, logistic
from topotaxy.evidence.reaction import Reaction

Values = NDArray[np.float64]
Probability = Callable[[Expected, float], Values]

LIGHT = frozenset({"Li", "Be", "B", "C", "N", "O", "F", "Na", "Mg", "Al", "Si", "P", "S", "Cl", "K"})
"""Elements whose K edge lies below 4 keV: their shells are not what "all cations" of an EXAFS study means."""

ONE_PEAK_SEEN = 0.8
"""How often a second line of equal weight is noticed; see ``one_peak`` in ``statements.csv``."""


@dataclass(frozen=True)
class Reading:
    """A statement as the map sees it."""

    fact: str
    technique: str
    probability: Probability


def read_statements(
    ledger: Ledger, reaction: Reaction, *, material: str, cell: str
) -> tuple[list[Term], list[tuple[Claim, str]]]:
    """Return the terms of a ledger's statements on one material in one cell, and the claims set aside.

    Parameters
    ----------
    ledger : Ledger
        All claims.
    reaction : Reaction
        What is judged.
    material, cell : str
        Ids of the ledger; claims that name no cell count for every cell of the material.
    """
    terms: list[Term] = []
    aside: list[tuple[Claim, str]] = []
    for claim in ledger.claims:
        if claim.kind == "value" or claim.material != material or claim.cell not in ("", cell):
            continue
        if claim.state == "pristine":
            continue
        readings = list(_readings(claim, reaction))
        if not readings:
            aside.append((claim, "the map has no reading of it"))
        for one in readings:
            terms.append(
                statement(
                    f"{claim.id}: {one.fact}",
                    one.probability,
                    technique=one.technique,
                    fact=one.fact,
                    source=claim.id,
                    said=claim.seen,
                )
            )
    return terms, aside


def _readings(claim: Claim, reaction: Reaction) -> Iterator[Reading]:
    if claim.kind == "presence":
        yield from _presence(claim, reaction)
    elif claim.left is not None and claim.right is not None:
        first, second = claim.left.state, claim.right.state
        if first == "charged" and second == "pristine":
            yield from _order(claim, reaction, charged=True)
        elif first == "discharged" and second in ("pristine", "charged"):
            yield from _order(claim, reaction, charged=False)


def _imaged(technique: str) -> bool:
    return any(word in technique for word in ("TEM", "SAED", "HAADF", "FFT"))


def _presence(claim: Claim, reaction: Reaction) -> Iterator[Reading]:
    images = _imaged(claim.technique)
    is_host = claim.subject in ("rock salt", "host") and not claim.phase
    if is_host and claim.state == "charged":
        name, seen = (
            ("rock_salt_returned_image", "rock_salt_charged") if images else
            ("rock_salt_returned", "phase_fraction_charged")
        )  # fmt: skip
        yield Reading("rock salt after charge", _group(images), lambda o, w: above(o[seen], name, w))
        yield Reading(
            "products gone after charge",
            _group(images),
            lambda o, w: 1.0 - above(o["metal_left"], "spots_gone", w),
        )
    elif is_host:
        name = "rock_salt_image" if images else "rock_salt_pattern"
        yield Reading(
            "rock salt while discharged", _group(images), lambda o, w: above(o["rock_salt"], name, w)
        )
        if claim.state is None and claim.reflections:
            # Reflections seen through the whole cycle: there when charged, and one line that moves.
            yield Reading(
                "rock salt after charge",
                "diffraction",
                lambda o, w: above(o["phase_fraction_charged"], "rock_salt_returned", w),
            )
            yield Reading(
                "one rock-salt line, not two",
                "diffraction",
                lambda o, w: 1.0 - ONE_PEAK_SEEN * above(o["two_peaks"], "one_peak", w),
            )
    elif claim.phase and claim.reflections and claim.state == "discharged":
        yield Reading(
            "metal and salt beside rock salt",
            _group(images),
            lambda o, w: (
                above(o["incoherent_metal"], "product_spots", w)
                * above(o["rock_salt"], "product_spots_frame", w)
            ),
        )
    elif claim.quantity == "segregation_index" and claim.state == "charged":
        yield Reading("metals evenly mixed after charge", "EDS", _mixed)
    elif claim.quantity == "twin_density" and claim.state == "discharged":
        yield Reading("stress and twins while discharged", "microscopy", _stressed)
    elif claim.quantity == "bond_length" and claim.state == "discharged":
        element, _, shell = claim.subject.partition(":")
        if element in reaction.cations and shell in ("metal", "cation"):
            yield Reading(
                f"{element} at the distance of its metal",
                "absorption, shells",
                lambda o, w: above(o[f"metal_like.{element}"], "metal_distance", w),
            )


def _group(images: bool) -> str:
    return "microscopy" if images else "diffraction"


def _mixed(o: Expected, wider: float) -> Values:
    threshold, width = reading("unmixed")
    return logistic((threshold - np.log(o["unmixed_length"])) / (width * wider))


def _stressed(o: Expected, wider: float) -> Values:
    return above(o["frame_strain"] + 0.5 * o["image_strain"], "stressed", wider)


def _order(claim: Claim, reaction: Reaction, *, charged: bool) -> Iterator[Reading]:
    quantity = claim.quantity
    if quantity == "stress" and claim.relation == "greater":
        yield Reading("stress and twins while discharged", "microscopy", _stressed)
        return
    if quantity == "coordination_number":
        yield from _shells(claim, reaction)
        return
    element = claim.subject.partition(":")[0]
    if element not in reaction.cations or quantity not in _VALENCE:
        return
    technique, kind, falls, unchanged = _VALENCE[quantity]
    if charged and claim.relation == "equal":
        yield Reading(
            f"{element} returns on charge",
            technique,
            lambda o, w: 1.0 - above(o[f"reduced_charged.{element}"], "edge_returns", w),
        )
    elif claim.relation == "equal":
        yield Reading(
            f"{element} unchanged on discharge",
            technique,
            lambda o, w: 1.0 - above(o[f"{kind}.{element}"], unchanged, w),
        )
    elif claim.relation == "less":
        yield Reading(
            f"{element} reduced on discharge",
            technique,
            lambda o, w: above(o[f"{kind}.{element}"], falls, w),
        )


_VALENCE = {
    "edge_energy": ("absorption, edges", "reduced_seen", "edge_falls", "edge_unchanged"),
    "edge_shift": ("absorption, edges", "reduced_seen", "edge_falls", "edge_unchanged"),
    "binding_energy_shift": ("XPS", "reduced_surface", "line_falls", "line_unchanged"),
    "white_line_intensity": ("EELS", "reduced_surface", "white_line_falls", "line_unchanged"),
}
"""Technique, expectation, and how "falls" and "unchanged" are read, by quantity."""


def _shells(claim: Claim, reaction: Reaction) -> Iterator[Reading]:
    subject, _, shell = claim.subject.partition(":")
    elements = [e for e in reaction.cations if e not in LIGHT] if subject == "M" else [subject]
    for element in elements:
        if element not in reaction.cations or claim.relation != "less":
            continue
        if shell == "anion" and claim.extent == "slightly":
            yield Reading(f"{element}-anion shell falls slightly", "absorption, shells", _slightly(element))
        elif shell in ("cation", "metal") and claim.extent == "strongly":
            yield Reading(f"{element}-cation shell falls strongly", "absorption, shells", _strongly(element))


def _slightly(element: str) -> Probability:
    return lambda o, w: above(o[f"anion_shell.{element}"] / 6.0, "anion_shell_slightly", w)


def _strongly(element: str) -> Probability:
    return lambda o, w: 1.0 - above(o[f"cation_shell.{element}"] / 12.0, "cation_shell_strongly", w)
