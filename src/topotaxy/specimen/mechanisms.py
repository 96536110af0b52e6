"""Mechanisms by hand: what an electrode looks like pristine, discharged and charged if one of them is true.

Definitions: a metal share below 0.3 of what could be reduced is *intercalation*; a frame of which at least
half never reacts an *unreacted core*; where the frame holds, metal on its sites is *confined* and metal
gathered in it *inlaid*; where it does not, a *metal network* stays reduced, *vanished* rock salt comes back
on charge and *collapsed* rock salt does not. These specimens are construction, made to test instruments and
judgement on; they say nothing of which mechanism is true.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from topotaxy.errors import InputError
from topotaxy.material import (
    ANION_CHARGE,
    IONS,
    Composition,
    conversion_voltages,
    lattice_parameter,
    parse_formula,
    product_volume,
    reducible_cations,
)
from topotaxy.specimen.builders import (
    TETRAHEDRAL,
    antifluorite,
    as_phase,
    joined,
    on_cells,
    rock_salt,
    strained,
)
from topotaxy.specimen.domains import core_in, metal_network, nanodomains, norm_of
from topotaxy.specimen.inclusions import metal_spheres
from topotaxy.specimen.specimen import PHASES, Specimen, State

DOMAIN = 2.0
"""Size of metal and of domains of the converted part, nm: 1 to 5 nm is what converted oxides show (Poizot, J.
Power Sources 97-98 (2001) 235)."""


LEAST_VOLTAGE = 0.1
"""Conversion voltage below which a cation is taken as inert, V (estimate: polarisation stops it there)."""


@dataclass(frozen=True, kw_only=True)
class Mechanism:
    """The states of one electrode under one mechanism, and what is true of it.

    Attributes
    ----------
    name:
        One of :data:`MECHANISMS`.
    states:
        Specimens by state.
    core:
        Share of the cations in a core that never reacts.
    """

    name: str
    states: Mapping[State, Specimen]
    core: float

    def truth(self, state: State) -> dict[str, float]:
        """Return what is true of a state, counted: see :func:`counted`."""
        return counted(self.states[state])


def counted(specimen: Specimen) -> dict[str, float]:
    """Return what is true of a specimen, by counting atoms.

    ``metal:El``: share of an element that is metal; ``metal``: of all cations; ``coherent``: share of the
    metal that sits on sites of the frame; ``frame``: cations of valence above 0 in the frame, of all cations;
    ``alkali``: per cation. What has no atoms to count is absent.
    """
    cation = ~specimen.is_element(*ANION_CHARGE, *IONS)
    metal = cation & (specimen.valences == 0)
    frame = cation & specimen.is_phase("frame")
    found: dict[str, float] = {}
    if not cation.any():
        return found
    for element in sorted(set(specimen.elements[cation].tolist())):
        own = specimen.elements == element
        found[f"metal:{element}"] = float((metal & own).sum() / own.sum())
    found["metal"] = float(metal.sum() / cation.sum())
    if metal.any():
        found["coherent"] = float((metal & frame).sum() / metal.sum())
    found["frame"] = float((frame & ~metal).sum() / cation.sum())
    found["alkali"] = float(specimen.is_element(*IONS).sum() / cation.sum())
    return found


@dataclass(frozen=True, kw_only=True)
class _Electrode:
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
        """Metal, salt and rock salt of one host cation of which a share of the reducible has reacted, Å³."""
        fractions = self.composition.cation_fractions
        valence = self.composition.mean_valences
        metal = math.fsum(reacted * fractions[el] * product_volume(el) for el in self.reducible)
        alkali = math.fsum(reacted * fractions[el] * valence[el] for el in self.reducible)
        salt = alkali / 2.0 * product_volume(f"{self.ion}2O")
        left = 1.0 - reacted * math.fsum(fractions[el] for el in self.reducible)
        return metal, salt, left * lattice_parameter(self.composition) ** 3 / 4.0

    def left(self, reacted: float, phase: str) -> Specimen:
        """One cell's worth of crystal of the rock salt that has not reacted, larger so that all fit in."""
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
        """Metal in domains of salt and of what is left of the rock salt, none of it in registry."""
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
        """The host with alkali ions on tetrahedral sites drawn at random."""
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
        """Cations of the host that react, indices, in exact amounts by element."""
        chosen = []
        for element in self.reducible:
            own = np.flatnonzero(self.host.elements == element)
            chosen.append(rng.permutation(own)[: round(self.reacted * len(own))])
        return np.sort(np.concatenate(chosen))


