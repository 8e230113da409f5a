"""Triggers: waiting without a worker, in the triggerer's event loop."""
