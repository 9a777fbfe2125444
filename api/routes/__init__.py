"""Routes, one module per resource; each defines `router`."""
