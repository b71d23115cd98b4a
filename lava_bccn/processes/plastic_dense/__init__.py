"""A connection that learns."""
