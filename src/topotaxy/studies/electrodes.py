"""Electrodes whose mechanism is known: specimens of their states, and the latents that describe them.

By hand (:mod:`topotaxy.specimen.mechanisms`) a mechanism is put in; from a run of the reactive lattice it
follows. Either way the latents are counted, so that an answer can be held against them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.evidence.latents import AS_LISTED, coordinates, latents
from topotaxy.evidence.mechanisms import Expected, Map
from topotaxy.evidence.reaction import Reaction, reaction_of
from topotaxy.material import ANION_CHARGE, IONS, conversion_voltages, parse_formula
from topotaxy.specimen import Specimen, State
from topotaxy.specimen.electrode_states import MECHANISMS
from topotaxy.specimen.kept import specimens_of
from topotaxy.specimen.mechanisms import LEAST_VOLTAGE, mechanism

Values = NDArray[np.float64]

CORE_CELLS = 8
"""Edge in cells; that of the reacted part of an electrode with a core is one less: 60 and 40 %."""

IMPOSED_STRAIN = 0.03
"""Linear strain of a frame that keeps no metal in registry: what the paper's spacings amount to."""
METAL_VOLUME = 0.0115
"""Volume of an atom of metal, nm³: between those of fcc Ni (0.0109) and Cu (0.0118), Wyckoff 1963."""


@dataclass(frozen=True, kw_only=True)
class Electrode:
    """An electrode in its states.

    Attributes
    ----------
    name:
        Of the mechanism or run.
    formula, ion:
        The pristine material and the alkali.
    states:
        Specimens by state; those of one state are replicas, or parts of one powder that do not interfere.
    """

    name: str
    formula: str
    ion: str
    states: Mapping[State, tuple[Specimen, ...]]

    @property
    def reaction(self) -> Reaction:
        """The reaction that is judged."""
        return reaction_of(self.formula, self.ion)

    @property
    def edge(self) -> float:
        """Lattice parameter of the pristine rock salt, Å."""
        return self.states["pristine"][0].unit_cell_or_raise()


def by_hand(
    name: str,
    formula: str,
    ion: str,
    *,
    seed: int,
    reacted: float = 0.7,
    cells: int = CORE_CELLS,
    strain: float = IMPOSED_STRAIN,
) -> Electrode:
    """Return an electrode with one of the mechanisms of :mod:`topotaxy.specimen.mechanisms`.

    An unreacted core is a specimen of its own beside that of the reacted part: a core is a crystal of its
    own size, not a part of a small periodic box.

    Parameters
    ----------
    name : str
        One of ``MECHANISMS``.
    formula, ion : str
        Rock salt and alkali.
    seed : int
        Seed of the random specimens.
    reacted : float
        Share of the reducible cations that react.
    cells : int
        Edge of the box, in cells; with a core, of the core's, and the reacted part is a cell smaller.
    strain : float
        Linear strain of a frame that keeps no metal in registry; that of one that does follows from its salt.

    Raises
    ------
    InputError
        For what ``mechanism`` refuses.
    """
    if name == "unreacted-core":
        shell = mechanism("collapsed", formula, ion, cells=cells - 1, reacted=reacted, seed=seed).states
        core = mechanism("collapsed", formula, ion, cells=cells, reacted=reacted, seed=seed).states[
            "pristine"
        ]
        parts: dict[State, tuple[Specimen, ...]] = {
            state: (core, shell[state]) if state != "pristine" else (core,) for state in shell
        }
        return Electrode(name=name, formula=formula, ion=ion, states=parts)
    if name == "lattice-confined":
        strain = coherent_strain(formula, ion, reacted)
    made = mechanism(name, formula, ion, cells=cells, reacted=reacted, strain=strain, seed=seed).states
    return Electrode(
        name=name, formula=formula, ion=ion, states={state: (one,) for state, one in made.items()}
    )


