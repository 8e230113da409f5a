"""CircleCI's API v1.1."""
