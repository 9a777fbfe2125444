"""Texts before translation: a template in English with its values, rendered by whoever knows the language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sites.law.model import Language


@dataclass(frozen=True)
class Message:
    """A sentence: English template (the key of the catalogues) and values; a value may be a message itself."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)


class Translate(Protocol):
    """What the explanation needs of a language; `api.i18n.Translator` is one."""

    @property
    def language(self) -> Language:
        """nl, fr, de or en."""

    def render(self, message: Message) -> str:
        """A message in this language, numbers and units formatted."""
