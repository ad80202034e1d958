"""WatchParty: people in many places watch one film together, and the pictures really are together."""
