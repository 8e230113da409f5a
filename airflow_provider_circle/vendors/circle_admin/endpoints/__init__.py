"""The Admin API v2, one line of data per operation, grouped by resource; ``v1`` beside it is the API before."""
