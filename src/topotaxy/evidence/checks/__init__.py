"""The checks of the audit, by subject; each is a generator of findings over any ledger."""
