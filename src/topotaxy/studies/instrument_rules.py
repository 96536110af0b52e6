"""How a claim of an instrument is held against virtual instruments, by kind and quantity."""

from __future__ import annotations

import math
from collections.abc import Callable

from topotaxy.evidence import Claim
from topotaxy.evidence.likelihood import reading
from topotaxy.observables import Label
from topotaxy.studies import spectral_rules as spectral
from topotaxy.studies.claim_rule import nothing
from topotaxy.studies.instruments_seen import SURE, Computed, Seen, of

ROCK_SALT = "rock salt"
SCALE = 0.03
"""Error of an image's scale without an internal standard, relative (docs/imaging.md)."""


def _spacing(claim: Claim, seen: Seen) -> Computed:
    """d = a / sqrt(h² + k² + l²), a from the spots of the virtual image of that state."""
    state = str(claim.state)
    edges = []
    for entry in seen.observables:
        indices = entry.subject.reflection
        if (
            entry.quantity == "interplanar_spacing"
            and entry.state == state
            and indices
            and (entry.subject.phase == ROCK_SALT and entry.technique == "imaging")
        ):
            value, error = of(entry)
            factor = math.sqrt(sum(i * i for i in indices))
            edges.append((value * factor, error * factor))
    how = "edge from the spots of a virtual image"
    if not edges:
        value, error = of(seen.one("lattice_parameter", state, phase=ROCK_SALT))
        if math.isnan(value):
            return nothing(f"no rock salt is indexed in the {state} state")
        edges, how = [(value, error)], "edge from a virtual pattern, as the image shows no rock salt"
    edge = sum(v for v, _ in edges) / len(edges)
    # The scale of one image is common to all its spots.
    error = max(e for _, e in edges)
    index = claim.reflection
    assert index is not None
    over = math.sqrt(sum(i * i for i in index))
    value, error = edge / over, error / over
    stated = claim.stated
    wide = math.hypot(error, stated.sigma, SCALE * stated.value)
    label: Label = "handbook" if state == "pristine" else "imposed"
    return Computed(
        computed=f"{0.1 * value:.3f} nm",
        agrees=abs(value - stated.value) <= SURE * wide,
        label=label,
        why=f"{how}; a stated one carries 3 % for its scale; "
        f"{'tabulated radii' if state == 'pristine' else 'the share in registry rests on inputs'}",
        value=value,
        uncertainty=error,
    )


def _domain(claim: Claim, seen: Seen) -> Computed:
    value, error = of(seen.one("domain_size", "discharged", phase="metal"))
    if math.isnan(value):
        return nothing("no domains of metal in the virtual pattern")
    low = claim.bound == "at least"
    stated = claim.stated.value
    agrees = value + SURE * error >= stated if low else value - SURE * error <= stated
    return Computed(
        computed=f"{value:.1f} ± {error:.1f} nm",
        agrees=agrees,
        label="imposed",
        why="metal domains by Debye sums of the virtual pattern, mean by volume; the paper's are of images",
        value=value,
        uncertainty=error,
    )


def _content(claim: Claim, seen: Seen) -> Computed:
    entry = seen.one("anion_fraction", "pristine", element="S")
    value, error = of(entry)
    if entry is None:
        return nothing("no virtual balance")
    sulfur = claim.subject == "S"
    share = value if sulfur else 1.0 - value
    apart = claim.stated.value - share
    wide = SURE * math.hypot(error, claim.stated.sigma)
    # The balance bounds sulfur from one side where end products are not known.
    most = entry.bound is not None and (entry.bound == "upper") == sulfur
    least = entry.bound is not None and not most
    agrees = apart <= wide if most else apart >= -wide if least else abs(apart) <= wide
    return Computed(
        computed=f"{'at most ' if most else 'at least ' if least else ''}{share:.3f}",
        agrees=agrees,
        label="imposed",
        why="the content is put in; a virtual balance returns it, which shows what the method can say",
        value=share,
        uncertainty=error,
    )


def _valence(claim: Claim, seen: Seen) -> Computed:
    return Computed(
        computed="2",
        agrees=abs(2.0 - claim.stated.value) <= claim.stated.high - claim.stated.low,
        label="imposed",
        why="valences follow from the charge balance of the formula; spectra are imposed by valence",
        value=2.0,
    )


def _spread(claim: Claim, seen: Seen) -> Computed:
    """Spread of strain in images; it stands for stress, which takes elastic constants."""
    states = [side.state for side in (claim.left, claim.right) if side is not None]
    values = [of(seen.one("microstrain", str(state), note="along x"))[0] for state in states]
    if len(values) < 2 or any(math.isnan(v) for v in values):
        return nothing("no map of strain in one of the two states")
    return Computed(
        computed=f"{100 * values[0]:.1f} against {100 * values[1]:.1f} %",
        agrees=values[0] > values[1],
        label="imposed",
        why="spread of strain by geometric phase analysis of virtual images; strain, not stress",
    )


def _phases(claim: Claim, seen: Seen) -> Computed:
    """Rock salt alone, or through the whole cycle, by the virtual pattern."""
    if "TEM" in claim.technique or "FFT" in claim.technique:
        return spots(claim, seen)
    states = ["pristine"] if claim.state == "pristine" else ["discharged", "charged"]
    shares = {
        state: seen.one("phase_fraction", state, phase=ROCK_SALT, note="of the metal atoms")
        for state in states
    }
    if any(one is None for one in shares.values()):
        return nothing("no virtual pattern of these states")
    least = reading("rock_salt_pattern")[0] if claim.state != "pristine" else 0.9
    agrees = all(one is not None and one.bound is None and one.value >= least for one in shares.values())
    said = ", ".join(
        f"{state} {'at most ' if one is not None and one.bound else ''}{100 * of(one)[0]:.0f} %"
        for state, one in shares.items()
    )
    return Computed(
        computed=f"rock salt: {said}",
        agrees=agrees,
        label="imposed",
        why=f"share of the cations in the frame by virtual patterns; seen from {100 * least:.0f} % on",
    )


