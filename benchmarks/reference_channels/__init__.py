"""What WatchParty is measured against: plain Channels consumers on the stock layers, as the tutorials show them."""
