"""Measured, never asserted: `make bench` prints ratios against plain tools, all in one run on one machine."""
