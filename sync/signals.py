"""What the engine tells the other apps."""

from django.dispatch import Signal

journaled = Signal()
"""`entries`: [(room id, sync.store.Entry)], in each room's order. Sent in the transaction that saves the timelines,
so within a second of the changes and at least once for each."""
