"""The pattern of a coherent frame beside domains of some nanometres: peaks and Debye sums."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.diffraction.background import chebyshev
from topotaxy.measurement.diffraction.beam import Beam, tube_of
from topotaxy.measurement.diffraction.data import Data
from topotaxy.measurement.diffraction.debye import sphere
from topotaxy.measurement.diffraction.frame_content import NAMES, Laue, alone, content_of, laue
from topotaxy.measurement.diffraction.giving_way import coherence
from topotaxy.measurement.diffraction.keys import Key
from topotaxy.measurement.diffraction.log_normal import DIAMETERS, distribution, mean_diameter
from topotaxy.measurement.diffraction.powder import Powder, Values, powder
from topotaxy.measurement.diffraction.refinement import accuracy
from topotaxy.measurement.diffraction.structure import Structure, has_anion

Floats = NDArray[np.float64]

MEDIAN = (4.5, 55.0)
"""Bounds of its median, Å."""
LOG_SPREAD = (0.3, 0.1, 0.6)
"""Standard deviation of the logarithm of the diameter, weighted by volume: start and bounds. That of ripened
particles is 0.2 to 0.35 (Granqvist & Buhrman 1976, 10.1063/1.322870)."""
CELL_REACH = 0.03
"""Relative range of a domain's cell: surface stress moves those of 1 nm by up to 2 %."""
DISPLACEMENT = 0.6
"""B of domains, Å²: an estimate between metals (0.35) and alkali salts (1.5)."""
Q_STEP = 0.01
ROOM = "room"
"""Kind of parameter: share of the volume of a frame, with the metal in it, that it gives way to."""
CONTENT = {"cations": (0.8, 0.0, 1.0), "alkali": (0.1, 0.0, 1.0), ROOM: (0.05, 0.0, 0.5)}
"""Start, lowest and highest value of what a frame holds. Of more than half metal it would be no frame."""
LEAST_ROOM = 0.01
"""Least upper bound of that share: a search needs some way to go."""
CONVERTED = {"cations": 0.1, "alkali": 0.6, ROOM: 0.1}
"""The second start: most cations gone and more than half of the tetrahedra full. (200) of a frame vanishes at
some content between, so that a search from one side may end there."""
COARSE = 80
"""Points at which a smooth function of Q is taken over a pattern."""
COHERENT = 60.0
"""Å: a frame is what is coherent over more than this; what is smaller is a domain."""
MICROSTRAIN = 0.01
"""Largest microstrain of a frame (estimate: what milled oxides show at most)."""


