"""Tests of what is known about CircleCI."""
