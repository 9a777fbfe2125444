"""First floor: what it means (inventory, law, suitability, candidates)."""
