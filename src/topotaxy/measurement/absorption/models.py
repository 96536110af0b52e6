"""Models of surroundings for EXAFS fits: a metal foil, rock salt, and rock salt with metal in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from topotaxy.errors import InputError
from topotaxy.measurement.absorption.background import Exafs
from topotaxy.measurement.absorption.fitting import Fit, Range, Task, fitted
from topotaxy.measurement.absorption.further import (
    ANION_SHELL,
    CATION_SHELL,
    far_anions,
    far_cations,
    far_metal,
    shared,
)
from topotaxy.measurement.absorption.reference_values import estimates, mean_distance, metals
from topotaxy.measurement.absorption.shells import Linear, Parameter, Relation, Shell, Term

OXIDE_RANGE = Range(k=(3.0, 12.0), r=(0.6, 3.2), open_background=True)
FOIL_RANGE = Range(k=(3.0, 13.0), r=(1.6, 2.8))
_DISTANCES = {"O": (2.11, 2.98), "F": (2.05, 2.90), "S": (2.55, 3.60)}
"""Å; where the search for anion and cation shell starts."""


def foil(data: Exafs, element: str, *, limits: Range = FOIL_RANGE) -> Fit:
    """Fit a foil with the neighbours of its metal, which gives S02.

    The fit has ``s02``, ``e0``, ``stretch`` (distances over those of diffraction) and one variance for each
    distance that can be told apart.

    Parameters
    ----------
    data : Exafs
    element : str
        Symbol of the foil's metal.
    limits : Range
        In k and R; its end in R is moved out where two distances are told apart.

    Raises
    ------
    InputError
        Where the element's metal has no simple first shell, or the data are too short.
    """
    metal = metals().get(element)
    if metal is None:
        raise InputError(
            f"the metal of {element} has no simple first shell to take S02 from", where=data.name
        )
    parameters = {
        "s02": Parameter(start=0.85, low=0.2, high=1.6),
        "e0": Parameter(start=0.0, low=-20.0, high=20.0),
        "stretch": Parameter(start=1.0, low=0.95, high=1.05),
        "variance": Parameter(start=0.008, low=0.001, high=0.03),
    }
    apart = max(metal.distances) - min(metal.distances) > 0.1
    if apart:
        parameters["variance_2"] = Parameter(start=0.012, low=0.001, high=0.06)
        limits = Range(k=limits.k, r=(limits.r[0], max(limits.r[1], 3.1)), weights=limits.weights)
    shells = tuple(
        Shell(
            absorber=element,
            neighbour=element,
            environment="metal",
            count=count,
            s02="s02",
            e0_shift="e0",
            distance=Linear(0.0, ((distance, "stretch"),)),
            variance="variance_2" if apart and place else "variance",
            name="metal",
        )
        for place, (count, distance) in enumerate(zip(metal.counts, metal.distances, strict=True))
    )
    return fitted([Task(data=data, shells=shells, range=limits)], parameters)


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a model of an oxide with metal in it holds.

    Attributes
    ----------
    absorber, anion, metal:
        Symbols of the absorber and of the neighbours whose tables are taken; a 3d neighbour cannot be told
        from another.
    cations:
        Elements of the second shell with their shares; the absorber's where empty. Mg scatters out of step
        with the 3d metals, so that a mixed shell looks half empty to a fit with one of them.
    metals:
        Elements of the metal shell with their shares; ``metal``, or the absorber, where empty.
    with_oxide, with_metal:
        Environments of the model; each has its own threshold.
    stoichiometric:
        Whether anions and cations are tied to one share of oxidised absorbers, 6 (1 - x) and 12 (1 - x).
    s02:
        Fixed: it and all numbers of neighbours are fully correlated.
    metal_variance:
        What is known beforehand of the variance of metal distances, Å², with its standard deviation. Beside
        an oxide it and the number of metal neighbours can hardly be told apart.
    """

    absorber: str
    anion: str = "O"
    cations: tuple[tuple[str, float], ...] = ()
    metal: str = ""
    metals: tuple[tuple[str, float], ...] = ()
    with_oxide: bool = True
    with_metal: bool = True
    stoichiometric: bool = False
    s02: float = 0.85
    metal_variance: tuple[float, float] | None = None


def surroundings(
    data: Exafs,
    model: Surroundings,
    *,
    limits: Range = OXIDE_RANGE,
    near: Mapping[str, float] | None = None,
) -> Fit:
    """Fit anion, cation and metal shells.

    The fit has ``n_anion``, ``n_cation``, ``n_metal`` (or ``reduced`` for the first two), and
    ``r_...``, ``v_...`` of each shell with ``e0_oxide`` and ``e0_metal``.

    Parameters
    ----------
    data : Exafs
    model : Surroundings
    limits : Range
        In k and R.
    near : mapping of str to float
        Parameters of a fit that differs little, from which alone the search then starts.

    Raises
    ------
    InputError
        Where the data are too short for the model.
    """
    shells, parameters = shells_of(model)
    return fitted(
        [Task(data=data, shells=shells, range=limits)],
        parameters,
        relations=_thresholds(parameters),
        starts=[near] if near is not None else _starts(parameters),
    )


