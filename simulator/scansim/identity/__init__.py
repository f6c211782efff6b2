"""Who is examined and under what: people and names, seeded UIDs, orders, the ledger, what the worklist hands on."""
