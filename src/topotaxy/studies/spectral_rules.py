"""How claims of spectra are held against virtual spectra: edges, lines, white lines, and shells of EXAFS.

Each rule takes a claim and what the virtual instruments saw, and returns what was computed.
"""

from __future__ import annotations

import math

from topotaxy.evidence import Claim
from topotaxy.evidence.likelihood import reading
from topotaxy.studies.instruments_seen import SURE, Computed, Seen, of


def reduced(claim: Claim, seen: Seen) -> Computed:
    """Lines and edges by the share that is metal: a shift of a maximum is no share.

    Parameters
    ----------
    claim : Claim
        Of the ledger.
    seen : Seen
        What the instruments saw.
    """
    element = claim.subject.partition(":")[0]
    surface = "XPS" in claim.technique
    method = "two references" if surface else "linear combination"
    value, error = of(seen.one("reduced_fraction", "discharged", element=element, method=method))
    if math.isnan(value):
        return Computed(computed="", agrees=None, label=None, why=f"no virtual spectrum of {element}")
    limit = reading("line_unchanged" if surface else "edge_unchanged")[0]
    least = reading("line_falls" if surface else "edge_falls")[0]
    agrees = value - SURE * error <= limit if claim.relation == "equal" else value + SURE * error >= least
    share = seen.counted.get(element)
    counted = "the share follows from the lattice"
    if share is not None:
        counted = f"by counting {100 * share:.0f} % of the {element} is metal"
    where = "virtual spectrometer, weighted by depth" if surface else "virtual beamline, combination"
    return Computed(
        computed=f"{100 * value:.0f} % metal",
        agrees=agrees,
        label="held-out",
        why=f"{where}; spectra are imposed by valence; {counted}",
        value=value,
        uncertainty=error,
    )


def white_lines(claim: Claim, seen: Seen) -> Computed:
    """Intensity of white lines over the pristine one's, by virtual spectra of energy loss.

    Parameters
    ----------
    claim : Claim
        Of the ledger.
    seen : Seen
        What the instruments saw.
    """
    element = claim.subject.partition(":")[0]
    value, error = of(seen.one("white_line_intensity", "discharged", element=element))
    if math.isnan(value):
        return Computed(
            computed="", agrees=None, label=None, why=f"no white line of {element} above the background"
        )
    return Computed(
        computed=f"{100 * value:.0f} % of the pristine one",
        agrees=value + SURE * error < 1.0,
        label="held-out",
        why="virtual spectrum of energy loss, imposed by valence; the share follows from the lattice",
        value=value,
        uncertainty=error,
    )


def edges(claim: Claim, seen: Seen) -> Computed:
    """Edges: by energy loss the shift of the edge, by absorption the share that is metal.

    Parameters
    ----------
    claim : Claim
        Of the ledger.
    seen : Seen
        What the instruments saw.
    """
    if "EELS" not in claim.technique:
        return reduced(claim, seen)
    element = claim.subject.partition(":")[0]
    states = {}
    for state in ("pristine", "discharged"):
        for entry in seen.observables:
            if (entry.quantity, entry.state, entry.technique) == ("edge_energy", state, "energy_loss") and (
                entry.subject.element == element
            ):
                states[state] = (entry.value, entry.uncertainty or 0.0)
    if len(states) < 2:
        return Computed(computed="", agrees=None, label=None, why=f"no virtual edge of {element}")
    (before, first), (after, second) = states["pristine"], states["discharged"]
    shift, error = after - before, math.hypot(first, second)
    up = claim.relation == "greater"
    return Computed(
        computed=f"moves by {shift:+.1f} eV",
        agrees=shift > SURE * error if up else shift < -SURE * error,
        label="held-out",
        why="virtual spectra of energy loss on one axis, imposed by valence",
        value=shift,
        uncertainty=error,
    )


def shells(claim: Claim, seen: Seen) -> Computed:
    """Neighbours left, over those of the pristine state, of every absorber that was measured.

    Parameters
    ----------
    claim : Claim
        Of the ledger.
    seen : Seen
        What the instruments saw.
    """
    shell = "anion" if "anion" in claim.subject else "cation"
    back = claim.left is not None and claim.left.state == "charged"
    ratios = []
    for first in seen.observables:
        if first.quantity != "coordination_number" or first.state != "pristine":
            continue
        if first.subject.shell != shell and not back:
            continue
        state = "charged" if back else "discharged"
        then = seen.one(
            "coordination_number", state, element=str(first.subject.element), shell=str(first.subject.shell)
        )
        value, error = of(then)
        base, base_error = first.value, first.uncertainty or 0.0
        if math.isnan(value):
            ratios.append((0.0, 0.1, str(first.subject.element)))
        else:
            spread = then.uncertainty if then is not None and then.uncertainty is not None else error
            ratios.append(
                (
                    value / base,
                    value / base * math.hypot(spread / value, base_error / base),
                    str(first.subject.element),
                )
            )
    if not ratios:
        return Computed(computed="", agrees=None, label=None, why="no virtual EXAFS of that shell")
    said = ", ".join(f"{element} {100 * ratio:.0f} %" for ratio, _, element in ratios)
    if back:
        agrees = all(abs(ratio - 1.0) <= SURE * error for ratio, error, _ in ratios)
    elif claim.extent == "strongly":
        limit = reading("cation_shell_strongly")[0]
        agrees = all(ratio - SURE * error <= limit for ratio, error, _ in ratios)
    else:
        limit = reading("anion_shell_slightly")[0]
        agrees = all(ratio + SURE * error >= limit for ratio, error, _ in ratios)
    return Computed(
        computed=f"left: {said}",
        agrees=agrees,
        label="imposed",
        why="virtual EXAFS over that of the pristine state; a shell that the fit does not find is none",
    )


def bond(claim: Claim, seen: Seen) -> Computed:
    """A shell of metal neighbours in the discharged state, by virtual EXAFS.

    Parameters
    ----------
    claim : Claim
        Of the ledger.
    seen : Seen
        What the instruments saw.
    """
    element = claim.subject.partition(":")[0]
    value, error = of(seen.one("bond_length", "discharged", element=element, shell="metal"))
    if math.isnan(value) and not any(
        o.subject.element == element and o.subject.shell for o in seen.observables
    ):
        return Computed(computed="", agrees=None, label=None, why=f"no virtual EXAFS of {element}")
    if math.isnan(value):
        return Computed(
            computed="not found",
            agrees=False,
            label="imposed",
            why="the fit finds no shell at the metal's distance",
        )
    return Computed(
        computed=f"{value:.2f} Å",
        agrees=True,
        label="imposed",
        why="virtual EXAFS: the fit finds a shell of metal neighbours",
        value=value,
        uncertainty=error,
    )
