"""How to talk to a web API, as values and decisions: no I/O, no clock of its own, no Airflow, no vendor."""
