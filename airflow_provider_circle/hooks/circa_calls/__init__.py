"""Circa's API v1 by name, grouped by resource; ``CircaHook`` brings the groups together."""