def spots(claim: Claim, seen: Seen) -> Computed:
    """Return what spots of rock salt and products virtual images along a cube edge show.

    Parameters
    ----------
    claim : Claim
        Of one state; its phase is the product that is looked for, else rock salt.
    seen : Seen
        What the virtual instruments saw: observables, spots, other materials.
    """
    state = str(claim.state)
    found = seen.spots.get(state)
    if found is None:
        return nothing(f"no virtual image of the {state} state")
    phases = sorted({phase for phase, _ in found if phase})
    wanted = {"alloy": "metal", "na2o": "salt"}.get(claim.phase, ROCK_SALT)
    alone = state == "charged"
    agrees = wanted in phases and (not alone or phases == [wanted])
    return Computed(
        computed=f"spots of {', '.join(phases) or 'nothing that is indexed'}",
        agrees=agrees,
        label="imposed",
        why="virtual dark-field image along a cube edge; the paper's look along [011] and at single regions",
    )


def _larger_cell(claim: Claim, seen: Seen) -> Computed:
    own, error = of(seen.one("lattice_parameter", "pristine", phase=ROCK_SALT))
    other = str(claim.right.material) if claim.right is not None else ""
    entry = next((o for o in seen.others.get(other, ()) if o.quantity == "lattice_parameter"), None)
    value, other_error = of(entry)
    if math.isnan(own) or math.isnan(value):
        return nothing(seen.missing.get(other, "no virtual pattern"))
    return Computed(
        computed=f"{own:.3f} against {value:.3f} Å",
        agrees=own - value > SURE * math.hypot(error, other_error),
        label="handbook",
        why="cells by virtual patterns; they rest on tabulated radii",
    )


def _materials(claim: Claim, seen: Seen) -> Computed:
    """Order of materials by runs of the lattice."""
    sides = [side.material if side is not None else "" for side in (claim.left, claim.right)]
    values = []
    for material in sides:
        entry = next((o for o in seen.others.get(material, ()) if o.quantity == claim.quantity), None)
        if entry is None:
            why = seen.missing.get(
                material, f"no run gives it for {material or 'this sample under other conditions'}"
            )
            return nothing(why)
        values.append(of(entry))
    (first, first_error), (second, second_error) = values
    apart = SURE * math.hypot(first_error, second_error)
    return Computed(
        computed=f"{percent(first, first_error)} against {percent(second, second_error)} %",
        agrees=first - second > apart,
        label="held-out",
        why="first cycles of the reactive lattice, small boxes; a difference counts from two deviations on",
    )


def _mixing(claim: Claim, seen: Seen) -> Computed:
    """Unevenness of the cations in virtual maps, over that of the pristine state, which is a random alloy."""
    if claim.material in seen.others and claim.state is None:
        return nothing("no virtual map of this material was made")
    state = str(claim.state)
    ratios, worst = [], 0.0
    for entry in seen.observables:
        if entry.quantity != "segregation_index" or entry.state != state:
            continue
        before = seen.one("segregation_index", "pristine", element=str(entry.subject.element))
        if before is not None and before.value > 0.0:
            ratios.append(entry.value / before.value)
            worst = max(worst, entry.value)
    if not ratios:
        return nothing("no virtual map of that state")
    if state == "pristine":
        return Computed(
            computed=f"index up to {worst:.2f}, that of a random alloy in so thin a box",
            agrees=True,
            label="imposed",
            why="the specimen is drawn at random; a box of few nanometres is uneven by chance alone",
        )
    mean = sum(ratios) / len(ratios)
    error = math.sqrt(sum((r - mean) ** 2 for r in ratios) / max(len(ratios) * (len(ratios) - 1), 1))
    return Computed(
        computed=f"{mean:.2f} times as uneven as pristine",
        agrees=mean - SURE * error <= 1.0,
        label="imposed",
        why="virtual X-ray maps: index of each cation over that of the pristine random alloy, mean of all; "
        "the box is narrower than what the paper's maps resolve",
        value=mean,
        uncertainty=error,
    )


def percent(value: float, error: float) -> str:
    """Return a share in percent with its standard deviation where that is known.

    Parameters
    ----------
    value : float
        A share, 0 to 1.
    error : float
        Its standard error.
    """
    return f"{100 * value:.1f}" + (f" ± {100 * error:.1f}" if error > 0.0 else "")


RULES: dict[tuple[str, str], Callable[[Claim, Seen], Computed]] = {
    ("value", "interplanar_spacing"): _spacing,
    ("value", "domain_size"): _domain,
    ("value", "site_fraction"): _content,
    ("value", "oxidation_state"): _valence,
    ("order", "binding_energy_shift"): spectral.reduced,
    ("order", "edge_energy"): spectral.edges,
    ("order", "white_line_intensity"): spectral.WHITE_LINES,
    ("order", "coordination_number"): spectral.SHELLS,
    ("presence", "bond_length"): spectral.bond,
    ("order", "microstrain"): _spread,
    ("order", "stress"): _spread,
    ("presence", "phase_fraction"): _phases,
    ("presence", "segregation_index"): _mixing,
    ("order", "lattice_parameter"): _larger_cell,
    ("order", "initial_coulombic_efficiency"): _materials,
    ("order", "capacity_retention"): _materials,
}
