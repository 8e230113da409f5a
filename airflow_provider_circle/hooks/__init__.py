"""Hooks: an Airflow connection, turned into calls to a service."""
