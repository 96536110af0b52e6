"""What an electrode consists of under one mechanism, discharged and charged; see :mod:`.mechanisms`."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from topotaxy.errors import InputError
from topotaxy.material import (
    Composition,
    lattice_parameter,
    product_volume,
)
from topotaxy.specimen.builders import antifluorite, as_phase, joined, rock_salt, strained
from topotaxy.specimen.cores import core_in, norm_of
from topotaxy.specimen.domains import nanodomains
from topotaxy.specimen.inclusions import metal_spheres
from topotaxy.specimen.networks import metal_network
from topotaxy.specimen.sites import TETRAHEDRAL, on_cells
from topotaxy.specimen.specimen import PHASES, Specimen, State

DOMAIN = 2.0
"""Size of metal and of domains of the converted part, nm: 1 to 5 nm is what converted oxides show (Poizot, J.
Power Sources 97-98 (2001) 235)."""


@dataclass(frozen=True, kw_only=True)
class Electrode:
    """What all mechanisms start from."""

    composition: Composition
    ion: str
    host: Specimen
    reacted: float
    strain: float
    seed: int
    reducible: tuple[str, ...]

    @property
    def metal(self) -> dict[str, float]:
        """Elements of the metal, by their amounts in the formula."""
        return {el: self.composition.cations[el] for el in self.reducible}

    def volumes(self, reacted: float) -> tuple[float, float, float]:
        """Metal, salt and rock salt of one host cation of which a share of the reducible has reacted, Å³.

        Parameters
        ----------
        reacted : float
            Share of the reducible cations, 0 to 1.
        """
        fractions = self.composition.cation_fractions
        valence = self.composition.mean_valences
        metal = math.fsum(reacted * fractions[el] * product_volume(el) for el in self.reducible)
        alkali = math.fsum(reacted * fractions[el] * valence[el] for el in self.reducible)
        salt = alkali / 2.0 * product_volume(f"{self.ion}2O")
        left = 1.0 - reacted * math.fsum(fractions[el] for el in self.reducible)
        return metal, salt, left * lattice_parameter(self.composition) ** 3 / 4.0

    def left(self, reacted: float, phase: str) -> Specimen:
        """One cell's worth of crystal of the rock salt that has not reacted, larger so that all fit in.

        Parameters
        ----------
        reacted : float
            Share of the reducible cations that is gone, 0 to 1.
        phase : str
            ``oxide``, or ``frame`` for anything else.
        """
        kept = {
            el: amount * (1.0 - reacted * (el in self.reducible))
            for el, amount in self.composition.cations.items()
        }
        anions = math.fsum(kept[el] * self.composition.mean_valences[el] for el in kept) / 2.0
        share = {x: anions * f for x, f in self.composition.anion_fractions.items()}
        formula = "".join(f"{el}{n:.6f}" for el, n in {**kept, **share}.items() if n > 1e-6)
        crystal = rock_salt(formula, 3, seed=self.seed)
        return as_phase(
            replace(crystal, formula=self.composition.formula), "oxide" if phase == "oxide" else "frame"
        )

    def converted(self, reacted: float, *, network: bool, edge: float | None = None) -> Specimen:
        """Metal in domains of salt and of what is left of the rock salt, none of it in registry.

        Parameters
        ----------
        reacted : float
            Share of the reducible cations that is metal, 0 to 1.
        network : bool
            Whether the metal is one connected piece; balls where not.
        edge : float, optional
            Of the cubic box, Å; that of the volumes of all products where None.
        """
        metal, salt, left = self.volumes(reacted)
        size = edge or float(
            np.cbrt(
                self.host.volume / (lattice_parameter(self.composition) ** 3 / 4.0) * (metal + salt + left)
            )
        )
        crystals = [(antifluorite(self.ion, "O", 1), salt), (self.left(reacted, "oxide"), left)]
        matrix = nanodomains([c for c in crystals if c[1] > 0], size, diameter=DOMAIN, seed=self.seed)
        share = metal / (metal + salt + left)
        if network:
            return metal_network(matrix, metal=self.metal, volume_fraction=share, seed=self.seed)
        return metal_spheres(
            matrix, metal=self.metal, volume_fraction=share, diameter=DOMAIN, spread=0.2, seed=self.seed
        )

    def with_alkali(self, host: Specimen, number: int, rng: np.random.Generator) -> Specimen:
        """The host with alkali ions on tetrahedral sites drawn at random.

        Parameters
        ----------
        host : Specimen
            Rock salt of whole cells.
        number : int
            Of ions.
        rng : numpy.random.Generator
            Draws the sites.

        Raises
        ------
        InputError
            Where there are fewer tetrahedral sites than ions.
        """
        a = host.unit_cell_or_raise()
        edges = np.rint(np.diag(host.box) / a).astype(int)
        corners = np.stack(np.meshgrid(*map(np.arange, edges), indexing="ij"), axis=-1).reshape(-1, 3)
        sites = on_cells(corners, TETRAHEDRAL) * a
        if number > len(sites):
            raise InputError(f"{number} {self.ion} do not fit on {len(sites)} tetrahedral sites")
        chosen = np.sort(rng.permutation(len(sites))[:number])
        count = len(chosen)
        alkali = replace(
            host,
            positions=sites[chosen],
            elements=np.full(count, self.ion, dtype="U2"),
            valences=np.ones(count),
            phases=np.full(count, PHASES.index("frame"), dtype=np.int8),
            identities=np.arange(count),
            clusters=(),
        )
        return joined(host, alkali)

    def drawn(self, rng: np.random.Generator) -> np.ndarray:
        """Cations of the host that react, indices, in exact amounts by element.

        Parameters
        ----------
        rng : numpy.random.Generator
            Draws which of each element.
        """
        chosen = []
        for element in self.reducible:
            own = np.flatnonzero(self.host.elements == element)
            chosen.append(rng.permutation(own)[: round(self.reacted * len(own))])
        return np.sort(np.concatenate(chosen))


def _intercalation(e: Electrode) -> dict[State, Specimen]:
    rng = np.random.default_rng(e.seed)
    chosen = e.drawn(rng)
    valences = e.host.valences.copy()
    valences[chosen] = 1.0
    host = replace(e.host, valences=valences)
    return {"discharged": strained(e.with_alkali(host, len(chosen), rng), e.strain), "charged": e.host}


def _confined(e: Electrode) -> dict[State, Specimen]:
    rng = np.random.default_rng(e.seed)
    chosen = e.drawn(rng)
    electrons = int(e.host.valences[chosen].sum())
    valences = e.host.valences.copy()
    valences[chosen] = 0.0
    host = replace(e.host, valences=valences)
    return {"discharged": strained(e.with_alkali(host, electrons, rng), e.strain), "charged": e.host}


def _inlaid(e: Electrode) -> dict[State, Specimen]:
    rng = np.random.default_rng(e.seed)
    chosen = e.drawn(rng)
    electrons = int(e.host.valences[chosen].sum())
    kept = np.ones(len(e.host), dtype=bool)
    kept[chosen] = False
    frame = strained(e.with_alkali(e.host.subset(kept), electrons, rng), e.strain)
    volume = math.fsum(product_volume(str(el)) for el in e.host.elements[chosen])
    discharged = metal_spheres(
        frame,
        metal=e.metal,
        volume_fraction=volume / (frame.volume + volume),
        diameter=DOMAIN,
        spread=0.2,
        epitaxial=True,
        registered=True,
        seed=e.seed,
    )
    return {"discharged": discharged, "charged": e.host}


def _network(e: Electrode) -> dict[State, Specimen]:
    return {
        "discharged": e.converted(e.reacted, network=True),
        "charged": e.converted(0.6 * e.reacted, network=True),
    }


def _vanished(e: Electrode) -> dict[State, Specimen]:
    back = metal_spheres(
        e.host,
        metal=e.metal,
        volume_fraction=0.02,
        diameter=0.5 * DOMAIN,
        seed=e.seed,
    )
    return {"discharged": e.converted(e.reacted, network=False), "charged": back}


def _collapsed(e: Electrode) -> dict[State, Specimen]:
    discharged = e.converted(e.reacted, network=False)
    return {"discharged": discharged, "charged": e.converted(0.1 * e.reacted, network=False)}


def _core(e: Electrode, core: float) -> dict[State, Specimen]:
    """A rounded cube of the host with the share ``core`` of the cations, inside what the rest became."""
    states: dict[State, Specimen] = {}
    site = lattice_parameter(e.composition) ** 3 / 4.0
    filled = 8.0 * math.gamma(1.0 + 1.0 / FACETS) ** 3 / math.gamma(1.0 + 3.0 / FACETS)
    radius = float(np.cbrt(core * e.host.volume / filled))
    for state, reacted in (("discharged", e.reacted), ("charged", 0.1 * e.reacted)):
        grown = sum(e.volumes(reacted)) / site
        edge = float(np.cbrt(e.host.volume * (core + (1.0 - core) * grown)))
        shell = e.converted(reacted, network=False, edge=edge)
        centre = shell.box.sum(axis=0) / 2.0
        near = [c for c in shell.clusters if norm_of((c.centre - centre)[None], FACETS)[0] < radius]
        gone = np.zeros(len(shell), dtype=bool)
        for cluster in near:
            gone[cluster.members] = True
        states[state] = core_in(e.host, shell.subset(~gone), radius, exponent=FACETS)  # type: ignore[index]
    return states


MECHANISMS: dict[str, Callable[[Electrode], dict[State, Specimen]]] = {
    "intercalation": _intercalation,
    "lattice-confined": _confined,
    "inlaid": _inlaid,
    "metal-network": _network,
    "vanished": _vanished,
    "collapsed": _collapsed,
    "unreacted-core": lambda e: _core(e, CORE),
}
"""What makes the discharged and the charged state of each mechanism."""


CORE = 0.6
"""Share of the cations in an unreacted core."""


FACETS = 6.0
"""Shape of the core: |x|^n + |y|^n + |z|^n is constant; at 6 a cube with round edges, as rock salt grows."""
