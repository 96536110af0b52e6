"""The kinds of task, by name: each takes the potential, the results it needs and parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from topotaxy.energetics.cells import rock_salt_cell
from topotaxy.energetics.potentials.barriers import barrier
from topotaxy.energetics.potentials.clusters import cluster
from topotaxy.energetics.potentials.displacement import displacement, returned
from topotaxy.energetics.potentials.exchange import exchange
from topotaxy.energetics.potentials.frame import elastic, frame, reference, rock_salt_binary
from topotaxy.energetics.potentials.interface import Potential
from topotaxy.energetics.potentials.interfaces import interface
from topotaxy.energetics.potentials.loading import loading
from topotaxy.energetics.potentials.product import embedding, held, pair
from topotaxy.material import parse_formula

Needed = Sequence[Mapping[str, Any]]


def _reference(potential: Potential, _: Needed, parameters: dict[str, Any]) -> dict[str, Any]:
    return reference(potential, **parameters)


def _binary(potential: Potential, _: Needed, parameters: dict[str, Any]) -> dict[str, Any]:
    return rock_salt_binary(potential, **parameters)


def _frame(potential: Potential, _: Needed, parameters: dict[str, Any]) -> dict[str, Any]:
    start = parameters.pop("start", None)
    composition = parse_formula(parameters.pop("formula"))
    return frame(potential, rock_salt_cell(composition, **parameters), start)


def _displacement(potential: Potential, needed: Needed, parameters: dict[str, Any]) -> dict[str, Any]:
    return displacement(potential, needed[0], **parameters)


def _returned(potential: Potential, needed: Needed, parameters: dict[str, Any]) -> dict[str, Any]:
    return returned(potential, needed[0], needed[1], **parameters)


def _elastic(potential: Potential, needed: Needed, _: dict[str, Any]) -> dict[str, Any]:
    return elastic(potential, needed[0])


def _embedding(potential: Potential, needed: Needed, parameters: dict[str, Any]) -> dict[str, Any]:
    return embedding(potential, needed[0], **parameters)


def _pair(potential: Potential, needed: Needed, parameters: dict[str, Any]) -> dict[str, Any]:
    return pair(potential, needed[0], needed[1], **parameters)


def _held(potential: Potential, needed: Needed, parameters: dict[str, Any]) -> dict[str, Any]:
    return held(potential, needed[0], **parameters)


def _barrier(potential: Potential, needed: Needed, parameters: dict[str, Any]) -> dict[str, Any]:
    return barrier(potential, needed[0], needed[1], **parameters)


def _exchange(potential: Potential, needed: Needed, parameters: dict[str, Any]) -> dict[str, Any]:
    return exchange(potential, needed[0], **parameters)


def _interface(potential: Potential, needed: Needed, parameters: dict[str, Any]) -> dict[str, Any]:
    return interface(potential, needed, **parameters)


def _loading(potential: Potential, needed: Needed, parameters: dict[str, Any]) -> dict[str, Any]:
    return loading(potential, needed[0], **parameters)


def _cluster(potential: Potential, needed: Needed, parameters: dict[str, Any]) -> dict[str, Any]:
    return cluster(potential, needed[0], needed[1], **parameters)


KINDS: dict[str, Callable[[Potential, Needed, dict[str, Any]], dict[str, Any]]] = {
    "reference": _reference,
    "binary": _binary,
    "frame": _frame,
    "displacement": _displacement,
    "returned": _returned,
    "elastic": _elastic,
    "embedding": _embedding,
    "pair": _pair,
    "held": _held,
    "barrier": _barrier,
    "exchange": _exchange,
    "interface": _interface,
    "loading": _loading,
    "cluster": _cluster,
}
