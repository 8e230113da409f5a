"""
A stateful stand-in for the vendors' services on loopback, to try and test DAGs without an account.

Run it with ``python -m airflow_provider_circle.sandbox``, from Python with
:func:`~airflow_provider_circle.sandbox.client.start_sandbox`, or in pytest with the fixture ``circle_sandbox``.

The modules of this folder know time, faults, recording and the control API; what a vendor answers is known only in the
vendor's own folder. Nothing here imports Airflow or the code it serves to test.
"""
