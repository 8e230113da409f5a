"""CircleCI's API v2 by name, grouped by resource; ``CircleCIHook`` brings the groups together."""
