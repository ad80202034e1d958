"""The shapes of the REST API: what comes in is checked here, what goes out is laid out here."""
