"""Transfers: records of a service into files and tables."""
