"""The stand-in for the Circa API (events and contacts)."""
