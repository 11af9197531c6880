"""The only floor that knows SQL."""
