"""Operators: jobs a DAG starts."""
