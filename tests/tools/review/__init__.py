"""The room of reviews."""
