"""From a reaction's latents to what instruments see of it: the forward map, and its constants.

One map serves all mechanisms: they are regions of its latents (:mod:`topotaxy.evidence.regions`), not models
of their own. Lengths are nm, charges mAh/g; shares are of the cations of the material.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from topotaxy.evidence.latents import AS_LISTED, Prior, latents
from topotaxy.evidence.reaction import Reaction
from topotaxy.tables import read_table

Values = NDArray[np.float64]
Expected = dict[str, Values]

_SMALL = 1e-9


@cache
def map_constants() -> dict[str, float]:
    """Return the constants of the map by name (``map.csv``)."""
    return {row["name"]: float(row["value"]) for row in read_table("topotaxy.evidence", "map")}


@cache
def constant_ranges() -> dict[str, tuple[float, float]]:
    """Return the range over which each constant is varied."""
    return {
        row["name"]: (float(row["low"]), float(row["high"])) for row in read_table("topotaxy.evidence", "map")
    }


@cache
def _offsets() -> dict[str, float]:
    return {row["technique"]: float(row["value"]) for row in read_table("topotaxy.evidence", "offsets")}


@dataclass(frozen=True, kw_only=True)
class Map:
    """The forward map with its constants; ``constants`` replaces some of the table's."""

    reaction: Reaction
    prior: Prior = AS_LISTED
    constants: Mapping[str, float] | None = None

    def constant(self, name: str) -> float:
        """Return a constant of the map.

        Parameters
        ----------
        name : str
            Name of the constant in ``map.csv``.
        """
        return float((self.constants or {}).get(name, map_constants()[name]))

    def expected(self, normals: Values) -> Expected:
        """Return latents and expected observables of each row of standard normals, by name.

        Parameters
        ----------
        normals : Values
            Standard normal coordinates; shape (particles, latents).
        """
        return self.of_latents(
            latents(normals, self.reaction, self.prior, self.constant("reoxidised_correlation"))
        )

    def of_latents(self, known: Mapping[str, Values]) -> Expected:
        """Return latents and expected observables of reactions whose latents are known.

        Parameters
        ----------
        known : mapping of str to array (n,)
            As :func:`~topotaxy.evidence.latents.latents` returns them.
        """
        found: Expected = dict(known)
        _amounts(self, found)
        _charges(self, found)
        _frame(self, found)
        _strain(self, found)
        _by_element(self, found)
        return found


def logistic(x: Any) -> Values:
    """Return 1/(1 + exp(-x)) without overflow.

    Parameters
    ----------
    x : Any
        The argument; any shape.
    """
    return np.asarray(expit(x))


def _amounts(model: Map, o: Expected) -> None:
    """Metal, inserted alkali and the surface of the domains."""
    r = model.reaction
    o["size"] = np.exp(o["domain"])
    reacted = 1.0 - o["core"]
    o["reacted"] = reacted
    # Inserted electrons go first to the cations that are easier to reduce.
    easiest = np.max([o[f"reducible.{e}"] for e in r.cations], axis=0) + _SMALL
    metal = np.zeros_like(reacted)
    electrons = np.zeros_like(reacted)
    inserted = np.zeros_like(reacted)
    regained = np.zeros_like(reacted)
    for e, x, z in zip(r.cations, r.amounts, r.electrons, strict=True):
        o[f"insertion.{e}"] = (1.0 - o[f"reduced.{e}"]) * o["insertion"] * o[f"reducible.{e}"] / easiest
        metal = metal + x * o[f"reduced.{e}"]
        electrons = electrons + x * z * o[f"reduced.{e}"]
        inserted = inserted + x * o[f"insertion.{e}"]
        regained = regained + x * z * o[f"reduced.{e}"] * o[f"reoxidised.{e}"]
    o["metal_share"] = metal / r.total
    o["metal_electrons"] = reacted * electrons
    o["inserted_electrons"] = reacted * inserted
    o["inserted_per_site"] = inserted / np.maximum(r.total * (1.0 - o["metal_share"]), 1e-6)
    o["metal_of_charge"] = electrons / np.maximum(electrons + inserted, _SMALL)
    o["reoxidised"] = regained / np.maximum(electrons, _SMALL)
    thickness = 2.0 * model.constant("shell_thickness") / o["size"]
    o["surface"] = 1.0 - (1.0 - np.minimum(1.0, thickness)) ** 3
    ratio = model.constant("sphere_distance") / o["size"]
    o["sphere_bonds"] = np.clip(1.0 - 1.5 * ratio + 0.5 * ratio**3, 0.2, 1.0)


