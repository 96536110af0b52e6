"""File formats of absorption spectra, one a module."""
