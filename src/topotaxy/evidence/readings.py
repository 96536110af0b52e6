"""Observables to terms of the likelihood: which expectation of the map each of them is held against.

An observable that no instrument can see, or that the map knows nothing of, is set aside with its reason.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from topotaxy.evidence.first_cycle import first_cycle
from topotaxy.evidence.likelihood import Term, bound, floor_of, number
from topotaxy.evidence.reaction import Reaction
from topotaxy.observables import Observable

UNSEEN = frozenset({"home_fraction", "framework_fraction", "coherent_fraction", "trapped_fraction"})
"""Quantities that only a simulation knows; no instrument sees them, so no judgement rests on them."""

MODELS = frozenset({"reactive lattice", "cell model"})
"""Techniques that are simulations counting their own atoms; what they say enters through an instrument."""
CYCLED = frozenset(
    {
        "specific_capacity_discharge",
        "specific_capacity_charge",
        "initial_coulombic_efficiency",
        "voltage_hysteresis",
        "capacity_retention",
    }
)
"""What a cycler records of a simulation as it does of a cell."""

SURFACE = ("XPS", "EELS", "photoemission", "eels")
SALT = ("salt", "A2O", "A2S", "Li2O", "Na2O", "K2O", "Li2S", "Na2S", "K2S")
HOST = ("rock salt", "frame", "host")
LOOSE = ("oxide",)
"""Oxide that is not the frame: fitted beside it as domains of nanometres, out of registry."""
METAL = ("metal", "alloy")
OF_METALS = "of the metal atoms"
"""Note of a share that is counted in cations, as the map counts; other shares are by weight."""
FULL = {"anion_shell": 6.0, "cation_shell": 12.0}
"""Neighbours in the pristine rock salt."""
IMAGES = ("TEM", "STEM", "HRTEM", "HAADF", "SAED", "microscopy", "imaging")


@dataclass(frozen=True)
class Target:
    """What an observable is held against: name of the expectation, of its floor, and the technique."""

    expected: str
    floor: str
    technique: str
    fact: str = ""


@dataclass
class Readings:
    """Terms, and what was set aside with the reason."""

    terms: list[Term] = field(default_factory=list)
    aside: list[tuple[Observable, str]] = field(default_factory=list)


def read_observables(observables: Sequence[Observable], reaction: Reaction) -> Readings:
    """Return the terms of observables of one material in one kind of half cell.

    Numbers of the pristine state are not held against anything: those of the other states refer to them.
    So do numbers of neighbours where the pristine ones are known, as amplitude and model err in both alike.

    Parameters
    ----------
    observables : Sequence[Observable]
        What was found, of any techniques.
    reaction : Reaction
        Material and alkali.
    """
    found = Readings()
    pristine = [o for o in observables if o.state == "pristine"]
    others = [o for o in observables if o.state != "pristine"]
    others, terms, aside = first_cycle(others)
    found.terms += terms
    found.aside += aside
    for entry in others:
        if entry.quantity in UNSEEN or (entry.technique in MODELS and entry.quantity not in CYCLED):
            found.aside.append((entry, "no instrument sees it"))
            continue
        if entry.subject.percentile not in (None, 50.0):
            found.aside.append((entry, "the map gives the middle of a distribution only"))
            continue
        if entry.conditions.role == "full-cell":
            found.aside.append((entry, "the map is of half cells"))
            continue
        value = entry.value
        spread = _spread(entry)
        if entry.quantity in ("lattice_parameter", "interplanar_spacing"):
            strained = _strain(entry, pristine)
            if strained is None:
                found.aside.append((entry, "there is no pristine value of the same reflection"))
                continue
            value, spread = strained
        target = _target(entry, reaction)
        if not isinstance(target, str) and _by_weight(entry) and _counted_too(entry, others):
            target = "the same share counted in cations is there"
        if isinstance(target, str):
            found.aside.append((entry, target))
            continue
        value, spread = _against_pristine(entry, target, pristine, value, spread)
        if target.floor == "domain":
            if value <= 0.0:
                found.aside.append((entry, "a size has to be positive"))
                continue
            spread = None if spread is None else spread / value
            value = math.log(value)
        found.terms.append(_term(entry, target, value, spread))
    return found


def _spread(entry: Observable) -> float | None:
    """Return what scatters and what all numbers of a record share, together; None where neither is known."""
    known = [one for one in (entry.uncertainty, entry.systematic) if one is not None]
    return math.hypot(*known) if known else None


def _by_weight(entry: Observable) -> bool:
    return entry.quantity == "phase_fraction" and entry.subject.note != OF_METALS


def _counted_too(entry: Observable, others: Sequence[Observable]) -> bool:
    return any(
        o.quantity == entry.quantity
        and (o.subject.phase, o.state, o.source) == (entry.subject.phase, entry.state, entry.source)
        and o.subject.note == OF_METALS
        for o in others
    )


def _against_pristine(
    entry: Observable, target: Target, pristine: Sequence[Observable], value: float, spread: float | None
) -> tuple[float, float | None]:
    """Return neighbours over the pristine ones times what rock salt has; other numbers as they are."""
    full = FULL.get(target.expected.partition(".")[0])
    reference = next(
        (o for o in pristine if o.quantity == entry.quantity and o.subject == entry.subject), None
    )
    if full is None or reference is None or reference.value <= 0.0:
        return value, spread
    factor = full / reference.value
    scatter = [factor * u for u in (entry.uncertainty,) if u is not None]
    if reference.uncertainty is not None:
        scatter.append(factor * value / reference.value * reference.uncertainty)
    return factor * value, math.hypot(*scatter) if scatter else None


def _term(entry: Observable, target: Target, value: float, spread: float | None) -> Term:
    floor = floor_of(target.floor)
    # A limit has its own uncertainty in it; a number without one has it to come.
    unknown = 0.0 if entry.bound is not None else math.sqrt(3.0) * floor
    width = math.hypot(floor, unknown if spread is None else spread)
    name = " ".join(
        part for part in (entry.quantity.replace("_", " "), entry.subject.text, entry.state or "") if part
    )
    source = entry.source
    fact = target.fact or f"{target.expected}"
    if entry.bound is not None:
        return bound(
            name,
            target.expected,
            value,
            width,
            upper=entry.bound == "upper",
            technique=target.technique,
            fact=f"{fact} {entry.bound}",
            source=source,
        )
    return number(name, target.expected, value, width, technique=target.technique, fact=fact, source=source)


def _strain(entry: Observable, pristine: Sequence[Observable]) -> tuple[float, float | None] | None:
    """Return strain against the pristine value of the same spacing, and its standard deviation."""
    reference = next(
        (o for o in pristine if o.quantity == entry.quantity and o.subject == entry.subject), None
    )
    if reference is None or reference.value <= 0.0:
        return None
    ratio = entry.value / reference.value
    # The length scale of one instrument cancels; those of two do not.
    same = entry.source == reference.source
    known = [
        u / o.value
        for o in (entry, reference)
        for u in (o.uncertainty, None if same else o.systematic)
        if u is not None
    ]
    return ratio - 1.0, ratio * math.hypot(*known) if known else None


def _target(entry: Observable, reaction: Reaction) -> Target | str:
    """Return what an observable is held against, or why it is not."""
    find = _BY_QUANTITY.get(entry.quantity)
    if find is None:
        return "the map says nothing of it"
    element = entry.subject.element
    if element and element not in (*reaction.cations, reaction.ion):
        return f"{element} is no cation of {reaction.formula}"
    return find(entry, reaction)


def _strained(entry: Observable, _: Reaction) -> Target | str:
    if entry.state != "discharged":
        return "the map gives strains of the discharged state only"
    if entry.subject.rank is not None:
        return "nothing says of which phase the peak is"
    if entry.subject.phase not in ("", *HOST):
        return "the map gives the strain of the frame only"
    technique = "microscopy" if any(word in entry.technique for word in IMAGES) else "diffraction"
    floor = "strain_imaged" if technique == "microscopy" else "strain"
    return Target("strain", floor, f"{technique}, spacings", f"strain of the frame, {technique}")


def _phase(entry: Observable, _: Reaction) -> Target | str:
    if entry.subject.phase in SALT:
        if "by weight" in entry.method:
            return "the map gives the share of the salt, not its weight"
        if entry.state != "discharged":
            return "the map gives the salt of the discharged state only"
        return Target("salt", "salt", entry.technique or "diffraction")
    if entry.subject.phase in LOOSE:
        name = "oxide_charged" if entry.state == "charged" else "oxide"
        return Target(name, "oxide", "diffraction")
    if entry.subject.phase not in HOST and entry.subject.note not in HOST:
        return "the map knows rock salt, oxide beside it and alkali salt only"
    if entry.state == "charged":
        return Target("phase_fraction_charged", "phase_fraction_charged", "diffraction")
    relative = "relative" in entry.method or "of the crystalline phases" in entry.method
    return Target(
        "phase_fraction_relative" if relative else "phase_fraction", "phase_fraction", "diffraction"
    )


def _reduced(entry: Observable, reaction: Reaction) -> Target | str:
    element = entry.subject.element
    if element not in reaction.cations:
        return "it names no cation"
    if entry.state == "charged":
        return Target(f"reduced_charged.{element}", "reduced_fraction", entry.technique or "absorption")
    surface = any(word in entry.technique for word in SURFACE)
    kind = "reduced_surface" if surface else "reduced_seen"
    floor = "reduced_surface" if surface else "reduced_fraction"
    return Target(f"{kind}.{element}", floor, entry.technique or "absorption")


_SHELLS = {
    "anion": ("anion_shell", "anion_coordination"),
    "O": ("anion_shell", "anion_coordination"),
    "S": ("anion_shell", "anion_coordination"),
    "F": ("anion_shell", "anion_coordination"),
    "cation": ("cation_shell", "cation_coordination"),
    "metal": ("metal_shell", "metal_coordination"),
}


def _shell(entry: Observable, reaction: Reaction) -> Target | str:
    if entry.state != "discharged":
        return "the map gives shells of the discharged state only"
    if entry.subject.element not in reaction.cations or entry.subject.shell not in _SHELLS:
        return "it names no cation with a shell anion, cation or metal"
    if "per metal atom" in entry.method:
        return "it counts per metal atom, not per absorber"
    name, floor = _SHELLS[entry.subject.shell]
    return Target(f"{name}.{entry.subject.element}", floor, entry.technique or "absorption")


def _domain(entry: Observable, _: Reaction) -> Target | str:
    if entry.state == "charged":
        return "the map gives domains of the discharged state only"
    if entry.subject.phase not in ("", *METAL):
        return "the map gives the size of metal domains only"
    imaged = any(word in entry.technique for word in IMAGES)
    return Target(
        "domain_imaged" if imaged else "domain_scattered",
        "domain",
        "microscopy" if imaged else entry.technique or "diffraction",
        "domain size",
    )


def _site(entry: Observable, reaction: Reaction) -> Target | str:
    if entry.subject.element != reaction.ion or entry.state != "discharged":
        return "the map knows the alkali on tetrahedra of the discharged frame only"
    return Target("tetrahedral_alkali", "site_fraction", entry.technique or "neutron diffraction")


_BY_QUANTITY: dict[str, Callable[[Observable, Reaction], Target | str]] = {
    "strain": _strained,
    "lattice_parameter": _strained,
    "interplanar_spacing": _strained,
    "phase_fraction": _phase,
    "reduced_fraction": _reduced,
    "coordination_number": _shell,
    "domain_size": _domain,
    "site_fraction": _site,
    "voltage_hysteresis": lambda entry, _: Target("hysteresis_seen", "voltage", "electrochemistry"),
    "capacity_retention": lambda entry, _: Target("retention", "retention", "electrochemistry"),
}
