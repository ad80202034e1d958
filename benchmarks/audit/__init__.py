"""What the audit trail can take, and what it costs: see `__main__`."""
