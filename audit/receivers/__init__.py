"""The other apps' signals become facts. They are sent inside the transactions of the changes, and so the row of the
outbox lives or dies with the change.
"""
