"""File formats of electron spectrometers, one a module."""
