"""Tests of the stand-in for Circle's Admin API."""
