"""Documents for print: one A4 sheet per candidate, a note of two pages per municipality.

Contract: one HTML file each, with styles and drawings inside, no script and no request to anywhere; texts in NL, FR, DE, EN.
What is told is what the answers of the service tell (`api.views`), so that what may not be passed on is not in them.
"""

from __future__ import annotations

from api.documents.note import note_html
from api.documents.sheet import sheets_html

#: Styles stand in the document; nothing is loaded, nothing runs.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"

__all__ = ["POLICY", "note_html", "sheets_html"]
