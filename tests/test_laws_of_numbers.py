"""Which test states which law of a number that once came out wrong, in one sentence each.

The kinds are those in which a number of an early version was wrong without a word. Beside each stand the
tests that state its law; a test that is renamed or goes has to be replaced here.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
CYCLING = "measurement/cycling"
METRICS = f"{CYCLING}/metrics"

LAWS: dict[str, dict[str, tuple[str, ...]]] = {
    "Regions of a box are chosen alike whatever divides its edge, and share it out whole.": {
        "lattice/test_geometry.py": (
            "test_regions_share_out_the_box",
            "test_a_prime_edge_is_no_single_region",
            "test_a_region_larger_than_the_box_is_refused",
        ),
    },
    "Parameters of another material are named as carried over; a capacity above theory heads a page.": {
        "cell/test_material.py": ("test_another_material_gets_them_carried_over_and_named_so",),
        "report/test_cell_page.py": ("test_capacity_above_theory_heads_the_page",),
    },
    "A counter counts once whether it starts anew or trembles, and a signed one is split by its sign.": {
        f"{CYCLING}/test_evidence.py": (
            "test_a_counter_that_falls_in_its_last_digits_where_a_step_begins_counts_once",
            "test_a_counter_that_begins_anew_is_told_from_one_that_trembles_by_what_the_current_passed",
            "test_a_net_counter_is_split_by_its_own_sign",
            "test_a_discharge_counted_below_zero_is_counted",
        ),
        f"{CYCLING}/test_counters.py": (
            "test_capacities_are_the_same_wherever_the_cyclers_counter_starts_anew",
        ),
        f"{CYCLING}/test_readable.py": (
            "test_a_heading_that_looks_like_a_capacity_and_is_not_read_is_named",
        ),
    },
    "The direction of a current follows from all evidence; what contradicts itself is refused.": {
        f"{CYCLING}/test_evidence.py": (
            "test_positive_current_that_discharges_by_all_other_evidence_is_turned",
            "test_a_current_without_sign_goes_the_way_of_counters_or_types",
            "test_a_current_without_sign_and_other_evidence_is_refused",
            "test_counters_that_contradict_the_types_of_the_steps_are_refused_with_both_named",
        ),
    },
    "A straight curve at a held current is no sweep, and peaks that do not grow have no exponent.": {
        f"{METRICS}/test_metrics_conditions.py": (
            "test_a_straight_curve_at_held_currents_is_no_sweep",
            "test_peaks_of_one_height_at_all_rates_have_no_exponent",
        ),
    },
    "Over time of which nothing is recorded nothing is integrated, at whatever interval rows stand.": {
        f"{CYCLING}/test_evidence.py": (
            "test_no_charge_is_integrated_over_time_of_which_nothing_is_recorded",
            "test_a_gap_that_a_counter_bridges_leaves_nothing_out",
        ),
        f"{CYCLING}/test_bounds_of_charge.py": ("test_a_gap_is_found_at_any_interval_of_the_rows",),
    },
    "A counter that its current contradicts by a factor refuses the file, or is left out where it does.": {
        f"{CYCLING}/test_evidence.py": (
            "test_a_counter_that_its_current_contradicts_by_a_factor_refuses_the_file",
            "test_a_counter_that_its_current_contradicts_in_one_cycle_is_left_out_there",
        ),
    },
    "A cycle is one turn: a number that holds two is left out, and a half-cycle ended by charge is whole.": {
        f"{CYCLING}/test_cycle_numbers.py": (
            "test_a_number_that_holds_two_cycles_is_left_out_and_the_others_keep_theirs",
            "test_a_number_that_never_advances_counts_no_cycles",
            "test_a_half_cycle_that_passed_the_charge_of_the_one_before_it_is_whole",
            "test_parts_of_a_test_are_the_test",
        ),
    },
    "Numbers are subtracted under like conditions only, and a mass is held against the file's own.": {
        f"{METRICS}/test_metrics_conditions.py": (
            "test_numbers_under_like_conditions_are_subtracted",
            "test_numbers_under_unlike_conditions_are_named_and_not_subtracted",
            "test_a_mass_in_the_file_that_contradicts_the_given_one_refuses_until_it_is_said_of_what",
        ),
    },
    "No error is stated from fewer than four of a kind.": {
        "test_statistics.py": ("test_fewer_than_four_replicas_have_a_mean_and_no_error",),
        f"{METRICS}/test_metrics_conditions.py": (
            "test_no_standard_error_from_fewer_than_four_cells",
            "test_no_deviation_between_fewer_than_four_cycles_of_a_rate",
        ),
    },
}
DISASTERS: dict[str, dict[str, tuple[str, ...]]] = {
    "A full disk is one line and leaves nothing.": {
        "results/test_publish.py": ("test_a_disk_that_is_full_is_an_error_and_leaves_nothing",),
        "cli/test_cli_simulate.py": ("test_a_folder_that_cannot_be_written_is_one_line",),
    },
    "A package and a home that cannot be written need another place for compiled code.": {
        "test_caching.py": ("test_the_other_place_is_closed_to_others", "test_a_link_is_not_followed"),
    },
    "Closed and full streams are one line and no negative answer.": {
        "cli/test_streams.py": (
            "test_results_that_cannot_be_written_are_one_line",
            "test_a_closed_standard_output_is_one_line",
            "test_both_streams_closed_is_not_a_negative_answer",
            "test_a_reader_of_one_line_is_no_fault",
        ),
    },
    "What a killed process left goes with the next run, and nothing else does.": {
        "results/test_publish.py": ("test_the_next_run_removes_what_a_killed_one_left_and_nothing_else",),
        "results/test_claimed.py": ("test_a_run_killed_at_its_first_file_has_begun_nothing",),
        "test_files.py": ("test_what_killed_writers_left_of_a_file_goes_and_nothing_else",),
    },
    "A small file that declares a huge size takes no room and no time.": {
        "contracts/test_contract_sizes.py": ("test_a_huge_size_takes_no_room_and_no_time",),
    },
}


@pytest.mark.parametrize("law", [*LAWS, *DISASTERS])
def test_every_law_has_its_tests(law: str) -> None:
    """Each test named beside a law is there, is run by default and has something to assert."""
    for file, names in (LAWS | DISASTERS)[law].items():
        tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
        found = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
        for name in names:
            assert name in found, f"{file} has no {name}"
            body = ast.unparse(found[name])
            assert any(word in body for word in ("assert", "pytest.raises", "check(")), name
            assert not any(mark in body for mark in ("mark.slow", "mark.fuzz", "mark.study")), name
