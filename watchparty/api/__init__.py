"""What every REST endpoint shares: parsing, paging, errors, the schema."""
