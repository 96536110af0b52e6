"""Small files of each format, made here, and where real instruments' files lie."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]

ROOT = Path(__file__).resolve().parents[3]


def data_folder() -> Path:
    """Real instruments' files, which are not part of the project."""
    return Path(os.environ.get("TOPOTAXY_DATA", ROOT.parent / "shared" / "data")) / "cycling"


def two_cycles(rows: int = 24) -> dict[str, Floats]:
    """Return two cycles of discharge and charge, 1 mA for an hour each, and what a cycler counts of them."""
    hours = np.linspace(0.0, 4.0, 4 * rows + 1)
    part = np.minimum((hours * (1 - 1e-12)).astype(int), 3)
    current = np.where(part % 2 == 0, -1e-3, 1e-3)
    within = hours - part
    passed = 1e-3 * within
    voltage = np.where(current < 0, 1.5 - 1.4 * within, 0.2 + 1.4 * within)
    charge = np.where(current > 0, passed, 0.0)
    discharge = np.where(current < 0, passed, np.where(current > 0, 1e-3, 0.0))
    return {
        "test_time_second": 3600.0 * hours,
        "voltage_volt": voltage,
        "current_ampere": current,
        "cycle_count": 1.0 + part // 2,
        "step_index": 1.0 + part,
        "charging_capacity_ah": charge,
        "discharging_capacity_ah": discharge,
        "step_capacity_ah": passed,
    }


CAPACITY = 1e-3
"""Charge and discharge of each of the cycles, Ah."""


def clock(seconds: float) -> str:
    """Return a time as cyclers print it."""
    seconds = round(seconds, 3)
    return f"{int(seconds // 3600)}:{int(seconds % 3600 // 60):02d}:{seconds % 60:06.3f}"


def rows_of(table: dict[str, Floats]) -> list[dict[str, float]]:
    """Return the table by rows."""
    return [dict(zip(table, values, strict=True)) for values in zip(*table.values(), strict=True)]


def text(header: list[str], rows: list[list[object]], delimiter: str = ",") -> bytes:
    """Return delimited text."""
    lines = [delimiter.join(header), *(delimiter.join(str(cell) for cell in row) for row in rows)]
    return ("\n".join(lines) + "\n").encode()


def bdf_csv() -> bytes:
    """Battery Data Format, csv."""
    table = two_cycles()
    names = [name for name in table if name != "step_capacity_ah"]
    return text(names, [[f"{row[name]:.9g}" for name in names] for row in rows_of(table)])


def bdf_labels_csv() -> bytes:
    """Battery Data Format by preferred labels, without capacities."""
    header = ["Test Time / s", "Voltage / V", "Current / A", "Cycle Count / 1"]
    names = ["test_time_second", "voltage_volt", "current_ampere", "cycle_count"]
    return text(header, [[f"{row[name]:.9g}" for name in names] for row in rows_of(two_cycles())])


def bdf_parquet() -> bytes:
    """Battery Data Format, parquet."""
    import pyarrow as pa
    from pyarrow import parquet

    table = two_cycles()
    table.pop("step_capacity_ah")
    target = io.BytesIO()
    parquet.write_table(pa.table(table), target)
    return target.getvalue()


NEWARE_HEADER = [
    "DataPoint",
    "Cycle Index",
    "Step Index",
    "Step Type",
    "Time",
    "Total Time",
    "Current(mA)",
    "Voltage(V)",
    "Capacity(mAh)",
    "Chg. Cap.(mAh)",
    "DChg. Cap.(mAh)",
]


def neware_rows(*, signed: bool = True) -> list[list[object]]:
    """Rows of Neware's table of records; every step counts from zero."""
    rows: list[list[object]] = []
    for k, row in enumerate(rows_of(two_cycles()), start=1):
        charging = row["current_ampere"] > 0
        passed = 1e3 * row["step_capacity_ah"]
        start = 3600.0 * (row["step_index"] - 1)
        rows.append(
            [
                k,
                int(row["cycle_count"]),
                int(row["step_index"]),
                "CC Chg" if charging else "CC DChg",
                clock(row["test_time_second"] - start),
                clock(row["test_time_second"]),
                1e3 * (row["current_ampere"] if signed else abs(row["current_ampere"])),
                round(row["voltage_volt"], 6),
                round(passed, 9),
                round(passed, 9) if charging else 0.0,
                0.0 if charging else round(passed, 9),
            ]
        )
    return rows


