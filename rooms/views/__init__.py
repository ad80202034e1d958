"""The REST API of the rooms."""
