"""``make chaos``: every kind of task on a real Airflow, while everything around it fails at random."""
