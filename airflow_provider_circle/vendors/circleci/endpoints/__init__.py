"""CircleCI's API v2, one line of data per operation, grouped by resource."""
