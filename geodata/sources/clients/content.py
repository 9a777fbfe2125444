"""What an answer really is: data, a web page, or an error in the service's own words.

XML is read without entities, document types or anything outside the answer itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any, NoReturn
from xml.parsers import expat

from geodata.sources.clients.common import ProtocolError, TruncatedError, WrongContentError

_HEAD = 4096
#: Root elements that carry a service's error, of OWS in all its ages and of WMS.
_EXCEPTIONS = ("ExceptionReport", "ServiceExceptionReport", "WFS_Exception")


def head_of(path: Path) -> bytes:
    """The first bytes, without byte-order mark and blanks before the first sign."""
    with path.open("rb") as stream:
        return stream.read(_HEAD).lstrip(b"\xef\xbb\xbf \t\r\n")


def refuse_page(path: Path, wanted: str) -> bytes:
    """The first bytes of an answer that is no web page and not empty.

    Parameters
    ----------
    wanted : what was asked for, for the message.

    Raises
    ------
    WrongContentError
        When it is a page; its title is told.
    TruncatedError
        When there is nothing at all.
    """
    head = head_of(path)
    if not head:
        raise TruncatedError(f"the answer is empty where {wanted} was asked.")
    if re.match(rb"<(!doctype\s+html|html|head|body)\b", re.sub(rb"^<\?xml.*?\?>\s*", b"", head), re.IGNORECASE):
        title = re.search(rb"<title[^>]*>(.*?)</title>", head, re.IGNORECASE | re.DOTALL)
        said = " ".join(unescape(title.group(1).decode("utf-8", "replace")).split())[:100] if title else ""
        raise WrongContentError(
            f"the server sent a web page instead of {wanted}" + (f' ("{said}").' if said else "."),
            "The service may be closed for maintenance or have moved; the version loaded before stays.",
        )
    return head


def read_json(path: Path, wanted: str = "JSON") -> Any:
    """The content of a JSON answer.

    Raises
    ------
    WrongContentError
        When it is something else, such as a web page or XML.
    ProtocolError
        When it is an error report of the service in XML.
    TruncatedError
        When it breaks off.
    """
    head = refuse_page(path, wanted)
    if head.startswith(b"<"):
        raise_exception_report(path, wanted)
    if not head.startswith((b"{", b"[")):
        raise WrongContentError(f"the answer is no {wanted}; it begins with {head[:40]!r}.")
    try:
        return json.loads(path.read_bytes().decode("utf-8-sig"), parse_constant=_no_number)
    except UnicodeDecodeError as error:
        # A character cut in two at the very end is a cut answer, elsewhere it is another encoding.
        if error.end >= len(error.object):
            raise TruncatedError(f"the {wanted} breaks off.") from None
        raise WrongContentError(f"the {wanted} is not in UTF-8.") from None
    except json.JSONDecodeError as error:
        if _is_cut(error):
            raise TruncatedError(f"the {wanted} breaks off after {len(error.doc)} signs.") from None
        raise WrongContentError(f"the answer is no {wanted} ({error.msg} at sign {error.pos}).") from None


def _no_number(word: str) -> NoReturn:
    raise WrongContentError(f"the JSON holds {word}, which is no number.")


def _is_cut(error: json.JSONDecodeError) -> bool:
    """Where JSON is cut, the fault lies at the very end, or in a text that has no end."""
    rest = error.doc[error.pos :].strip()
    return not rest or error.msg.startswith("Unterminated string") or not error.doc.rstrip().endswith(("}", "]"))


def raise_exception_report(path: Path, wanted: str) -> NoReturn:
    """Tell what an XML answer says where something else was asked.

    Raises
    ------
    ProtocolError
        With the service's own words.
    WrongContentError
        When it is another XML.
    """
    root, text = _root_and_text(path)
    if root in _EXCEPTIONS:
        raise ProtocolError(f"the service refused: {text or 'no reason given'}.")
    raise WrongContentError(f"the answer is XML ({root or 'no element'}) where {wanted} was asked.")


def refuse_exception_report(root: str, path: Path) -> None:
    """Raise the service's own words when the root element is that of an error report.

    Raises
    ------
    ProtocolError
    """
    if root in _EXCEPTIONS:
        raise ProtocolError(f"the service refused: {_root_and_text(path)[1] or 'no reason given'}.")


def _root_and_text(path: Path) -> tuple[str, str]:
    names: list[str] = []
    words: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if not names:
            names.append(local_name(name))

    def text(data: str) -> None:
        if sum(map(len, words)) < 400:
            words.append(data)

    parser = safe_parser()
    parser.StartElementHandler = start
    parser.CharacterDataHandler = text
    parse_xml(parser, path)
    return (names[0] if names else ""), " ".join("".join(words).split())[:300]


def safe_parser() -> expat.XMLParserType:
    """An XML parser that refuses a document type, and with it every entity and outside reference."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.EntityDeclHandler = _no_entity
    parser.ExternalEntityRefHandler = _no_reference
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    return parser


def _no_doctype(name: str, system: str | None, public: str | None, internal: bool) -> NoReturn:
    raise WrongContentError("the XML declares a document type, which may point elsewhere; it was not read.")


def _no_entity(*parts: object) -> NoReturn:
    raise WrongContentError("the XML declares an entity; it was not read.")


def _no_reference(*parts: object) -> NoReturn:
    raise WrongContentError("the XML refers to another file; it was not read.")


def parse_xml(parser: expat.XMLParserType, path: Path) -> None:
    """Read a file through a parser, to its end.

    Raises
    ------
    TruncatedError
        When a closing tag is missing.
    WrongContentError
        When it is no well-formed XML.
    """
    try:
        with path.open("rb") as stream:
            parser.ParseFile(stream)
    except expat.ExpatError as error:
        said = expat.ErrorString(error.code)
        if error.code in _CUT:
            raise TruncatedError(f"the XML breaks off in line {error.lineno} ({said}).") from None
        raise WrongContentError(f"the XML is damaged in line {error.lineno} ({said}).") from None


_CUT = frozenset(
    expat.errors.codes[word]
    for word in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)


def local_name(name: str) -> str:
    """An element or attribute name without its prefix."""
    return name.rpartition(":")[2]


#: Reads a body: its file and headers in, what it holds out.
Reader = Callable[[Path, dict[str, str]], Any]
