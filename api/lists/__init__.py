"""Lists of the API: filters with sentences, pages by key, fields, forms. One module per resource beside the common parts.

Contract: a list answers `count` (with `count_kind`: exact or estimated), `items`, `next`, `filters` (sentences) and `sources`
in every form it offers; what may not be passed on is in none of them.
"""
