"""The two ways to obey a walk: blocking, and awaiting. They send, wait and hand on; they decide nothing."""
