"""Thousands of waits and hundreds of pulls on Airflow's own engine, with a worker and a triggerer dying on the way."""
