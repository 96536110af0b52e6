"""File formats of powder patterns, one a module, each with its ``FORMAT``."""
