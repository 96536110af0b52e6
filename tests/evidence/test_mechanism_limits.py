"""The forward map at the limits of each mechanism, where every expectation can be had by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topotaxy.evidence.latents import AS_LISTED, coordinates, latents
from topotaxy.evidence.mechanisms import Map, map_constants
from topotaxy.evidence.reaction import Reaction, reaction_of
from topotaxy.evidence.regions import REGIONS, region_of
from topotaxy.tables import read_table

NIO = reaction_of("NiO", "Li")
MIXED = reaction_of("Ni0.5Co0.3Mg0.2O", "Na")
PAIR = reaction_of("Ni0.5Co0.5O", "Li")
AT = map_constants()
OFFSETS = {row["technique"]: row for row in read_table("topotaxy.evidence", "offsets")}
MOLE = 96485.33212 / 3.6

PLAIN = {"core": 0.0, "irreversible_charge": 0.0, "reversible_charge": 0.0, "interface": 0.0}
PLAIN |= {"insertion_seen": 1.0, "coherent_seen": 1.0}
"""No film, and a spectrum that shows all electrons; names that are no latents say nothing."""
CONFINED = {"extent": 1.0, "coherent": 1.0, "frame": 1.0, "reoxidised": 1.0, "swelling": 1.0}
INLAID = {**CONFINED, "extent": 0.65, "coherent": 0.0, "constraint": 0.0, "salt_on_frame": 0.0}
LOST = {**CONFINED, "coherent": 0.0, "frame": 0.0}
LIMITS = {
    "lattice-confined": CONFINED,
    "inlaid domains": INLAID,
    "vanished and recovered": {**LOST, "recrystallised": 1.0},
    "collapse": {**LOST, "recrystallised": 0.0},
    "metal network": {**LOST, "reoxidised": 0.0},
    "intercalation": {"extent": 0.0, "insertion": 1.0},
    "unreacted core": {"core": 1.0},
}


def seen(
    reaction: Reaction = NIO, constants: dict[str, float] | None = None, **values: float
) -> dict[str, float]:
    """What is seen of a reaction: medians of the prior, no film nor offset, every cation wholly reducible."""
    known = latents(np.zeros((1, len(coordinates(reaction)))), reaction, AS_LISTED, 0.6)
    given = {**PLAIN, "reducible": 1.0, **{k.replace("__", "."): v for k, v in values.items()}}
    for name in known:
        for key in (name, name.partition(".")[0]):
            if key in given:
                known[name] = np.array([float(given[key])])
                break
    for element in reaction.cations:
        known[f"reduced.{element}"] = known[f"reducible.{element}"] * known["extent"]
    found = Map(reaction=reaction, constants=constants).of_latents(known)
    return {name: float(one[0]) for name, one in found.items()}


@pytest.mark.parametrize("mechanism", LIMITS)
@pytest.mark.parametrize("reaction", [NIO, PAIR])
def test_the_limit_of_a_mechanism_lies_in_its_region(mechanism: str, reaction: Reaction) -> None:
    o = {name: np.array([one]) for name, one in seen(reaction, **LIMITS[mechanism]).items()}
    assert REGIONS[int(region_of(o)[0])] == mechanism


def test_a_confined_conversion_keeps_everything_in_the_frame() -> None:
    o = seen(**CONFINED)
    assert o["discharge_capacity"] == pytest.approx(2 * MOLE / 74.6924, rel=1e-4)
    assert (o["loss"], o["efficiency"]) == pytest.approx((0.0, 1.0))
    for name in (
        "rock_salt",
        "phase_fraction",
        "phase_fraction_relative",
        "rock_salt_charged",
        "metal_share",
    ):
        assert o[name] == pytest.approx(1.0), name
    for name in ("salt", "incoherent_metal", "metal_left", "image_strain", "metal_shell.Ni", "metal_like.Ni"):
        assert o[name] == pytest.approx(0.0, abs=1e-8), name
    assert o["strain"] == pytest.approx(NIO.salt_volume ** (1 / 3) - 1, rel=1e-6)
    assert o["tetrahedral_alkali"] == pytest.approx(1.0)
    assert o["anion_shell.Ni"] == pytest.approx(o["coherent_bonds"])
    assert o["cation_shell.Ni"] == pytest.approx(12 * (1 - o["disorder"]))
    assert (o["reduced_seen.Ni"], o["reduced_charged.Ni"]) == pytest.approx((1.0, 0.0))
    assert o["retention"] == pytest.approx(1.0)
    assert o["hysteresis_seen"] == pytest.approx(AT["hysteresis_rest"] + o["hysteresis"])


@pytest.mark.parametrize("share", [0.3, 0.5, 0.65])
@pytest.mark.parametrize("size", [1.0, 3.0])
def test_inlaid_domains_leave_the_rest_of_the_frame(share: float, size: float) -> None:
    o = seen(**{**INLAID, "extent": share, "domain": np.log(size), "insertion": 0.0, "frame_scattering": 1.0})
    assert o["rock_salt"] == o["frame_share"] == pytest.approx(1 - share)
    assert o["salt"] == o["incoherent_metal"] == pytest.approx(share)
    assert o["strain"] == pytest.approx(0.0, abs=1e-9)
    r, t = AT["sphere_distance"] / size, 2 * AT["shell_thickness"] / size
    assert o["metal_shell.Ni"] == pytest.approx(12 * share * (1 - 1.5 * r + 0.5 * r**3))
    rim = 1 - (1 - t) ** 3
    assert o["surface"] == pytest.approx(rim)
    assert o["cation_shell.Ni"] == pytest.approx(12 * (1 - o["disorder"]) * (1 - share) * (1 - share * rim))
    assert o["anion_shell.Ni"] == pytest.approx(6 * (1 - share) + share * rim * o["surface_bonds"])
    visible = 1 / (1 + np.exp(-(size - AT["visible_size"]) / AT["visible_width"]))
    assert o["phase_fraction_relative"] == pytest.approx((1 - share) / (1 - share + share * visible))


@pytest.mark.parametrize("back", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("oxidised", [0.2, 1.0])
def test_of_a_lost_frame_what_recrystallises_and_is_no_metal_is_back(back: float, oxidised: float) -> None:
    o = seen(**{**LOST, "recrystallised": back, "reoxidised": oxidised})
    assert o["rock_salt"] == pytest.approx(0.0, abs=1e-9)
    assert o["back"] == pytest.approx(back)
    assert o["metal_left"] == pytest.approx(1 - oxidised)
    assert o["rock_salt_charged"] == pytest.approx(min(back, oxidised))
    assert o["loss"] == pytest.approx((1 - oxidised) * o["discharge_capacity"])
    assert o["efficiency"] == pytest.approx(oxidised)
    assert o["reduced_charged.Ni"] == pytest.approx(1 - oxidised)
    # What is off the frame fades, and so does metal that is not oxidised again.
    fade = AT["fade_per_loss"] * (AT["off_frame_cycle"] * (1 - back) + 1 - oxidised)
    assert o["retention"] == pytest.approx(max(1 - fade, 0.0))
    # Metals stay apart over a domain where all is rock salt again, over four where nothing is.
    assert o["unmixed_length"] == pytest.approx(o["size"] * (1 + 3 * (1 - back) ** 1.5))


@pytest.mark.parametrize("taken", [0.2, 1.0])
@pytest.mark.parametrize("room", [0.0, 0.15, 0.45])
def test_intercalation_stores_one_electron_a_cation_and_makes_no_metal(taken: float, room: float) -> None:
    o = seen(extent=0.0, insertion=taken, insertion_volume=room, frame=1.0)
    assert o["discharge_capacity"] == pytest.approx(taken * MOLE / 74.6924, rel=1e-4)
    assert o["rock_salt"] == o["rock_salt_charged"] == pytest.approx(1.0)
    assert o["strain"] == pytest.approx((1 + room * taken) ** (1 / 3) - 1, rel=1e-6, abs=1e-12)
    assert o["tetrahedral_alkali"] == pytest.approx(taken / 2)
    assert o["reduced_seen.Ni"] == pytest.approx(taken / 2)
    assert o["anion_shell.Ni"] == pytest.approx(6.0)
    assert (o["metal_share"], o["loss"], o["salt"]) == pytest.approx((0.0, 0.0, 0.0))
    assert o["hysteresis_seen"] == pytest.approx(AT["hysteresis_rest"])


@pytest.mark.parametrize("core", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("mechanism", ["lattice-confined", "inlaid domains", "collapse", "intercalation"])
def test_a_core_dilutes_what_reacted(core: float, mechanism: str) -> None:
    """Charges and shares of the reacted part count by its amount; the core is pristine."""
    whole, part = seen(**LIMITS[mechanism]), seen(**{**LIMITS[mechanism], "core": core})
    for name in ("discharge_capacity", "loss", "salt", "metal_left", "metal_shell.Ni", "reduced_seen.Ni"):
        assert part[name] == pytest.approx((1 - core) * whole[name]), name
    for name, pristine in (("rock_salt", 1.0), ("rock_salt_charged", 1.0), ("anion_shell.Ni", 6.0)):
        assert part[name] == pytest.approx(core * pristine + (1 - core) * whole[name]), name
    assert part["efficiency"] == pytest.approx(whole["efficiency"])
    # Alkali on tetrahedra is counted in the frame, core and reacted part together.
    frame = (1 - core) * whole["frame_share"]
    assert part["tetrahedral_alkali"] == pytest.approx(whole["tetrahedral_alkali"] * frame / (frame + core))


def test_film_and_carbon_add_to_the_charges_and_only_the_film_is_lost() -> None:
    plain = seen(**CONFINED)
    more = seen(**{**CONFINED, "irreversible_charge": 70.0, "reversible_charge": 40.0})
    assert more["discharge_capacity"] - plain["discharge_capacity"] == pytest.approx(110.0)
    assert more["charge_capacity"] - plain["charge_capacity"] == pytest.approx(40.0)
    assert more["loss"] == pytest.approx(70.0)


def test_interfaces_store_half_an_electron_a_surface_atom() -> None:
    plain, more = seen(**LIMITS["collapse"]), seen(**{**LIMITS["collapse"], "interface": 1.0})
    added = more["discharge_capacity"] - plain["discharge_capacity"]
    assert added == pytest.approx(AT["interface_electrons"] * more["surface"] * MOLE / 74.6924, rel=1e-4)


@pytest.fixture(scope="module")
def drawn() -> dict[str, np.ndarray]:
    z = np.random.default_rng(8).normal(size=(3000, len(coordinates(MIXED))))
    return Map(reaction=MIXED).expected(z)


def test_every_reaction_of_the_prior_keeps_its_bounds(drawn: dict[str, np.ndarray]) -> None:
    shares = {"two_peaks", "tetrahedral_alkali", "incoherent_metal", "metal_left", "retention", "reoxidised"}
    shares |= {
        "metal_of_charge",
        "frame_content",
        "inserted_per_site",
        "phase_fraction_relative",
        "sphere_bonds",
    }
    shares |= {f"{kind}.{e}" for kind in ("metal_like", "insertion", "reduced") for e in MIXED.cations}
    for name in sorted(shares):
        assert drawn[name].min() >= -1e-12, name
        assert drawn[name].max() <= 1 + 1e-9, name
    amplitude = 1 + float(OFFSETS["absorption_shells"]["value"]) * drawn["offset.absorption_shells"]
    for element in MIXED.cations:
        assert (drawn[f"anion_shell.{element}"] <= amplitude * 6 * (1 + 1e-9)).all()
        both = drawn[f"cation_shell.{element}"] + drawn[f"metal_shell.{element}"]
        assert (both <= amplitude * 12 * (1 + 1e-9)).all()


def test_cations_are_conserved(drawn: dict[str, np.ndarray]) -> None:
    """Rock salt and metal outside it are of different cations, discharged and charged."""
    assert (drawn["rock_salt"] + drawn["incoherent_metal"]).max() <= 1 + 1e-12
    assert (drawn["rock_salt_charged"] + drawn["metal_left"]).max() <= 1 + 1e-12
    assert (drawn["metal_left"] <= drawn["reacted"] * drawn["metal_share"] + 1e-12).all()
    mean = sum(x * drawn[f"reduced.{e}"] for x, e in zip(MIXED.amounts, MIXED.cations, strict=True))
    assert drawn["metal_share"] == pytest.approx(mean / MIXED.total)


OF_TECHNIQUE = {
    "electrochemistry": {"discharge_capacity", "charge_capacity", "loss"},
    "absorption_edge": {"reduced_seen", "reduced_charged"},
    "absorption_shells": {"anion_shell", "cation_shell", "metal_shell"},
    "diffraction": {"phase_fraction", "phase_fraction_charged", "oxide", "oxide_charged"},
    "microscopy": {"domain_imaged"},
    "photoemission": {"reduced_surface"},
}


@pytest.mark.parametrize("technique", OFFSETS)
def test_an_offset_is_shared_by_its_technique_and_touches_no_other(technique: str) -> None:
    """One standard deviation moves all numbers of the technique alike: in per cent, or by an amount."""
    values = {**INLAID, "frame": 0.8, "core": 0.1, "irreversible_charge": 30.0}
    plain, moved = seen(MIXED, **values), seen(MIXED, **{**values, f"offset__{technique}": 1.0})
    different = {name for name in plain if abs(moved[name] - plain[name]) > 1e-9}
    different.discard(f"offset.{technique}")
    assert different
    assert {name.partition(".")[0] for name in different} <= OF_TECHNIQUE[technique]
    size, kind = float(OFFSETS[technique]["value"]), OFFSETS[technique]["kind"]
    for name in different:
        change = moved[name] / plain[name] - 1 if kind == "relative" else moved[name] - plain[name]
        assert change == pytest.approx(size), name
    # What one cation shows of it, all show.
    for kind in {name.partition(".")[0] for name in different if "." in name}:
        assert {f"{kind}.{element}" for element in MIXED.cations} <= different


def test_two_elements_exchanged_exchange_what_is_seen_of_them() -> None:
    one = seen(PAIR, reducible__Ni=0.9, reducible__Co=0.3, reoxidised__Ni=0.8, reoxidised__Co=0.5, extent=0.9)
    other = seen(
        PAIR, reducible__Co=0.9, reducible__Ni=0.3, reoxidised__Co=0.8, reoxidised__Ni=0.5, extent=0.9
    )
    for name, value in one.items():
        turned = name.replace("Ni", "xx").replace("Co", "Ni").replace("xx", "Co")
        assert other[turned] == pytest.approx(value), name


@pytest.mark.parametrize(("one", "other"), [("NiO", "Ni2O2"), ("Ni0.5Co0.5O", "NiCoO2")])
@pytest.mark.parametrize("mechanism", LIMITS)
def test_how_many_units_a_formula_counts_changes_nothing(one: str, other: str, mechanism: str) -> None:
    values = {**LIMITS[mechanism], "interface": 0.5}
    single, double = (seen(reaction_of(formula, "Li"), **values) for formula in (one, other))
    for name in ("discharge_capacity", "loss", "strain", "rock_salt", "anion_shell.Ni", "tetrahedral_alkali"):
        assert double[name] == pytest.approx(single[name], rel=1e-6, abs=1e-9), name


def test_inserted_electrons_go_first_to_what_is_easier_to_reduce() -> None:
    o = seen(PAIR, extent=0.0, insertion=0.8, reducible__Ni=0.9, reducible__Co=0.45)
    assert o["insertion.Ni"] == pytest.approx(0.8)
    assert o["insertion.Co"] == pytest.approx(0.4)


@settings(max_examples=40)
@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_more_of_a_coherent_metal_makes_more_frame_and_strain_and_less_salt(
    share: float, less: float, more: float
) -> None:
    low, high = sorted((less, more))
    base = {**CONFINED, "extent": share, "constraint": 0.0, "salt_on_frame": 0.0}
    few, many = seen(**{**base, "coherent": low}), seen(**{**base, "coherent": high})
    for name in ("frame_share", "rock_salt", "frame_strain", "tetrahedral_alkali"):
        assert many[name] >= few[name] - 1e-7, name
    for name in ("salt", "metal_shell.Ni", "incoherent_metal"):
        assert many[name] <= few[name] + 1e-7, name


def test_surfaces_hide_the_core_from_what_sees_surfaces() -> None:
    """The share of a core that XPS sees: none of it makes the reacted shell look whole."""
    values = {**CONFINED, "core": 0.4}
    blind, clear = (seen(constants={"surface_sees_core": c}, **values) for c in (0.0, 1.0))
    assert blind["reduced_surface.Ni"] == pytest.approx(1.0)
    assert clear["reduced_surface.Ni"] == pytest.approx(clear["reduced_seen.Ni"]) == pytest.approx(0.6)


def test_two_lines_are_seen_only_of_a_strained_part_beside_a_core() -> None:
    half = {**CONFINED, "core": 0.5}
    assert seen(**half)["two_peaks"] > 0.95
    assert seen(**CONFINED)["two_peaks"] == pytest.approx(0.0, abs=1e-6)
    assert seen(**{**half, "extent": 0.0, "insertion": 0.0})["two_peaks"] < 0.1
    # The stronger line is reported: the frame's with a small core, the core's with a large one.
    assert seen(**{**half, "core": 0.1})["strain"] == pytest.approx(seen(**CONFINED)["strain"], rel=1e-3)
    assert seen(**{**half, "core": 0.9})["strain"] == pytest.approx(0.0, abs=1e-3)


def test_the_image_strain_of_inclusions_is_eshelbys_until_the_frame_yields() -> None:
    """Small: constant x constraint x misfit x volume share; never beyond what the frame bears."""
    misfit = NIO.product_volume ** (1 / 3) - 1
    few = seen(**{**INLAID, "extent": 0.01, "constraint": 1.0, "insertion": 0.0})
    share = 0.01 * NIO.product_volume / (0.01 * NIO.product_volume + 0.99)
    assert few["image_strain"] == pytest.approx(AT["image_strain"] * misfit * share, rel=1e-3)
    many = seen(**{**INLAID, "extent": 0.95, "constraint": 1.0})
    assert 0.5 * AT["strength_strain"] < many["image_strain"] < AT["strength_strain"]


@pytest.mark.parametrize("share", [0.2, 0.65])
@pytest.mark.parametrize("room", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("reaction", [NIO, MIXED])
def test_volumes_add_where_the_salt_stays_and_the_metal_parts(
    share: float, room: float, reaction: Reaction
) -> None:
    """One net of anions for all: oxide, salt, and of the pieces of metal what lies inside."""
    o = seen(
        reaction, **{**INLAID, "extent": share, "salt_on_frame": 1.0, "metal_room": room, "insertion": 0.0}
    )
    metal = reaction.product_volume - reaction.salt_volume
    volume = (1 - share) + share * (reaction.salt_volume + room * metal)
    assert o["frame_strain"] == pytest.approx(volume ** (1 / 3) - 1, rel=1e-6)
    assert o["tetrahedral_alkali"] == pytest.approx(share, rel=1e-6)
    assert (o["salt"], o["image_strain"]) == pytest.approx((0.0, 0.0), abs=1e-9)
    # Its metal is off the frame all the same.
    assert o["incoherent_metal"] == pytest.approx(share)


@settings(max_examples=40)
@given(st.floats(0.01, 0.99), st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_more_salt_on_the_frame_swells_it_and_leaves_less_beside_it(
    share: float, coherent: float, less: float, more: float
) -> None:
    low, high = sorted((less, more))
    base = {**CONFINED, "extent": share, "coherent": coherent, "constraint": 0.0}
    few, many = (seen(**{**base, "salt_on_frame": value}) for value in (low, high))
    for name in ("frame_strain", "tetrahedral_alkali"):
        assert many[name] >= few[name] - 1e-7, name
    assert many["salt"] <= few["salt"] + 1e-7
    for name in ("frame_share", "rock_salt", "metal_shell.Ni", "discharge_capacity", "incoherent_metal"):
        assert many[name] == few[name], name


@pytest.mark.parametrize("core", [0.3, 0.49, 0.51, 0.7])
def test_of_two_lines_one_is_reported_and_nothing_between_them(core: float) -> None:
    alone = seen(**CONFINED)["strain"]
    seen_of_two = seen(**{**CONFINED, "core": core})["strain"]
    assert seen_of_two == pytest.approx(alone if core < 0.5 else 0.0, abs=1e-6)


def test_the_volumes_of_a_reaction_are_those_of_its_products() -> None:
    """NiO (a = 4.178 Å) to Ni (3.524 Å) and a fluorite salt (Li2O 4.614, Na2O 5.55, K2O 6.436 Å)."""
    host, metal = 4.178**3 / 4, 3.524**3 / 4
    for ion, a in (("Li", 4.614), ("Na", 5.55), ("K", 6.436)):
        reaction = reaction_of("NiO", ion)
        assert reaction.salt_volume == pytest.approx(a**3 / 4 / host, rel=0.01)
        assert reaction.product_volume - reaction.salt_volume == pytest.approx(metal / host, rel=0.01)
    assert MIXED.total == pytest.approx(1.0)
    assert MIXED.electrons == pytest.approx((2.0, 2.0, 2.0))
    assert MIXED.cations == ("Ni", "Co", "Mg")