def coherent_strain(formula: str, ion: str, reacted: float) -> float:
    """Return the linear strain of a frame that keeps its metal and takes in the room of the salt.

    Parameters
    ----------
    formula : str
        Of the pristine material.
    ion : str
        The alkali metal: Li, Na or K.
    reacted : float
        Share of the cations that is reduced.
    """
    reaction = reaction_of(formula, ion)
    can = sum(
        n for e, n in zip(reaction.cations, reaction.amounts, strict=True) if e in reducible_by(formula, ion)
    )
    content = reacted * can / reaction.total
    return float(np.cbrt(1.0 + content * (reaction.salt_volume - 1.0)) - 1.0)


def reducible_by(formula: str, ion: str) -> tuple[str, ...]:
    """Return the cations that react in specimens made by hand.

    Parameters
    ----------
    formula : str
        Of the pristine material.
    ion : str
        The alkali metal: Li, Na or K.
    """
    voltages, _ = conversion_voltages(parse_formula(formula), ion)
    return tuple(e for e, voltage in voltages.items() if voltage > LEAST_VOLTAGE)


def of_run(folder: Path, *, formula: str, ion: str) -> Electrode:
    """Return the electrode of a run's first cycle, its replicas together.

    Parameters
    ----------
    folder : Path
        Folder of a finished run.
    formula : str
        Of the pristine material.
    ion : str
        The alkali metal: Li, Na or K.

    Raises
    ------
    InputError
        Where the run kept no specimens of its first cycle.
    """
    states: dict[State, tuple[Specimen, ...]] = {}
    for state, cycle in (("pristine", 0), ("discharged", 1), ("charged", 1)):
        found = tuple(s for s in specimens_of(folder, state=state) if s.cycle == cycle)  # type: ignore[arg-type]
        if not found:
            raise InputError(f"keeps no {state} specimen of its first cycle", where=str(folder))
        states[state] = found  # type: ignore[index]
    return Electrode(name=folder.name, formula=formula, ion=ion, states=states)


def truth(electrode: Electrode) -> Expected:
    """Return the map's latents of an electrode, counted, and what the map expects of them: one row.

    Latents that no counting gives (constraint, shells of coherent metal, film, ...) are at their medians.

    Parameters
    ----------
    electrode : Electrode
        States of one electrode, with what is counted in them.
    """
    reaction = electrode.reaction
    model = Map(reaction=reaction)
    middle = np.zeros((1, len(coordinates(reaction))))
    known = dict(latents(middle, reaction, AS_LISTED, model.constant("reoxidised_correlation")))
    known |= {name: np.array([value]) for name, value in _counted(electrode, reaction).items()}
    for element in reaction.cations:
        known[f"reduced.{element}"] = known[f"reducible.{element}"] * known["extent"]
    expected = model.of_latents(known)
    edges = [s.unit_cell for s in electrode.states["discharged"] if s.state != "pristine" and s.unit_cell]
    if edges and electrode.name in MECHANISMS:
        # The strain of a specimen made by hand is imposed, and not to be had from its latents.
        expected["strain"] = np.array([float(np.mean(edges)) / electrode.edge - 1.0])
    return expected


@dataclass(frozen=True, kw_only=True)
class _State:
    """Counts of one state: cations, those of metal, by element, and where they are."""

    cations: int
    metal: dict[str, int]
    of: dict[str, int]
    in_frame: int
    metal_in_frame: int
    alkali: int
    alkali_in_frame: int

    @property
    def reduced(self) -> int:
        return sum(self.metal.values())


def _state(specimens: Sequence[Specimen], elements: Sequence[str]) -> _State:
    of, metal = dict.fromkeys(elements, 0), dict.fromkeys(elements, 0)
    framed = both = alkali = alkali_framed = 0
    for one in specimens:
        cation = ~one.is_element(*ANION_CHARGE, *IONS)
        zero = cation & (one.valences == 0)
        frame = cation & one.is_phase("frame")
        for element in elements:
            own = one.is_element(element)
            of[element] += int(own.sum())
            metal[element] += int((own & zero).sum())
        framed += int(frame.sum())
        both += int((frame & zero).sum())
        alkali += int(one.is_element(*IONS).sum())
        alkali_framed += int((one.is_element(*IONS) & one.is_phase("frame")).sum())
    return _State(
        cations=sum(of.values()),
        metal=metal,
        of=of,
        in_frame=framed,
        metal_in_frame=both,
        alkali=alkali,
        alkali_in_frame=alkali_framed,
    )


