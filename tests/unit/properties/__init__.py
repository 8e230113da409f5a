"""Properties that hold for whatever comes, tried on examples that hypothesis makes up."""
