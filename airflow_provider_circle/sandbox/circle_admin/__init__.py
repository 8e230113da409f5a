"""The stand-in for the Admin API of the Circle community platform, v2 and a little of v1."""