def _charges(model: Map, o: Expected) -> None:
    """Capacities: couples, insertion, interfaces, film; what is lost stays metal or film."""
    r = model.reaction
    per_electron = r.capacity_per_electron
    stored = (
        model.constant("interface_electrons")
        * o["interface"]
        * o["surface"]
        * o["reacted"]
        * o["metal_share"]
    ) * r.total
    mass = 1.0 + _offsets()["electrochemistry"] * o["offset.electrochemistry"]
    couples = o["metal_electrons"] + o["inserted_electrons"] + stored
    o["discharge_capacity"] = (
        per_electron * couples + o["reversible_charge"] + o["irreversible_charge"]
    ) * mass
    kept = per_electron * o["metal_electrons"] * (1.0 - o["reoxidised"])
    o["loss"] = (kept + o["irreversible_charge"]) * mass
    o["charge_capacity"] = o["discharge_capacity"] - o["loss"]
    o["efficiency"] = o["charge_capacity"] / np.maximum(o["discharge_capacity"], 1.0)
    o["hysteresis_seen"] = model.constant("hysteresis_rest") + o["metal_of_charge"] * o["hysteresis"]


def _frame(model: Map, o: Expected) -> None:
    """Rock salt left when discharged, back when charged, and what of it a Bragg pattern counts."""
    metal, coherent, reacted = o["metal_share"], o["coherent"], o["reacted"]
    on_frame = o["frame"] * (1.0 - metal) + o["frame"] * coherent * metal
    o["frame_share"] = on_frame
    o["rock_salt"] = o["core"] + reacted * on_frame
    scale = 1.0 + _offsets()["diffraction"] * o["offset.diffraction"]
    # A frame that lost metal scatters less than its share; one that kept it on its sites does not.
    lost = (1.0 - coherent) * metal
    seen = o["core"] + reacted * on_frame * (1.0 - lost * (1.0 - o["frame_scattering"]))
    o["phase_fraction"] = seen * scale
    visible = logistic((o["size"] - model.constant("visible_size")) / model.constant("visible_width"))
    rest = 1.0 - o["rock_salt"]
    o["phase_fraction_relative"] = seen / (seen + rest * visible + _SMALL)
    back = on_frame + (1.0 - on_frame) * o["recrystallised"]
    o["back"] = back
    left_as_metal = metal * (1.0 - o["reoxidised"])
    o["metal_left"] = reacted * left_as_metal
    o["rock_salt_charged"] = o["core"] + reacted * np.minimum(back, 1.0 - left_as_metal)
    o["phase_fraction_charged"] = o["rock_salt_charged"] * scale
    o["oxide"] = reacted * (1.0 - o["frame"]) * (1.0 - metal) * scale
    o["oxide_charged"] = np.maximum(1.0 - o["rock_salt_charged"] - o["metal_left"], 0.0) * scale
    o["incoherent_metal"] = reacted * metal * (1.0 - coherent)
    o["salt"] = o["incoherent_metal"] * (1.0 - o["frame"] * o["salt_on_frame"])
    shift = _offsets()["microscopy"] * o["offset.microscopy"]
    o["domain_imaged"] = o["domain"] + shift
    o["domain_scattered"] = o["domain"]
    # A lost frame mixes its metals over lengths well above a domain.
    o["unmixed_length"] = o["size"] * (1.0 + 3.0 * (1.0 - back) * np.sqrt(1.0 - o["recrystallised"]))
    fade = model.constant("off_frame_cycle") * (1.0 - back) + (1.0 - o["reoxidised"])
    o["retention"] = np.clip(1.0 - model.constant("fade_per_loss") * fade, 0.0, 1.0)