def neware_csv() -> bytes:
    """Neware's text export."""
    return text(NEWARE_HEADER, neware_rows())


ARBIN_HEADER = [
    "Data_Point",
    "Date_Time",
    "Test_Time(s)",
    "Step_Time(s)",
    "Cycle_Index",
    "Step_Index",
    "Current(A)",
    "Voltage(V)",
    "Charge_Capacity(Ah)",
    "Discharge_Capacity(Ah)",
    "Charge_Energy(Wh)",
    "Discharge_Energy(Wh)",
]


def arbin_rows() -> list[list[object]]:
    """Rows of Arbin's table of a channel; capacities run on through the test."""
    rows: list[list[object]] = []
    for k, row in enumerate(rows_of(two_cycles()), start=1):
        whole = 1e-3 * (row["cycle_count"] - 1)
        rows.append(
            [
                k,
                "2024-05-01 10:00:00",
                row["test_time_second"],
                row["test_time_second"] - 3600.0 * (row["step_index"] - 1),
                int(row["cycle_count"]),
                int(row["step_index"]),
                row["current_ampere"],
                row["voltage_volt"],
                row["charging_capacity_ah"] + whole,
                row["discharging_capacity_ah"] + whole,
                0.0,
                0.0,
            ]
        )
    return rows


def arbin_csv() -> bytes:
    """Arbin's csv export."""
    return text(ARBIN_HEADER, arbin_rows())


LANDT_HEADER = [
    "Record",
    "TestTime/Sec.",
    "StepTime/Sec.",
    "Current/mA",
    "Capacity/mAh",
    "Voltage/V",
    "Cycle-Index",
    "Step-Index",
    "Step-State",
]


def landt_rows() -> list[list[object]]:
    """Rows of Landt's workbook; one counter for both directions, from zero with each step."""
    rows: list[list[object]] = []
    for k, row in enumerate(rows_of(two_cycles()), start=1):
        rows.append(
            [
                k,
                row["test_time_second"],
                row["test_time_second"] - 3600.0 * (row["step_index"] - 1),
                1e3 * row["current_ampere"],
                1e3 * row["step_capacity_ah"],
                row["voltage_volt"],
                int(row["cycle_count"]),
                int(row["step_index"]),
                "C_CC" if row["current_ampere"] > 0 else "D_CC",
            ]
        )
    return rows


def landt_csv() -> bytes:
    """Landt's csv of newer software: lines above the header, and each line ends in a comma."""
    header = "channel_index,cycle_index,step_index,test_time_s,step_time_s,current_A,voltage_V,"
    header += "discharge_capacity_Ah,charge_capacity_Ah,step_name"
    lines = ["cell model:,,,,,,,,,", "test: ,,,,,,,,,", header]
    for k, row in enumerate(rows_of(two_cycles()), start=1):
        cells = [k, int(row["cycle_count"]), int(row["step_index"]), row["test_time_second"], 0.0]
        cells += [row["current_ampere"], row["voltage_volt"]]
        cells += [row["discharging_capacity_ah"], row["charging_capacity_ah"], "CC"]
        lines.append(",".join(str(cell) for cell in cells) + ",")
    return ("\n".join(lines) + "\n").encode()


def maccor_text() -> bytes:
    """Maccor's text, with decimal commas and the time in minutes, as the clock beside it shows."""
    header = [
        "Rec",
        "Cycle C",
        "Step",
        "TestTime",
        "Cap. [Ah]",
        "Current [A]",
        "Voltage [V]",
        "Md",
        "ES",
        "DPT Time",
    ]
    lines = ["Tester\tMaccor #4", "Procedure\ttest", "", "\t".join(header)]
    for k, row in enumerate(rows_of(two_cycles()), start=1):
        cells = [str(k), f"{row['cycle_count']:.0f}", f"{row['step_index']:.0f}"]
        cells += [f"{row['test_time_second'] / 60:.6f}", f"{row['step_capacity_ah']:.8f}"]
        cells += [f"{abs(row['current_ampere']):.8f}", f"{row['voltage_volt']:.4f}"]
        cells += ["C" if row["current_ampere"] > 0 else "D", "1"]
        lines.append(
            "\t".join(cells).replace(".", ",") + f"\t06/05/2021 {clock(36000 + row['test_time_second'])[:8]}"
        )
    return ("\r\n".join(lines) + "\r\n").encode()


