"""Tests of the records on their way to where they land."""