def _strain(model: Map, o: Expected) -> None:
    """Strain of the frame that diffracts: salt on it, pieces of metal in it, inserted alkali, image strain.

    Salt on the frame's own sites swells it, whether its metal stayed coherent or left them. A net that keeps
    all its anions has no sites to give for pieces of metal, so the room of those inside it adds to its
    period: length and lattice parameter change alike where no sites are made or lost (Simmons and Balluffi,
    Phys. Rev. 117 (1960) 52). Pieces that took their salt along only strain it elastically.
    """
    r = model.reaction
    metal, coherent = o["metal_share"], o["coherent"]
    parted = (1.0 - coherent) * metal
    salt = coherent * metal + o["salt_on_frame"] * parted
    units = salt + (1.0 - metal) + _SMALL
    content = salt / units
    o["frame_content"] = content
    pieces = o["metal_room"] * o["salt_on_frame"] * parted * (r.product_volume - r.salt_volume) / units
    inclusions = (1.0 - o["salt_on_frame"]) * parted * r.product_volume
    share = inclusions / (inclusions + units)
    misfit = r.product_volume ** (1.0 / 3.0) - 1.0
    swelling = content * o["swelling"] * (r.salt_volume - 1.0)
    swelling = swelling + pieces + (1.0 - content) * o["insertion_volume"] * o["inserted_per_site"]
    strongest = model.constant("strength_strain")
    image = model.constant("image_strain") * o["constraint"] * misfit * share
    o["image_strain"] = strongest * np.tanh(image / strongest)
    reacted = (1.0 + np.maximum(swelling, -0.9)) ** (1.0 / 3.0) - 1.0 + o["image_strain"]
    o["frame_strain"] = reacted
    weight = o["reacted"] * o["frame_share"]
    mean = weight * reacted / (weight + o["core"] + _SMALL)
    # Two lines that part are two peaks, and the stronger one is reported; else the mean is. No fit reports
    # what lies between two lines, so the step is sharp: a smooth one explains any strain by a fine balance.
    two_lines = logistic((reacted - 0.012) / 0.003)
    stronger = np.where(weight > o["core"], reacted, 0.0)
    o["strain"] = (1.0 - two_lines) * mean + two_lines * stronger
    two = 4.0 * weight * o["core"] / (weight + o["core"] + _SMALL) ** 2
    o["two_peaks"] = two * logistic((reacted - 0.008) / 0.003)
    tetrahedra = content + (1.0 - content) * o["inserted_per_site"] / 2.0
    o["tetrahedral_alkali"] = tetrahedra * weight / (weight + o["core"] + _SMALL)


def _by_element(model: Map, o: Expected) -> None:
    """Valence and shells of each cation."""
    r = model.reaction
    reacted, core, coherent, frame = o["reacted"], o["core"], o["coherent"], o["frame"]
    edge = _offsets()["absorption_edge"] * o["offset.absorption_edge"]
    amplitude = 1.0 + _offsets()["absorption_shells"] * o["offset.absorption_shells"]
    bare = model.constant("off_frame_bonds")
    fewer = model.constant("off_frame_cations")
    core_seen = model.constant("surface_sees_core")
    at_rim = 1.0 - (1.0 - coherent) * o["metal_share"] * o["surface"]

    def of(name: str) -> Values:
        return np.array([o[f"{name}.{e}"] for e in r.cations])

    # All cations at once, one a row.
    metal = of("reduced")
    oxidised = 1.0 - metal
    inserted = of("insertion") / np.array(r.electrons)[:, None]
    uptake = reacted * (metal + inserted)
    # A combination of oxide and foil knows neither inserted electrons nor metal on the frame's own sites.
    like_foil = 1.0 - coherent * (1.0 - o["coherent_seen"])
    combined = reacted * (metal * like_foil + inserted * o["insertion_seen"])
    depth = _offsets()["photoemission"] * o["offset.photoemission"]
    bonds = 6.0 * (core + reacted * oxidised * (1.0 - bare * (1.0 - frame)))
    in_metal = coherent * o["coherent_bonds"] + (1.0 - coherent) * o["surface"] * o["surface_bonds"]
    ordered = oxidised * (frame + fewer * (1.0 - frame)) + metal * (coherent * frame)
    shell = 12.0 * amplitude
    cations = shell * (core + reacted * (1.0 - o["disorder"]) * at_rim * ordered)
    metals = metal * (shell * reacted * (1.0 - coherent * frame) * o["sphere_bonds"])
    rows = {
        "reduced_seen": combined + edge,
        "reduced_charged": reacted * metal * (1.0 - of("reoxidised")) + edge,
        "reduced_surface": uptake * ((1.0 - core_seen * core) / np.maximum(reacted, 0.05)) + depth,
        "anion_shell": amplitude * (bonds + metal * (reacted * in_metal)),
        "cation_shell": cations,
        "metal_shell": metals,
        "metal_like": metals / (metals + cations + _SMALL),
    }
    for name, values in rows.items():
        for e, row in zip(r.cations, values, strict=True):
            o[f"{name}.{e}"] = row
