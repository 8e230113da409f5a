"""One script for each side of a comparison, run in a process and an environment of its own; the last line is JSON."""
