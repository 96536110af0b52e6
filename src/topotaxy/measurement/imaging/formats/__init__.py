"""File formats of micrographs, one a module."""
