"""What ``make accounts`` does: synthetic accounts made and removed by a service's own API, and a ledger of them."""
