"""Ablations: one run as it is, and the same with one piece of its physics or chemistry gone.

Every arm has the same seeds and is a run folder of its own, so an ablation that was stopped
goes on arm by arm, and each arm from its checkpoints.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from topotaxy.errors import InputError
from topotaxy.material import Composition, electrode_composition, parse_formula
from topotaxy.material.grains import electrode_grains
from topotaxy.observables import Observable, from_json
from topotaxy.results import LABELS_FILE, OBSERVABLES_FILE, claimed
from topotaxy.results.publish import replace_file
from topotaxy.results.reading import stored_text
from topotaxy.runs.labels import labels_text, reliances
from topotaxy.runs.outcomes import OUTCOMES, Values, cycles_in, outcomes_of
from topotaxy.spec import Spec
from topotaxy.statistics import FEWEST_REPLICAS, Difference, holm, mean_and_error, paired_difference
from topotaxy.studies.execution import HERE, Progress, Where, run_into

if TYPE_CHECKING:
    import xarray as xr

REPLICAS = 8
"""Replicas of every arm, unless more are asked for."""

INERT_BELOW = 0.05
"""A cation counts as inert where less of it than this is reduced when first discharged."""

LEVEL = 0.05
"""Chance of a false difference in the whole table (Holm over all its comparisons)."""

REFERENCE = "reference"
SWITCHES = {
    "disorder": "cations and anions in an ordered arrangement",
    "coherency": "the frame neither strains nor loses registry, and metal feels no pressure",
    "mobility": "metal atoms do not move by themselves",
    "transport": "ions do not move",
    "reach": "ions are exchanged with metal in contact only",
}
_SOFT_ANIONS = {"S": "sulfur", "Se": "selenium", "F": "fluorine"}


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One run of an ablation: what is gone, in words, and the specification, if there is one.

    ``spec`` is ``None`` where there is nothing to take away or the rest cannot be run;
    ``what`` then says why.
    """

    name: str
    what: str
    spec: Spec | None


@dataclass(frozen=True, kw_only=True)
class Effect:
    """One outcome of one arm: mean, standard error, difference to the reference, significance."""

    arm: str
    outcome: str
    value: float
    error: float | None
    difference: Difference | None
    significant: bool


@dataclass(frozen=True, kw_only=True)
class Ablation:
    """All arms, the reference first, and their effects on every outcome."""

    spec: Spec
    arms: tuple[Arm, ...]
    effects: tuple[Effect, ...]
    inert: tuple[str, ...]


def run_ablation(
    spec: Spec,
    out: Path,
    *,
    resume: bool = False,
    where: Where = HERE,
    progress: Progress | None = None,
) -> Ablation:
    """Run all arms into folders inside ``out`` and compare them.

    Inert cations are those that the reference run itself reduces by less than
    :data:`INERT_BELOW` in the first discharge: what the model holds to be inert, not what
    anybody claims.

    Parameters
    ----------
    spec : Spec
        The specification with nothing left out of the model.
    out : Path
        Folder for the folders of the arms.
    resume : bool
        Whether what the folder holds is continued.
    where : Where
        Where runs are executed.
    progress : Progress | None
        Called now and then with what is done.

    Raises
    ------
    InputError
        Where the specification or a folder cannot be used, or there are fewer than four replicas.
    """
    if spec.lattice.replicas < FEWEST_REPLICAS:
        raise InputError(
            f"an ablation needs at least {FEWEST_REPLICAS} replicas, for their spread; "
            f"expected replicas >= {FEWEST_REPLICAS}"
        )
    claimed(out, what="an ablation", resume=resume, recorded=REFERENCE)
    first = run_into(
        {REFERENCE: spec}, out, resume=resume, where=where, progress=progress, words={REFERENCE: "arm 1"}
    )
    found = {REFERENCE: cycles_in(first[REFERENCE])}
    inert = inert_in(found[REFERENCE])
    arms = (Arm(name=REFERENCE, what="as specified", spec=spec), *arms_of(spec, inert))
    others = {arm.name: arm.spec for arm in arms[1:] if arm.spec is not None}
    words = {
        name: f"arm {number} of {len(others) + 1}, {name}" for number, name in enumerate(others, start=2)
    }
    # Only the reference decides whether the folder may be used: its arms stand or fall with it.
    folders = run_into(others, out, resume=True, where=where, progress=progress, words=words)
    found |= {name: cycles_in(folder) for name, folder in folders.items()}
    _explain_labels(spec, out, arms)
    return Ablation(spec=spec, arms=arms, effects=tuple(effects_of(arms, found)), inert=inert)


def _explain_labels(spec: Spec, out: Path, arms: Sequence[Arm]) -> None:
    """Write into the reference run on what each of its headline numbers rests."""
    ran = {arm.name: _observables(out / arm.name) for arm in arms if arm.spec is not None}
    headline = [item for item in ran.pop(REFERENCE) if item.label is not None]
    found = reliances(headline, ran, spec.lattice.replicas)
    words = {arm.name: arm.what for arm in arms if arm.name in ran}
    replace_file(out / REFERENCE / LABELS_FILE, labels_text(headline, spec, found, words))


def _observables(folder: Path) -> list[Observable]:
    path = folder / OBSERVABLES_FILE
    return from_json(stored_text(path), where=str(path))


