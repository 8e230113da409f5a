"""Tests of what is known about each vendor."""
