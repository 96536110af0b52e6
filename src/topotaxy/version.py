"""The version, apart from the package's root so that no module needs to import that."""

__version__ = "0.2.0"
