"""Who comes, when: the load shape, arrivals, identities and the base of every visitor."""
