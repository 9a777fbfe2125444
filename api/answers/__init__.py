"""What the service answers, as models: every field with its meaning, its unit and an example.

Contract: the models describe; they do not filter. A document may hold more keys than its model ("more keys may be added",
design.md), and a document is never held back because a model is too narrow: that the two agree is what
`tests/api/test_answers.py` and `tests/api/test_fuzz.py` hold.
"""
