"""CircleCI: its API v2 as data, and what its answers mean. A folder for v1.1 will stand beside ``endpoints``."""