def _intercalation(e: _Electrode) -> dict[State, Specimen]:
    rng = np.random.default_rng(e.seed)
    chosen = e.drawn(rng)
    valences = e.host.valences.copy()
    valences[chosen] = 1.0
    host = replace(e.host, valences=valences)
    return {"discharged": strained(e.with_alkali(host, len(chosen), rng), e.strain), "charged": e.host}


def _confined(e: _Electrode) -> dict[State, Specimen]:
    rng = np.random.default_rng(e.seed)
    chosen = e.drawn(rng)
    electrons = int(e.host.valences[chosen].sum())
    valences = e.host.valences.copy()
    valences[chosen] = 0.0
    host = replace(e.host, valences=valences)
    return {"discharged": strained(e.with_alkali(host, electrons, rng), e.strain), "charged": e.host}


def _inlaid(e: _Electrode) -> dict[State, Specimen]:
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


def _network(e: _Electrode) -> dict[State, Specimen]:
    return {
        "discharged": e.converted(e.reacted, network=True),
        "charged": e.converted(0.6 * e.reacted, network=True),
    }


def _vanished(e: _Electrode) -> dict[State, Specimen]:
    back = metal_spheres(
        e.host,
        metal=e.metal,
        volume_fraction=0.02,
        diameter=0.5 * DOMAIN,
        seed=e.seed,
    )
    return {"discharged": e.converted(e.reacted, network=False), "charged": back}


def _collapsed(e: _Electrode) -> dict[State, Specimen]:
    discharged = e.converted(e.reacted, network=False)
    return {"discharged": discharged, "charged": e.converted(0.1 * e.reacted, network=False)}


def _core(e: _Electrode, core: float) -> dict[State, Specimen]:
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


def _reacting(composition: Composition, ion: str) -> tuple[str, ...]:
    voltages, _ = conversion_voltages(composition, ion)
    return tuple(el for el, voltage in voltages.items() if voltage > LEAST_VOLTAGE)


MECHANISMS: dict[str, Callable[[_Electrode], dict[State, Specimen]]] = {
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


def mechanism(
    name: str,
    formula: str,
    ion: str,
    *,
    cells: int = 8,
    reacted: float = 0.7,
    redox: Iterable[str] | None = None,
    strain: float = 0.03,
    seed: int = 0,
) -> Mechanism:
    """Return the three states of an electrode under one mechanism.

    Parameters
    ----------
    name
        One of :data:`MECHANISMS`.
    formula, ion
        Rock salt and alkali metal.
    cells
        Conventional cells along the edge of the pristine box.
    reacted
        Share of the reducible cations that react when discharged; in an intercalation they take one electron
        each, in all others two.
    redox
        Cations that react; where None, those whose conversion voltage in bulk is above
        :data:`LEAST_VOLTAGE`.
    strain
        Linear strain of a frame that holds, when discharged. Imposed: anything from 0 to
        :func:`~topotaxy.material.swelling_strain` has been argued for.
    seed
        Of everything that is drawn.

    Raises
    ------
    InputError
        For an unknown mechanism, a formula without reducible cations, or numbers that cannot be.
    """
    if name not in MECHANISMS:
        raise InputError(f"unknown mechanism {name!r:.40}; expected one of {', '.join(MECHANISMS)}")
    if not 0.0 < reacted <= 1.0:
        raise InputError(f"expected a reacted share above 0 and up to 1, got {reacted!r:.40}")
    if ion not in IONS:
        raise InputError(f"unknown ion {ion!r:.20}; expected one of {', '.join(IONS)}")
    composition = parse_formula(formula)
    reacting = _reacting(composition, ion) if redox is None else tuple(dict.fromkeys(redox))
    for element in reacting:
        if element not in reducible_cations(composition):
            raise InputError(f"{element!r:.20} cannot be reduced in {formula}")
    if not reacting:
        raise InputError(f"no cation of {formula} is reduced by {ion}")
    host = replace(rock_salt(formula, cells, seed=seed), source=name)
    electrode = _Electrode(
        composition=composition,
        ion=ion,
        host=host,
        reacted=reacted,
        strain=strain,
        seed=seed,
        reducible=reacting,
    )
    states: dict[State, Specimen] = {"pristine": host}
    for state, specimen in MECHANISMS[name](electrode).items():
        states[state] = replace(specimen, state=state, cycle=1, formula=formula, source=name)
    return Mechanism(name=name, states=states, core=CORE if name == "unreacted-core" else 0.0)
