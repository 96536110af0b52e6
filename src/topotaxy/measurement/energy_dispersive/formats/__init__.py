"""File formats of X-ray microanalysis, one a module."""
