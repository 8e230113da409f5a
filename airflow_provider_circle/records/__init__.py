"""What becomes of records on their way from a service: each once, complete, and landed whole or not at all."""
