"""Refined occupancies: an element's share of a site alone, or two that share a site between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.keys import Key
from topotaxy.measurement.diffraction.structure import Structure


def occupancy_keys(texts: Sequence[str], structures: Sequence[Structure]) -> dict[Key, float]:
    """Return the parameters that texts such as ``rock salt/X/S/O`` name, with their starting values.

    ``PHASE/SITE/ELEMENT`` frees one share and leaves the rest vacant; ``PHASE/SITE/ELEMENT/OTHER`` takes from
    the other what the first gains.

    Parameters
    ----------
    texts : sequence of str
    structures : sequence of Structure
        Phases: space group, cell (Å, °) and sites of each.

    Raises
    ------
    InputError
        Where phase, site or element is not there.
    """
    found: dict[Key, float] = {}
    by_name = {s.name: s for s in structures}
    for text in texts:
        parts = [part.strip() for part in text.split("/")]
        if len(parts) not in (3, 4) or parts[0] not in by_name:
            raise InputError(
                f"occupancy {text!r:.60}: expected PHASE/SITE/ELEMENT or PHASE/SITE/ELEMENT/OTHER, phase of "
                f"{', '.join(by_name)}"
            )
        site = next((s for s in by_name[parts[0]].sites if s.label == parts[1]), None)
        if site is None:
            labels = ", ".join(s.label for s in by_name[parts[0]].sites)
            raise InputError(f"occupancy {text!r:.60}: {parts[0]} has the sites {labels}")
        for element in parts[2:]:
            if element not in site.shares:
                raise InputError(f"occupancy {text!r:.60}: site {site.label} holds {', '.join(site.shares)}")
        found[Key("share", parts[0], parts[1], "/".join(parts[2:]))] = float(site.shares[parts[2]])
    return found


def shares_at(structure: Structure, values: Mapping[Key, float]) -> dict[tuple[str, str], float]:
    """Return the occupancies of a phase by (site, element) where parameters change them.

    Parameters
    ----------
    structure : Structure
        A phase: space group, cell (Å, °) and sites of the asymmetric unit.
    values : mapping
        Parameters by key.
    """
    found: dict[tuple[str, str], float] = {}
    for key, value in values.items():
        if key.kind != "share" or key.phase != structure.name:
            continue
        site = next(s for s in structure.sites if s.label == key.site)
        first, _, other = key.element.partition("/")
        found[key.site, first] = value
        if other:
            found[key.site, other] = site.shares[first] + site.shares[other] - value
    return found


def occupied(structure: Structure, values: Mapping[Key, float]) -> Structure:
    """Return the structure with the occupancies that parameters say.

    Parameters
    ----------
    structure : Structure
        A phase: space group, cell (Å, °) and sites of the asymmetric unit.
    values : mapping
        Parameters by key.
    """
    changed = shares_at(structure, values)
    if not changed:
        return structure
    return replace(
        structure,
        sites=tuple(
            replace(s, shares={e: changed.get((s.label, e), share) for e, share in s.shares.items()})
            for s in structure.sites
        ),
    )
