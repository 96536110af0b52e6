"""Zero-loss peak: alignment, thickness, and plural scattering taken out by Fourier transforms.

Egerton, Electron Energy-Loss Spectroscopy in the Electron Microscope, 3rd ed. (2011), sections 4.2, 4.3, 5.1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from topotaxy.measurement.files.spectra.stored import Floats

SMALLEST = 1e-3
"""Amplitude of a frequency, of the largest, below which it is not divided by."""


@dataclass(frozen=True, kw_only=True)
class ZeroLoss:
    """The zero-loss peak.

    Attributes
    ----------
    position, width:
        Of its maximum and at half its height, eV.
    thickness:
        Of the specimen over the mean free path of inelastic scattering, ln(all / zero-loss).
    end:
        Energy where the zero-loss peak ends and the losses begin, eV.
    """

    position: float
    width: float
    thickness: float
    end: float


def zero_loss(energy: Floats, total: Floats) -> ZeroLoss | None:
    """Return the zero-loss peak of a spectrum; None where its maximum is at an end of the range.

    The peak ends at the smallest intensity between it and the first loss.

    Parameters
    ----------
    energy, total : array (n,)
        eV; intensities.
    """
    top = int(np.argmax(total))
    if not 2 <= top <= len(total) - 3:
        return None
    height = float(total[top])
    above = total >= 0.5 * height
    left = top - int(np.argmin(above[: top + 1][::-1])) if not above[: top + 1].all() else -1
    right = top + int(np.argmin(above[top:])) if not above[top:].all() else -1
    if left < 0 or right < 0:
        return None
    a = _crossing(energy, total, left, 0.5 * height)
    b = _crossing(energy, total, right - 1, 0.5 * height)
    position, width = 0.5 * (a + b), b - a
    # A symmetric peak's mean of both half heights is its maximum, to a fraction of a channel.
    reach = (energy > position + 1.5 * width) & (energy < position + max(12.0 * width, 6.0))
    if not reach.any():
        return None
    smooth = np.convolve(total, np.ones(3) / 3.0, mode="same")
    end = float(energy[reach][np.argmin(smooth[reach])])
    zero = float(total[energy <= end].sum())
    everything = float(total.sum())
    thickness = float(np.log(everything / zero)) if everything > zero > 0.0 else 0.0
    return ZeroLoss(position=position, width=width, thickness=thickness, end=end)


def _crossing(energy: Floats, total: Floats, at: int, level: float) -> float:
    """Where the line from a channel to the next crosses a level."""
    y0, y1 = float(total[at]), float(total[at + 1])
    share = 0.5 if y1 == y0 else min(max((level - y0) / (y1 - y0), 0.0), 1.0)
    return float(energy[at] + share * (energy[at + 1] - energy[at]))


def alone(energy: Floats, total: Floats, peak: ZeroLoss) -> Floats:
    """Return the zero-loss peak alone: the spectrum up to its end, going to zero there, (n,).

    Parameters
    ----------
    energy, total : array (n,)
        eV, the peak at zero; intensities.
    peak : ZeroLoss
        Of :func:`zero_loss`; it fades from 70 % of its end on.
    """
    fade = 0.5 * (
        1.0 + np.cos(np.pi * np.clip((energy - 0.7 * peak.end) / (0.3 * peak.end + 1e-9), 0.0, 1.0))
    )
    inside = energy <= peak.end
    return np.asarray(np.where(inside, total * np.where(energy > 0.7 * peak.end, fade, 1.0), 0.0))


def single_scattering(energy: Floats, total: Floats, peak: ZeroLoss) -> Floats:
    """Return the distribution of single losses by the Fourier-log method, as sharp as the zero-loss peak.

    Parameters
    ----------
    energy, total : array (n,)
        A low-loss spectrum that falls to nothing at its end; its zero-loss peak near zero.
    peak : ZeroLoss
        Of :func:`zero_loss`.
    """
    zero = alone(energy, total, peak)
    size = 4 * len(total)
    # A step at the end of the range would ring through the logarithm.
    tail = total * _fading(len(total))
    spectrum, response = np.fft.rfft(tail, size), np.fft.rfft(zero, size)
    strong = np.abs(response) > 1e-3 * np.abs(response).max()
    ratio = np.where(strong, spectrum / np.where(strong, response, 1.0), 1.0)
    single = np.where(strong, response * np.log(np.where(np.abs(ratio) > 1e-12, ratio, 1.0)), 0.0)
    return np.asarray(np.fft.irfft(single, size)[: len(total)])


def _fading(count: int) -> Floats:
    fade = np.ones(count)
    last = max(count // 10, 2)
    fade[-last:] = 0.5 * (1.0 + np.cos(np.pi * np.arange(last) / last))
    return fade


def without_plural(
    core: Floats,
    low_energy: Floats,
    low: Floats,
    peak: ZeroLoss,
    step: float,
    *,
    resolution: float | None = None,
) -> Floats:
    """Return a core-loss edge without plural scattering, by the Fourier-ratio method.

    The edge is divided by the low-loss spectrum and multiplied by a Gaussian of the zero-loss peak's area, so
    that its noise stays as it is; the intensity of the edge is that of single scattering.

    Parameters
    ----------
    core : array (n,)
        The edge above its background, zero before it.
    low_energy, low : array (m,)
        The low-loss spectrum of the same place, its zero-loss peak near zero.
    peak : ZeroLoss
        Of :func:`zero_loss`.
    step : float
        Of the edge's channels, eV.
    resolution : float, optional
        Full width at half maximum of the Gaussian, eV; that of the zero-loss peak where not given.
    """
    size = 2 * max(len(core), 64) + 2 * int(np.ceil((low_energy[-1] - low_energy[0]) / step))
    axis = step * np.fft.fftfreq(size, 1.0 / size)
    low_there = np.interp(axis, low_energy - peak.position, low, left=0.0, right=0.0)
    zero_area = float(
        np.interp(axis, low_energy - peak.position, alone(low_energy, low, peak), left=0.0, right=0.0).sum()
    )
    sigma = (resolution or peak.width) / 2.3548
    gauss = np.exp(-0.5 * (axis / sigma) ** 2)
    gauss *= zero_area / gauss.sum()
    # A tail that is cut off at the end of the range would ring: carry it on, falling to zero.
    longer = np.concatenate([core, float(core[-10:].mean()) * np.linspace(1.0, 0.0, size - len(core))])
    response = np.fft.fft(low_there)
    # Frequencies that the low loss does not hold are left out: their quotient is that of two roundings.
    floor = (SMALLEST * np.abs(response).max()) ** 2
    inverse = np.conj(response) / (np.abs(response) ** 2 + floor)
    parts = np.fft.fft(longer) * np.fft.fft(gauss) * inverse
    return np.asarray(np.fft.ifft(parts).real[: len(core)])
