"""Formats of cycling data, one file each."""