def biologic_mpt() -> bytes:
    """EC-Lab's text."""
    header = ["mode", "Ns", "time/s", "dq/mA.h", "(Q-Qo)/mA.h", "control/V/mA", "Ewe/V", "half cycle"]
    lines = ["EC-Lab ASCII FILE", "Nb header lines : 6", "", "Galvanostatic Cycling", "", "\t".join(header)]
    last = 0.0
    net = 0.0
    for row in rows_of(two_cycles()):
        gained = 1e3 * row["current_ampere"] * (row["test_time_second"] - last) / 3600.0
        last, net = row["test_time_second"], net + gained
        cells = [
            1,
            int(row["step_index"]),
            last,
            gained,
            net,
            1e3 * row["current_ampere"],
            row["voltage_volt"],
        ]
        lines.append("\t".join(str(cell) for cell in [*cells, int(row["step_index"]) - 1]))
    return ("\r\n".join(lines) + "\r\n").encode("latin-1")


def net_charge(row: dict[str, float]) -> float:
    """What has passed since the start, up on charge and down on discharge, Ah: zero after each whole
    cycle."""
    return row["charging_capacity_ah"] - row["discharging_capacity_ah"]


def novonix_csv() -> bytes:
    """Novonix's csv: one counter, up and down."""
    header = [
        *("Date and Time", "Cycle Number", "Step Type", "Run Time (h)", "Step Time (h)", "Current (A)"),
        *("Potential (V)", "Capacity (Ah)", "Temperature (°C)", "Energy (Wh)", "Step Number"),
    ]
    lines = [
        "[Summary]",
        "Novonix HPC data file",
        "Mass (g): 1.000",
        "[End Summary]",
        "[Data]",
        ",".join(header),
    ]
    for row in rows_of(two_cycles()):
        cells = ["2024-05-01 10:00:00", int(row["cycle_count"]), 7, row["test_time_second"] / 3600.0, 0.0]
        cells += [
            row["current_ampere"],
            row["voltage_volt"],
            net_charge(row),
            25.0,
            0.0,
            int(row["step_index"]),
        ]
        # Some versions put the whole line between quotes.
        lines.append('"' + ",".join(str(cell) for cell in cells) + '"')
    return ("\r\n".join(lines) + "\r\n").encode()


def pec_csv() -> bytes:
    """PEC's csv: every row names its test and cell."""
    header = [
        *("Test", "Cell", "Rack", "Shelf", "Position", "Cell ID", "Step", "Instruction Name", "Cycle"),
        *("Total Time (Hours in hh:mm:ss.xxx)", "Real Time", "Voltage (mV)", "Current (mA)"),
        *("Charge Capacity (mAh)", "Discharge Capacity (mAh)"),
    ]
    lines = ["Request Year:,2024", "Test:,25", "Variable names:", "#RESULTS CHECK", ",".join(header) + ","]
    for row in rows_of(two_cycles()):
        name = "Charge" if row["current_ampere"] > 0 else "Discharge"
        cells = [25, 1, "SBT", "001", 1, "", int(row["step_index"]), name, int(row["cycle_count"])]
        cells += [clock(row["test_time_second"]), "05/01/2024 10:00:00", 1e3 * row["voltage_volt"]]
        cells += [1e3 * row["current_ampere"], 1e3 * row["charging_capacity_ah"]]
        lines.append(",".join(str(cell) for cell in [*cells, 1e3 * row["discharging_capacity_ah"]]) + ",")
    return ("\n".join(lines) + "\n").encode()


def basytec_text() -> bytes:
    """BaSyTec's text: a counter with a sign, from zero with each line of the plan."""
    header = [
        "~Time[h]",
        "DataSet",
        "t-Step[h]",
        "Line",
        "Command",
        "U[V]",
        "I[A]",
        "Ah-Step",
        "Cyc-Count",
        "State",
    ]
    lines = ["~Resultfile from Basytec Battery Test System", "~", "\t".join(header)]
    for k, row in enumerate(rows_of(two_cycles()), start=1):
        charging = row["current_ampere"] > 0
        cells = [row["test_time_second"] / 3600.0, k, 0.0, int(row["step_index"])]
        cells += ["Charge" if charging else "Discharge", row["voltage_volt"], row["current_ampere"]]
        cells += [row["step_capacity_ah"] * (1 if charging else -1), int(row["cycle_count"]), 1]
        lines.append("\t".join(str(cell) for cell in cells))
    return ("\r\n".join(lines) + "\r\n").encode("latin-1")


