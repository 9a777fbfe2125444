"""Documentation that fails when it falls behind."""

from pathlib import Path

from geodata.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for name in Settings.model_fields:
        assert f"STANDPLAATS_{name.upper()}" in text, name