def _thresholds(parameters: dict[str, Parameter]) -> list[Relation]:
    """Return what is known of the thresholds of both environments.

    Where one environment has few absorbers its threshold is open, and a fit puts it where that
    environment's shells fill what the other's leave.
    """
    if not {"e0_oxide", "e0_metal"} <= set(parameters):
        return []
    apart = estimates()["threshold_apart"]
    return [Relation(Linear(0.0, ((1.0, "e0_oxide"), (-1.0, "e0_metal"))), apart.value, apart.deviation)]


def _starts(parameters: dict[str, Parameter]) -> list[dict[str, float]]:
    """Return starts of the thresholds; with two environments one start ends in a side minimum too often."""
    if not {"e0_oxide", "e0_metal"} <= set(parameters):
        return [{}]
    return [
        {"e0_oxide": oxide, "e0_metal": metal}
        for oxide, metal in ((0.0, 0.0), (-7.0, -7.0), (-7.0, 2.0), (5.0, 5.0))
    ]


def shells_of(model: Surroundings) -> tuple[tuple[Shell, ...], dict[str, Parameter]]:
    """Return the shells of a model and their parameters, with starts and bounds.

    Parameters
    ----------
    model : Surroundings
    """
    first, second = _DISTANCES[model.anion]
    cations = model.cations or ((model.absorber, 1.0),)
    metal_shares = model.metals or ((model.metal or model.absorber, 1.0),)
    parameters: dict[str, Parameter] = {}
    shells: list[Shell] = []

    def add(
        name: str, neighbour: str, count: Term, at: float, spread: float, threshold: str, metallic: bool
    ) -> None:
        parameters[f"r_{name}"] = Parameter(start=at, low=at - spread, high=at + spread)
        parameters[f"v_{name}"] = Parameter(start=0.007, low=0.001, high=0.035)
        shells.append(
            Shell(
                absorber=model.absorber,
                neighbour=neighbour,
                count=count,
                distance=f"r_{name}",
                variance=f"v_{name}",
                e0_shift=threshold,
                s02=model.s02,
                environment="metal" if metallic else "oxide",
                name=name,
            )
        )

    if model.with_oxide:
        parameters["e0_oxide"] = Parameter(start=0.0, low=-18.0, high=18.0)
        anions: Term = "n_anion"
        cation_count: Term = "n_cation"
        if model.stoichiometric:
            parameters["reduced"] = Parameter(start=0.4 if model.with_metal else 0.0, low=-0.5, high=1.0)
            anions = Linear(ANION_SHELL, ((-ANION_SHELL, "reduced"),))
            cation_count = Linear(CATION_SHELL, ((-CATION_SHELL, "reduced"),))
        else:
            parameters["n_anion"] = Parameter(start=ANION_SHELL, low=0.0, high=14.0)
            parameters["n_cation"] = Parameter(start=0.7 * CATION_SHELL, low=0.0, high=28.0)
        add("anion", model.anion, anions, first, 0.25, "e0_oxide", metallic=False)
        shells += far_anions(shells[-1])
        add("cation", cations[0][0], cation_count, second, 0.25, "e0_oxide", metallic=False)
        near = shells.pop()
        shells += shared([near, far_cations(near)], cations)
    if model.with_metal:
        parameters["e0_metal"] = Parameter(start=0.0, low=-18.0, high=18.0)
        parameters["n_metal"] = Parameter(start=4.0, low=0.0, high=18.0)
        add(
            "metal",
            metal_shares[0][0],
            "n_metal",
            _metal_distance(metal_shares),
            0.2,
            "e0_metal",
            metallic=True,
        )
        parameters["v_metal"] = replace(parameters["v_metal"], expected=model.metal_variance)
        first_metal = shells.pop()
        shells += shared([first_metal, *far_metal(first_metal)], metal_shares)
    return tuple(shells), parameters


def _metal_distance(shares: Sequence[tuple[str, float]]) -> float:
    """Return where the search for a metal shell starts, Å: the mean of the metals, as pieces are alloys."""
    known = [(metals()[element], share) for element, share in shares if element in metals()]
    total = sum(share for _, share in known)
    mean = sum(share * mean_distance(one) for one, share in known) / total if known else 2.6
    return min(mean, 2.62)


def better_with(more: Fit, less: Fit, *, risk: float = 0.01) -> bool:
    """Return whether the larger model is better than chance would make it (F test; Bacchi et al. 1996).

    Parameters
    ----------
    more, less : Fit
        Of one spectrum over one range; ``less`` has fewer parameters.
    risk : float
        Of taking it where the smaller one is true.
    """
    from scipy.stats import f

    extra = more.variables - less.variables
    freedom = more.independent - more.variables
    chi_more = more.reduced_chi_square * freedom
    chi_less = less.reduced_chi_square * (less.independent - less.variables)
    if extra <= 0 or freedom <= 0 or chi_less <= chi_more:
        return False
    ratio = (chi_less - chi_more) / extra / (chi_more / freedom)
    return bool(ratio > f.isf(risk, extra, freedom))
