"""Candidates: runs that pin everything, lists with their filters, and the explanation of a parcel."""
