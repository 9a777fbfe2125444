"""How candidates are drawn in QGIS: a style by verdict, as QML and SLD, stored in the table `layer_styles`.

Colours are told apart by the colour-blind (Okabe and Ito, https://jfly.uni-koeln.de/color/), and each verdict but one has a
pattern of its own, so that a print in grey still tells them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from sites.candidates.exports.columns import Column
from sites.suitability import Message, Translate


@dataclass(frozen=True)
class Look:
    """One class of the legend: which rows, its fill and the angle of its lines (None = none, "dots")."""

    key: str
    label: Message
    verdict: str
    so_far: str | None
    colour: tuple[int, int, int]
    pattern: int | str | None

    @property
    def where(self) -> str:
        """Expression of QGIS that picks its rows."""
        picked = f"\"verdict\" = '{self.verdict}'"
        return picked if self.so_far is None else f"{picked} AND \"so_far\" = '{self.so_far}'"

    @property
    def hex(self) -> str:
        return "#" + "".join(f"{one:02x}" for one in self.colour)


def _so_far(word: str) -> Message:
    return Message("{verdict}, {so_far} so far", {"verdict": Message("unknown"), "so_far": Message(word)})


LOOKS = (
    Look("compatible", Message("compatible"), "compatible", None, (0, 158, 115), None),
    Look("derogation", Message("needs derogation"), "needs_derogation", None, (230, 159, 0), 45),
    Look("unknown", _so_far("compatible"), "unknown", "compatible", (86, 180, 233), "dots"),
    Look("unknown_derogation", _so_far("needs derogation"), "unknown", "needs_derogation", (204, 121, 167), 0),
    Look("incompatible", Message("incompatible"), "incompatible", None, (153, 153, 153), 135),
)
_INK = "23,33,31,255"


def qml(columns: Sequence[Column], translate: Translate, *, outline_mm: float = 0.3) -> str:
    """Style of QGIS: rules by verdict, symbols, and titles of the columns."""
    rules = "".join(
        f'<rule key="{one.key}" symbol="{at}" filter={quoteattr(one.where)} label={quoteattr(translate.render(one.label))}/>'
        for at, one in enumerate(LOOKS)
    )
    symbols = "".join(_symbol(at, one, outline_mm) for at, one in enumerate(LOOKS))
    aliases = "".join(
        f'<alias index="{at}" field={quoteattr(one.name)} name={quoteattr(one.title)}/>'
        for at, one in enumerate(columns, start=1)
    )
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        '<qgis version="3.22.0" styleCategories="Symbology|Fields">'
        '<renderer-v2 type="RuleRenderer" symbollevels="0" forceraster="0" enableorderby="0">'
        f'<rules key="root">{rules}</rules><symbols>{symbols}</symbols></renderer-v2>'
        f"<aliases>{aliases}</aliases><layerGeometryType>2</layerGeometryType></qgis>"
    )


def _symbol(at: int, look: Look, outline_mm: float) -> str:
    red, green, blue = look.colour
    fill = _layer(
        "SimpleFill",
        {
            "color": f"{red},{green},{blue},{150 if look.pattern is None else 70}", "style": "solid",
            "outline_color": f"{red},{green},{blue},255", "outline_style": "solid", "outline_width": f"{outline_mm}",
            "outline_width_unit": "MM", "joinstyle": "bevel",
        },
    )  # fmt: skip
    return f'<symbol type="fill" name="{at}" alpha="1" clip_to_extent="1" force_rhr="0">{fill}{_pattern(at, look)}</symbol>'


def _pattern(at: int, look: Look) -> str:
    red, green, blue = look.colour
    colour = f"{red},{green},{blue},255"
    if look.pattern is None:
        return ""
    if look.pattern == "dots":
        dot = _layer(
            "SimpleMarker", {"name": "circle", "color": colour, "outline_style": "no", "size": "0.8", "size_unit": "MM"}
        )
        inner = f'<symbol type="marker" name="@{at}@1" alpha="1" clip_to_extent="1" force_rhr="0">{dot}</symbol>'
        return _layer(
            "PointPatternFill",
            {"distance_x": "2", "distance_y": "2", "distance_x_unit": "MM", "distance_y_unit": "MM"},
            inner,
        )
    line = _layer(
        "SimpleLine", {"line_color": colour, "line_style": "solid", "line_width": "0.4", "line_width_unit": "MM"}
    )
    inner = f'<symbol type="line" name="@{at}@1" alpha="1" clip_to_extent="1" force_rhr="0">{line}</symbol>'
    return _layer(
        "LinePatternFill",
        {"angle": f"{look.pattern}", "distance": "1.8", "distance_unit": "MM", "line_width": "0.4"},
        inner,
    )


def _layer(kind: str, options: dict[str, str], inner: str = "") -> str:
    told = "".join(
        f'<Option type="QString" name="{name}" value={quoteattr(value)}/>' for name, value in options.items()
    )
    return f'<layer class="{kind}" enabled="1" locked="0" pass="0"><Option type="Map">{told}</Option>{inner}</layer>'


def sld(layer: str, translate: Translate) -> str:
    """The same as SLD 1.1, for programs that do not read QML."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><StyledLayerDescriptor xmlns="http://www.opengis.net/sld" '
        'xmlns:se="http://www.opengis.net/se" xmlns:ogc="http://www.opengis.net/ogc" version="1.1.0"><NamedLayer>'
        f"<se:Name>{escape(layer)}</se:Name><UserStyle><se:Name>{escape(layer)}</se:Name><se:FeatureTypeStyle>"
        + "".join(_sld_rule(one, translate) for one in LOOKS)
        + "</se:FeatureTypeStyle></UserStyle></NamedLayer></StyledLayerDescriptor>"
    )