def inert_in(cycles: xr.Dataset) -> tuple[str, ...]:
    """Cations of which less than :data:`INERT_BELOW` is reduced in the first discharge.

    Parameters
    ----------
    cycles : xr.Dataset
        Group ``cycles`` of a run's dataset.
    """
    reduced = cycles["reduced_fraction"].isel(cycle=0).sel(state="discharged").mean("replica")
    return tuple(
        str(el) for el, r in zip(cycles["element"].values, reduced.values, strict=True) if r < INERT_BELOW
    )


def arms_of(spec: Spec, inert: Sequence[str]) -> list[Arm]:
    """Return the arms beside the reference: two of composition, three of physics.

    Parameters
    ----------
    spec : Spec
        The specification with nothing left out of the model.
    inert : Sequence[str]
        Cations that the lattice holds for inert.
    """
    arms = [_without_inert(spec, inert), _without_soft_anions(spec)]
    for switch, what in SWITCHES.items():
        if getattr(spec.lattice, switch):
            lattice = spec.lattice.model_copy(update={switch: False})
            arms.append(
                Arm(name=f"no-{switch}", what=what, spec=spec.model_copy(update={"lattice": lattice}))
            )
        else:
            arms.append(Arm(name=f"no-{switch}", what="off in the specification already", spec=None))
    return arms


def _without_inert(spec: Spec, inert: Sequence[str]) -> Arm:
    name = "no-inert-cations"
    composition = electrode_composition(spec.electrode)
    active = [el for el in composition.cations if el not in inert]
    if not inert:
        return Arm(name=name, what="no cation is inert in the reference run", spec=None)
    if not active:
        return Arm(name=name, what="no cation reacts in the reference run", spec=None)
    what = f"{', '.join(inert)} replaced by {', '.join(active)}"
    return _recomposed(spec, name, what, lambda c: _active_only(c, active))


def _active_only(c: Composition, active: Sequence[str]) -> dict[str, float] | None:
    kept = {el: n for el, n in c.cations.items() if el in active}
    if not kept:
        return None
    scale = sum(c.cations.values()) / sum(kept.values())
    return {**{el: n * scale for el, n in kept.items()}, **c.anions}


def _without_soft_anions(spec: Spec) -> Arm:
    composition = electrode_composition(spec.electrode)
    found = [x for x in composition.anions if x in _SOFT_ANIONS]
    if not found:
        return Arm(name="no-sulfur", what="there is no sulfur, selenium or fluorine", spec=None)
    name = "no-" + "-".join(_SOFT_ANIONS[x] for x in found)

    def oxide(c: Composition) -> dict[str, float]:
        return {**c.cations, "O": sum(c.anions.values())}

    return _recomposed(spec, name, f"{', '.join(found)} replaced by O", oxide)


def _recomposed(
    spec: Spec, name: str, what: str, change: Callable[[Composition], Mapping[str, float] | None]
) -> Arm:
    """The arm of another composition; a composite changes grain by grain and may lose some."""
    electrode = spec.electrode
    composition = electrode_composition(electrode)
    amounts = change(composition)
    grains = [change(parse_formula(grain)) for grain in electrode.grains]
    if amounts is None:
        return Arm(name=name, what=f"{what}: nothing is left", spec=None)
    update = {
        "formula": formula_text(amounts),
        "grains": tuple(dict.fromkeys(formula_text(grain) for grain in grains if grain is not None)),
        "claimed_active": tuple(el for el in electrode.claimed_active if el in amounts),
    }
    changed = electrode.model_copy(update=update)
    try:
        electrode_grains(changed)
    except InputError as error:
        return Arm(name=name, what=f"{what}: cannot be run ({error})", spec=None)
    return Arm(
        name=name, what=f"{what}: {changed.formula}", spec=spec.model_copy(update={"electrode": changed})
    )


def formula_text(amounts: Mapping[str, float]) -> str:
    """Write amounts as a formula that reads back to them.

    Parameters
    ----------
    amounts : Mapping[str, float]
        Amount of each element, in the order in which it is written.
    """
    return "".join(f"{el}{'' if abs(n - 1.0) < 1e-9 else f'{n:.9g}'}" for el, n in amounts.items())


def effects_of(arms: Sequence[Arm], found: Mapping[str, xr.Dataset]) -> list[Effect]:
    """Compare every arm that ran with the reference, replica by replica (equal seeds).

    Parameters
    ----------
    arms : Sequence[Arm]
        The arms that were run.
    found : Mapping[str, xr.Dataset]
        Group ``cycles`` of each arm's run, by the arm's name.
    """
    values: dict[str, dict[str, Values | None]] = {
        arm.name: outcomes_of(arm.spec, found[arm.name]) for arm in arms if arm.spec is not None
    }
    effects: list[tuple[str, str, float, float | None, Difference | None]] = []
    for arm, outcomes in values.items():
        for outcome in OUTCOMES:
            own, reference = outcomes[outcome.name], values[REFERENCE][outcome.name]
            if own is None or not np.isfinite(own).any():
                continue
            value, error = mean_and_error(own)
            difference = None
            if arm != REFERENCE and reference is not None:
                difference = paired_difference(own, reference)
            effects.append((arm, outcome.name, value, error, difference))
    verdicts = iter(holm([d.p for *_, d in effects if d is not None], LEVEL))
    return [
        Effect(
            arm=arm,
            outcome=name,
            value=value,
            error=error,
            difference=difference,
            significant=difference is not None and next(verdicts),
        )
        for arm, name, value, error, difference in effects
    ]
