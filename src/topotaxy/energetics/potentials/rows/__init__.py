"""Rows of a table, by kind: each module makes them from the results of finished tasks."""
