"""Subsidy regimes: their rule format, and what a project can count on under them on a day."""
