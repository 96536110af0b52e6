"""Small text files as each maker's program writes them, of one step of known height."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

START, STEP = 12.0, -0.30
"""Mass in mg, and its change over the starting mass."""
POINTS = 240


def run() -> list[tuple[float, float, float]]:
    """Time in min, temperature in °C and mass in mg of a ramp of 10 K/min with one step at 400 °C."""
    minutes = np.linspace(0.0, 80.0, POINTS)
    found = []
    for minute in minutes:
        celsius = 30.0 + 10.0 * minute
        share = 1.0 / (1.0 + math.exp(-(celsius - 400.0) / 8.0))
        found.append((float(minute), float(celsius), START * (1.0 + STEP * share)))
    return found


def netzsch(
    *, decimal: str = ".", separator: str = ";", percent: bool = True, degree: bytes = b"\xb0"
) -> bytes:
    words = {".": "POINT", ",": "COMMA", ";": "SEMICOLON", "\t": "TAB"}
    mass = "Mass/%" if percent else "Mass/mg"
    head = [
        "#EXPORTTYPE:DATA ALL",
        "#FORMAT:NETZSCH5",
        f"#DECIMAL:{words[decimal]}",
        f"#SEPARATOR:{words[separator]}",
        "#MTYPE:TG",
        "#INSTRUMENT:NETZSCH TG 209F1",
        f"#SAMPLE MASS /mg:{START}",
        "",
        separator.join(("##Temp./@C", "Time/min", mass, "Gas Flow(purge)/(ml/min)")),
    ]
    rows = [
        separator.join((f"{t:.5f}", f"{m:.7f}", f"{100 * g / START if percent else g:.7f}", "-----"))
        for m, t, g in run()
    ]
    text = "\r\n".join([*head, *(row.replace(".", decimal) for row in rows)]) + "\r\n"
    return text.encode("latin-1").replace(b"@", degree)


def ta_universal(*, encoding: str = "utf-16") -> bytes:
    head = ["CLOSED", "Version\t2.0", "Instrument\tTGA Q500", f"Size\t{START}\tmg", "Nsig\t3"]
    head += ["Sig1\tTime (min)", "Sig2\tTemperature (°C)", "Sig3\tWeight (mg)", "StartOfData"]
    rows = ["-3.000000\t1.000000\t0.0"]
    rows += [f"{m:.6f}\t{t:.5f}\t{g:.7f}" for m, t, g in run()]
    rows += ["-1.000000\t25.0\t0.0"]
    return ("\n".join([*head, *rows]) + "\n").encode(encoding)


def ta_trios() -> bytes:
    every = run()
    lines = ["Filename\tmade", "Instrument name\t5500-0018 (192.0.2.1)", "Sample name\tmade"]
    for part in (every[:100], every[100:]):
        lines += [
            "[step]",
            "Ramp 10.00 °C/min to 830.00 °C",
            "Time\tTemperature\tWeight\tWeight",
            "min\t°C\t%\tmg",
        ]
        lines += [f"{m:.6f}\t{t:.5f}\t{96.5 * g / START:.6f}\t{g:.7f}" for m, t, g in part]
        lines += [""]
    return ("\n".join(lines) + "\n").encode()


def perkinelmer() -> bytes:
    every = run()
    head = ["Filename:\tmade.tg8d ", f"Sample Weight:\t{START} mg ", "Initial Conditions "]
    head += [
        "Temperature:\t 30.00 °C ",
        f"Total Points in Run:\t{len(every)} ",
        "1)\tHold for 1.0 min at 30.00°C ",
    ]
    lines = [*head, "1) TGA Isothermal "]
    lines += ["\tTime     \tUnsubtracted\tBaseline     \tProgram     \tSample     \tSample     "]
    lines += ["\t          \tWeight     \tWeight     \tTemperature\tTemperature\tPurge Flow "]
    rows = [f"\t{m:.6f}\t{g + 0.5:.7f}\t0.500000\t{t:.5f}\t{t:.5f}\t45.0 " for m, t, g in every]
    lines += [*rows[:60], "2) TGA Temperature Scan ", *rows[60:], " ", "\tTEMPERATURE CALIBRATION INPUTS: "]
    return ("\n".join(lines) + "\n").encode()


def mettler() -> bytes:
    head = ["Title    01.01.2024 18:00", "SampleID:", f"  made, {START} mg", "Results:", "Curve:"]
    head += ["   Index   t   Ts   Tr   Value", "   [s]   [°C]   [°C]   [mg]"]
    rows = [f"   {k}   {60 * m:.4f}   {t:.5f}   {t:.3f}   {g:.7f}" for k, (m, t, g) in enumerate(run())]
    return ("\n".join([*head, *rows]) + "\n").encode()


EVERY = {
    "Netzsch text": [netzsch],
    "TA Universal text": [ta_universal],
    "TA Trios text": [ta_trios],
    "PerkinElmer text": [perkinelmer],
    "Mettler text": [mettler],
}
"""Format to the makers of its files."""


def written(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path
