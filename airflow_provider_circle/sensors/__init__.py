"""Sensors: waiting for what others started."""
