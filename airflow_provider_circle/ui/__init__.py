"""The view of a pipeline in Airflow's UI: what draws it, and how the API server hands that out."""
