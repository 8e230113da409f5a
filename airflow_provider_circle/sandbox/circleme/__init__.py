"""The stand-in for the CircleMe content feed API."""
