"""Circa (events and contacts): its API v1 as data, and the few things it takes several requests to do."""
