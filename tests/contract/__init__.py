"""Tests that hold the package and its sandbox to the vendors' own descriptions."""