def _sld_rule(look: Look, translate: Translate) -> str:
    label = escape(translate.render(look.label))
    equal = "".join(
        f"<ogc:PropertyIsEqualTo><ogc:PropertyName>{name}</ogc:PropertyName><ogc:Literal>{value}</ogc:Literal>"
        "</ogc:PropertyIsEqualTo>"
        for name, value in (("verdict", look.verdict), ("so_far", look.so_far))
        if value is not None
    )
    where = f"<ogc:And>{equal}</ogc:And>" if look.so_far else equal
    mark = {None: None, "dots": "circle", 0: "horline", 45: "slash", 135: "backslash"}[look.pattern]
    opacity = "0.6" if mark is None else "0.3"
    stroke = (
        f'<se:Stroke><se:SvgParameter name="stroke">{look.hex}</se:SvgParameter>'
        '<se:SvgParameter name="stroke-width">1</se:SvgParameter></se:Stroke>'
    )
    plain = (
        f'<se:PolygonSymbolizer><se:Fill><se:SvgParameter name="fill">{look.hex}</se:SvgParameter>'
        f'<se:SvgParameter name="fill-opacity">{opacity}</se:SvgParameter></se:Fill>{stroke}</se:PolygonSymbolizer>'
    )
    hatch = (
        ""
        if mark is None
        else f"<se:PolygonSymbolizer><se:Fill><se:GraphicFill><se:Graphic><se:Mark><se:WellKnownName>{mark}"
        f'</se:WellKnownName><se:Stroke><se:SvgParameter name="stroke">{look.hex}</se:SvgParameter></se:Stroke></se:Mark>'
        "<se:Size>7</se:Size></se:Graphic></se:GraphicFill></se:Fill></se:PolygonSymbolizer>"
    )
    return (
        f"<se:Rule><se:Name>{label}</se:Name><se:Description><se:Title>{label}</se:Title></se:Description>"
        f"<ogc:Filter>{where}</ogc:Filter>{plain}{hatch}</se:Rule>"
    )
