"""The rule format as JSON Schema, for editors and for those who write rules of their own.

Contract: `schema_text()` is what `docs/schema/rule.schema.json` holds; a test compares the two.
Write it anew with: python -m sites.law.schema docs/schema/rule.schema.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from sites.law.kinds import RULE_FILE

SCHEMA_URI = "https://json-schema.org/draft/2020-12/schema"


def rule_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a rule file."""
    schema = RULE_FILE.json_schema()
    schema.pop("description", None)
    return {
        "$schema": SCHEMA_URI,
        "title": "Standplaats rule file",
        "description": "Dated, cited rules of law on caravan sites; one mapping with the key `rules`.",
        **{key: value for key, value in schema.items() if key != "title"},
    }


def schema_text() -> str:
    """The schema as it is published: indented, with a newline at the end."""
    return json.dumps(rule_schema(), indent=2, ensure_ascii=False) + "\n"


def write_schema(path: Path) -> None:
    """Write the schema to a file; its folder is made when missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    write_schema(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/schema/rule.schema.json"))
