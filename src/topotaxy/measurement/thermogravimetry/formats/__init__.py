"""File formats of thermobalances, one a module."""
