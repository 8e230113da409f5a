"""The provider's speed beside that of others, and where it falls short. For developers, not part of the package."""
