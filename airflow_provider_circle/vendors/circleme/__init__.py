"""CircleMe's content feed: its API as data."""
