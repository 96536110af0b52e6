"""Where potentials compute."""

from __future__ import annotations


def compute_device() -> str:
    """Return ``cuda`` where torch sees a GPU, else ``cpu``."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