def _counted(electrode: Electrode, reaction: Reaction) -> dict[str, float]:
    """Latents by counting; the core is what stands in specimens in which nothing reacted."""
    discharged = electrode.states["discharged"]
    cores = [s for s in discharged if s.state == "pristine"]
    parts = [s for s in discharged if s.state != "pristine"]
    now = _state(parts, reaction.cations)
    then = _state([s for s in electrode.states["charged"] if s.state != "pristine"], reaction.cations)
    idle = sum(_state([s], reaction.cations).cations for s in cores)
    found = {"core": idle / (idle + now.cations), "extent": 1.0, "domain": math.log(metal_diameter(parts))}
    for element in reaction.cations:
        share = now.metal[element] / max(now.of[element], 1)
        found[f"reducible.{element}"] = share
        left = then.metal[element] / max(then.of[element], 1)
        found[f"reoxidised.{element}"] = float(np.clip(1.0 - left / share, 0.0, 1.0)) if share else 1.0
    unreduced = now.cations - now.reduced
    found["frame"] = (now.in_frame - now.metal_in_frame) / max(unreduced, 1)
    found["coherent"] = now.metal_in_frame / max(now.reduced, 1)
    electrons = sum(now.metal[e] * z for e, z in zip(reaction.cations, reaction.electrons, strict=True))
    found["insertion"] = float(np.clip((now.alkali - electrons) / max(unreduced, 1), 0.0, 1.0))
    if not now.reduced:
        # Without metal the map shares inserted electrons out by how easily a cation is reduced.
        taken = [e for e in reaction.cations if _lowered(parts, e)]
        found |= {f"reducible.{e}": float(e in taken) for e in reaction.cations} | {"extent": 0.0}
        among = sum(now.of[e] for e in taken)
        found["insertion"] = min(now.alkali / max(among, 1), 1.0)
    coherent_electrons = found["coherent"] * electrons
    if electrons > coherent_electrons:
        # Alkali on the frame beyond what was inserted and what its own metal gave room for.
        displaced = now.alkali_in_frame - coherent_electrons - max(now.alkali - electrons, 0.0)
        found["salt_on_frame"] = float(np.clip(displaced / (electrons - coherent_electrons), 0.0, 1.0))
    on_frame = found["frame"] * unreduced / now.cations + now.metal_in_frame / now.cations
    back = then.in_frame / then.cations
    found["recrystallised"] = float(np.clip((back - on_frame) / max(1.0 - on_frame, 1e-9), 0.0, 1.0))
    return found


def _lowered(specimens: Sequence[Specimen], element: str) -> bool:
    """Whether some cations of an element have a valence of one."""
    return any(bool((s.is_element(element) & (s.valences == 1)).any()) for s in specimens)


def metal_diameter(specimens: Sequence[Specimen]) -> float:
    """Return the diameter of the mean sphere of metal by volume, nm; 1 where no metal is off the frame.

    Parameters
    ----------
    specimens : Sequence[Specimen]
        Replicas of one state.
    """
    atoms = np.array([c.size for s in specimens for c in s.clusters], dtype=np.float64)
    if not atoms.size:
        return 1.0
    mean = float((atoms**2).sum() / atoms.sum())
    return float(np.cbrt(6.0 * mean * METAL_VOLUME / math.pi))


NAMES = {
    "intercalation": "intercalation",
    "lattice-confined": "lattice-confined",
    "inlaid": "inlaid domains",
    "metal-network": "metal network",
    "vanished": "vanished and recovered",
    "collapsed": "collapse",
    "unreacted-core": "unreacted core",
}
"""Specimens made by hand to the mechanism that they are of."""

assert set(NAMES) == set(MECHANISMS)
