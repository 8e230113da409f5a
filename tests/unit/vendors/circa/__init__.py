"""Tests of what is known about Circa."""
