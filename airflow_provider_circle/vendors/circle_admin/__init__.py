"""Circle, the community platform: its Admin API as data, in the versions 2 and 1."""
