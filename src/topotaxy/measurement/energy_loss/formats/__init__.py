"""File formats of electron energy loss, one a module."""
