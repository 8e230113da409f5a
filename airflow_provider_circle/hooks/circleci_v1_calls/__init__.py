"""CircleCI's API v1.1, call by call."""
