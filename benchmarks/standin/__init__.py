"""The server that benchmarks read from, in a process of its own, with replies made beforehand."""