def digatron_csv() -> bytes:
    """Digatron's csv: units in a line of their own, no cycles, one counter up and down."""
    names = [
        *("Time Stamp", "Step", "Status", "Prog Time", "Step Time", "Cycle", "Cycle Level", "Procedure"),
        *("Voltage", "Current", "Temperature", "Capacity", "WhAccu", "Cnt"),
    ]
    units = ",,,,,,,,[V],[A],[C],[Ah],[Wh],[Cnt],"
    lines = ["", "Measurement ID,557", "Battery Name,made", ",".join(names) + ",", units]
    for row in rows_of(two_cycles()):
        cells = [
            "11/7/2018 5:08:07 PM",
            int(row["step_index"]),
            "CHA" if row["current_ampere"] > 0 else "DCH",
        ]
        cells += [clock(row["test_time_second"]), clock(0.0), 0, 0, "made", row["voltage_volt"]]
        cells += [row["current_ampere"], 25.0, net_charge(row), 0.0, 1.0]
        lines.append(",".join(str(cell) for cell in cells) + ",")
    return ("\n".join(lines) + "\n").encode()


def neware_layered_csv() -> bytes:
    """Neware's layered text; the first step of a cycle stands in the cycle's own line."""
    lines = [
        "Cycle Index,Chg. Cap.(Ah),DChg. Cap.(Ah)",
        ",Step Index,Step Number,Step Type,Step Time",
        ",,DataPoint,Time,Total Time,Current(A),Voltage(V),Capacity(Ah)",
    ]
    step, cycle = 0, 0
    for k, row in enumerate(rows_of(two_cycles()), start=1):
        if int(row["step_index"]) != step:
            step = int(row["step_index"])
            kind = "CC Chg" if row["current_ampere"] > 0 else "CC DChg"
            above = f"{step},{step},{kind},01:00:00"
            begins = int(row["cycle_count"]) != cycle
            cycle = int(row["cycle_count"])
            lines.append(f"{cycle},0.001,0.001,{above}" if begins else f",{above}")
        cells = [k, clock(0.0), clock(row["test_time_second"]), row["current_ampere"], row["voltage_volt"]]
        lines.append(",," + ",".join(str(cell) for cell in [*cells, row["step_capacity_ah"]]))
    return ("\n".join(lines) + "\n").encode()


def xlsx(sheets: dict[str, list[list[object]]]) -> bytes:
    """A workbook of the sheets."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def neware_xlsx() -> bytes:
    """Neware's workbook."""
    return xlsx({"unit": [["Device", "27"]], "record": [NEWARE_HEADER, *neware_rows()]})


def arbin_xlsx() -> bytes:
    """Arbin's workbook, whose channel runs on in a second sheet."""
    rows = arbin_rows()
    return xlsx(
        {
            "Global_Info": [["TEST REPORT"], ["Channel", 1]],
            "Channel_1_1": [ARBIN_HEADER, *rows[:50]],
            "Channel_1_2": [ARBIN_HEADER, *rows[50:]],
        }
    )


def landt_xlsx() -> bytes:
    """Landt's workbook."""
    return xlsx({"Cycle-Tab": [["Cycle", "CapC/mAh"], [1, 1.0]], "Record-Tab": [LANDT_HEADER, *landt_rows()]})


EVERY = {
    "Battery Data Format": [bdf_csv, bdf_labels_csv, bdf_parquet],
    "Neware export": [neware_csv, neware_xlsx],
    "Arbin export": [arbin_csv, arbin_xlsx],
    "Landt export": [landt_csv, landt_xlsx],
    "Maccor text": [maccor_text],
    "BioLogic mpt": [biologic_mpt],
    "Novonix text": [novonix_csv],
    "PEC export": [pec_csv],
    "BaSyTec text": [basytec_text],
    "Digatron export": [digatron_csv],
    "Neware layered": [neware_layered_csv],
}
"""Format to the makers of its files."""
