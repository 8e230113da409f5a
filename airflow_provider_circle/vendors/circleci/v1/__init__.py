"""CircleCI's API v1.1: builds by their number, and the only way to what a step wrote."""
