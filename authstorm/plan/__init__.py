"""What was asked: YAML into frozen, typed objects, with every problem found at once."""
