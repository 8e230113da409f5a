"""What developers run: a real Airflow to try and test against, and the demo. Not part of the package."""
