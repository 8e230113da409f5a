"""Tests of what is known about CircleMe."""
