"""Circle's Admin API by name, grouped by resource; ``CircleAdminHook`` brings the groups together."""
