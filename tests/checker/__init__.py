"""An independent checker: verdicts, scores and explanations of a run computed anew, parcel by parcel, in plain Python.

It reads the database with SQL and the published YAML files, and shares no code with `sites.suitability` or
`geodata.measure`: what both get wrong in the same way, they get wrong apart from each other.
"""