class DomainModel:
    """The pattern of a frame and of domains as a function of what is not linear in it."""

    def __init__(
        self,
        data: Data,
        beam: Beam,
        frame: Structure,
        domains: Sequence[Structure],
        instrument: Mapping[str, float],
        terms: int,
        position: str,
        *,
        inlaid: bool = True,
    ) -> None:
        self.data, self.beam, self.frame, self.domains = data, beam, frame, tuple(domains)
        self.content = content_of(frame, self.domains)
        shaped = frame if self.content is None else self.content.structure
        self.model: Powder = powder(data.x, beam, [shaped], negligible=0.0)
        self.values = self.model.start()
        for kind, value in instrument.items():
            self.values[Key(kind)] = value
        name = frame.name
        self.free = [Key("a", name), Key(position), Key("size", name), Key("strain", name)]
        if not instrument:
            self.free.append(Key("W"))
            if tube_of(beam):
                self.values[Key("axial")] = 0.025
        self.values[Key("size", name)], self.values[Key("strain", name)] = 0.1, 0.1
        self.changeable: tuple[str, ...] = ()
        self.metal: int | None = None
        self.most_room = CONTENT[ROOM][2]
        if self.content is not None:
            self.changeable = NAMES
            metals = [k for k, s in enumerate(self.domains) if not has_anion(s)]
            self.metal = metals[0] if metals and inlaid else None
            if self.metal is not None:
                self.changeable = (*NAMES, ROOM)
            self.free += [Key(kind, name) for kind in self.changeable]
            for kind in self.changeable:
                self.values[Key(kind, name)] = CONTENT[kind][0]
        self.terms = terms
        self.background = chebyshev(data.x, terms)
        self._templates = [self._table(s) for s in self.domains]
        self._laue = self._diffuse(laue)
        self._alone = self._diffuse(alone)

    def _q(self) -> Floats:
        longest = max(w for w, _ in self.beam.lines)
        shortest = min(w for w, _ in self.beam.lines)
        low, high = self.data.x[0] - 1.0, self.data.x[-1] + 1.0
        bottom = 4.0 * math.pi / longest * math.sin(math.radians(max(low, 0.5) / 2.0))
        top = 4.0 * math.pi / shortest * math.sin(math.radians(high / 2.0))
        return np.arange(bottom * (1 - 2 * CELL_REACH), top * (1 + 2 * CELL_REACH), Q_STEP)

    def _table(self, structure: Structure) -> tuple[Floats, Floats]:
        q = self._q()
        return q, sphere(
            structure,
            structure.cell[0],
            DIAMETERS,
            q,
            radiation=self.beam.radiation,
            wavelength=self.beam.wavelength,
            displacement=DISPLACEMENT,
        )

    def _on_axis(self, q: Floats, values: Floats, shift: float, stretch: float = 1.0) -> Floats:
        """Return a function of Q over 2θ, moved by the correction of positions; stretch scales the cell."""
        x = self.data.x - shift
        total = np.zeros(len(x))
        for wavelength, weight in self.beam.lines:
            at = 4.0 * math.pi / wavelength * np.sin(np.radians(x / 2.0)) * stretch
            total += weight * np.interp(at, q, values)
        if self.beam.radiation == "X-ray":
            k = self.beam.polarisation
            total = total * (1.0 + k * np.cos(np.radians(self.data.x)) ** 2) / (1.0 + k)
        return total

    def _diffuse(self, of: Callable[..., Floats]) -> Laue:
        """Scattering of the frame's sites over the axis by a function of a structure, at any content."""
        q = self._q()
        s2 = (q / (4.0 * math.pi)) ** 2

        def at(structure: Structure) -> Floats:
            by_q = of(structure, s2, radiation=self.beam.radiation, wavelength=self.beam.wavelength)
            return self._on_axis(q, by_q, 0.0)

        if self.content is None:
            same = np.array([at(self.frame)] * 3)
            return Laue(cations=same, alkali=same)
        holding = self.content.holding
        return Laue(
            cations=np.array([at(holding(x, 0.0)) for x in (0.0, 0.5, 1.0)]),
            alkali=np.array([at(holding(0.0, x)) for x in (0.0, 0.5, 1.0)]),
        )

    def content_at(self, point: Floats) -> tuple[float, float]:
        """Return what the frame holds: see :data:`NAMES`.

        Parameters
        ----------
        point : array
            As of :meth:`start`.
        """
        if self.content is None:
            return 1.0, 0.0
        first = len(self.free) - len(self.changeable)
        return float(point[first]), float(point[first + 1])

    def room_at(self, point: Floats) -> tuple[float, float]:
        """Return the share of metal to which the frame gives way, and the radius of its balls, Å.

        Parameters
        ----------
        point : array
            As of :meth:`start`.
        """
        if self.metal is None:
            return 0.0, 0.0
        _, median, log_spread = (float(v) for v in point[len(self.free) + 3 * self.metal :][:3])
        return float(point[len(self.free) - 1]), mean_diameter(median, log_spread) / 2.0

    def limit_room(self, point: Floats, amounts: Floats) -> None:
        """Let the frame give way to no more metal than there is, by amounts that were found.

        Parameters
        ----------
        point : array
            As of :meth:`start`.
        amounts : array (1 + phases,)
            Cells of the frame and of each phase.
        """
        if self.metal is None:
            return
        frame = amounts[0] * float(point[0]) ** 3
        metal = sum(n * s.volume for n, s in zip(amounts[1:], self.domains, strict=True) if not has_anion(s))
        share = float(metal / (metal + frame)) if metal + frame > 0.0 else 1.0
        self.most_room = min(max(share, LEAST_ROOM), CONTENT[ROOM][2])

    def peaks(self, content: tuple[float, float], room: float = 0.0, radius: float = 0.0) -> float:
        """Return the sum of all peaks of a cell of the frame, in some unit.

        Parameters
        ----------
        content : tuple of float
            As of :meth:`content_at`.
        room, radius : float
            As of :meth:`room_at`.
        """
        values = dict(self.values) if self.content is None else self.values | self.content.shares(*content)
        sine = np.sqrt(self.model.phases[0].s2)
        theta = np.arcsin(np.minimum(sine * self.beam.wavelength, 0.9999))
        strength = self.model.strength(0, values) * self.beam.lorentz_polarisation(theta)
        return float(strength @ coherence(4.0 * math.pi * sine, radius=radius, share=room) ** 2)

    def _frame(self, values: Values, point: Floats, cations: float, alkali: float) -> Floats:
        """Return peaks and diffuse scattering of one cell of the frame, (n,)."""
        soft = self._laue.at(cations, alkali)
        room, radius = self.room_at(point)
        if room <= 0.0:
            return np.asarray(self.model.pattern(values)[0] + soft)
        at = 4.0 * math.pi * np.sqrt(self.model.phases[0].s2)
        kept = coherence(at, radius=radius, share=room) ** 2
        peaks = replace(self.model, intensities=(self.model.strength(0, values) * kept,))
        q = 4.0 * math.pi / self.beam.wavelength * np.sin(np.radians(self.data.x / 2.0))
        coarse = np.linspace(q[0], q[-1], COARSE)
        kept = np.interp(q, coarse, coherence(coarse, radius=radius, share=room) ** 2)
        # What does not add up to peaks any more scatters atom by atom.
        return np.asarray(
            peaks.pattern(values)[0] + soft * kept + self._alone.at(cations, alkali) * (1.0 - kept)
        )

    def start(self) -> Floats:
        """Return where the search starts: the frame, then edge and median diameter of each phase."""
        first = [self.values[key] for key in self.free]
        return np.array(
            [*first, *(v for s in self.domains for v in (s.cell[0], math.log(14.0), LOG_SPREAD[0]))]
        )

    def starts(self) -> tuple[Floats, ...]:
        """Return the points from which the search starts: the frame nearly as given, and nearly converted."""
        point = self.start()
        if self.content is None:
            return (point,)
        other, first = point.copy(), len(self.free) - len(self.changeable)
        for k, kind in enumerate(self.changeable):
            other[first + k] = CONVERTED[kind]
        return point, other

    def bounds(self) -> tuple[Floats, Floats]:
        """Return the lowest and the highest values."""
        a = self.frame.cell[0]
        table = {
            "a": (0.98 * a, 1.02 * a),
            "size": (0.0, math.degrees(accuracy("scherrer") * self.beam.wavelength / COHERENT)),
            "strain": (0.0, math.degrees(4.0 * MICROSTRAIN)),
            "W": (1e-5, 1.0),
        }
        table |= {kind: CONTENT[kind][1:] for kind in self.changeable}
        if self.content is not None:
            table["cations"] = (CONTENT["cations"][1], self.content.most)
            table[ROOM] = (CONTENT[ROOM][1], self.most_room)
        limits = [table.get(key.kind, (-0.5, 0.5)) for key in self.free]
        for s in self.domains:
            edge = s.cell[0]
            limits += [
                (edge * (1 - CELL_REACH), edge * (1 + CELL_REACH)),
                (math.log(MEDIAN[0]), math.log(MEDIAN[1])),
                LOG_SPREAD[1:],
            ]
        low, high = np.array(limits).T
        return low, high

    def scales(self) -> Floats:
        """Return steps that are worth trying."""
        table = {"a": 0.01, "size": 0.1, "strain": 0.1, "W": 0.005, **dict.fromkeys(NAMES, 0.2), ROOM: 0.1}
        return np.array(
            [*(table.get(k.kind, 0.02) for k in self.free), *(0.03, 0.3, 0.1) * len(self.domains)]
        )

    def columns(self, point: Floats) -> Floats:
        """Return the pattern of one cell of the frame and of each phase of domains, (1 + phases, n).

        Parameters
        ----------
        point : array
            As of :meth:`start`.
        """
        values = dict(self.values)
        values.update(zip(self.free, (float(v) for v in point), strict=False))
        name = self.frame.name
        volume = values[Key("a", name)] ** 3
        values[Key("scale", name)] = self.beam.wavelength**3 / (16.0 * math.pi * volume) * 180.0 / math.pi
        cations, alkali = self.content_at(point)
        if self.content is not None:
            values.update(self.content.shares(cations, alkali))
        found = [self._frame(values, point, cations, alkali)]
        shift = values[Key("zero")] + values[Key("displacement")]
        rest = point[len(self.free) :]
        for k, (structure, (q, table)) in enumerate(zip(self.domains, self._templates, strict=True)):
            edge, median, log_spread = (float(v) for v in rest[3 * k : 3 * k + 3])
            mixed = distribution(median, log_spread) @ table
            found.append(self._on_axis(q, mixed, shift, edge / structure.cell[0]))
        return np.array(found)
