"""The page as a planner meets it: first useful view, a click, a slider, and what the browser has to fetch.

    python -m benchmarks --only page                               (the demo, 60 000 parcels)
    python -m benchmarks --only page --country --parcels 1000000   (a made-up country, see `national`)

Debian's Chromium without a graphics card draws through a software renderer on the processors that serve the page too, so the
times hold the price of all three. Each time is the median of several, and starts where the planner acts:

- first useful view: from the start of the navigation, with an empty cache, until the list stands in the table, and until the
  map has drawn all that it shows;
- a municipality, a place: from the choice until the table or the panel shows it, and until the map is still again;
- a slider: from the movement until the handler is through, and until the first frame in the new colours is drawn.

Sizes are those of what a page loads at once, compressed as the service does; libraries are counted apart.
"""

from __future__ import annotations

import gzip
import os
import re
import statistics
import sys
from pathlib import Path
from typing import Any

import cramjam
import psutil

from api.app import STATIC
from api.commands.demo import load_territory, score_territory
from benchmarks import serving
from benchmarks.browser import opened
from benchmarks.planners import serving as served
from geodata.settings import Settings

#: Files that are libraries, not the program's own code.
_LIBRARIES = ("maplibre-gl", "terra-draw")
_REPEAT = 5
_SCREEN = {"width": 1440, "height": 900}
_GOALS = {"first useful view": 2000, "slider": 100}
#: Notes when the list and the map of a fresh page stand there, in milliseconds after the start of the navigation.
_WATCH = """
(() => {
  const seen = (window.seen = { table: 0, map: 0 });
  const look = () => {
    if (!seen.table && document.querySelector("#candidates tbody tr")) seen.table = performance.now();
    const map = window.pageMap;
    if (seen.table && !seen.map && map && map.getLayer("candidates") && map.loaded() && map.areTilesLoaded())
      seen.map = performance.now();
    if (!seen.map) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
"""
_STILL = "new Promise((done) => { const map = window.pageMap; map.once('idle', done); map.triggerRepaint(); })"
#: Does something, and waits until something else stands there and the map is still: [handled, shown, still] in milliseconds.
_ACT = """async ([act, shown]) => {
  const map = window.pageMap;
  const start = performance.now();
  new Function(act)();
  const handled = performance.now() - start;
  const stands = new Function("return " + shown);
  while (!stands()) await new Promise(requestAnimationFrame);
  const seen = performance.now() - start;
  await new Promise((done) => { map.once("idle", done); map.triggerRepaint(); });
  return [handled, seen, performance.now() - start];
}"""
#: Moves the slider, and waits for the first frame drawn after the tiles of the candidates took the new colours.
_MOVE = """async (act) => {
  const map = window.pageMap;
  const start = performance.now();
  new Function(act)();
  const handled = performance.now() - start;
  let frames = 0;
  await new Promise((done) => {
    const look = () => {
      frames += 1;
      if (frames < 2 || !map.isSourceLoaded("candidates")) return map.triggerRepaint();
      map.off("render", look);
      done();
    };
    map.on("render", look);
    map.triggerRepaint();
  });
  return [handled, performance.now() - start];
}"""


def run(settings: Settings, parcels: int, *, country: bool) -> None:
    """Make the data, which does not count; measure in the browser; print."""
    if country:
        _, whole, towns = serving.prepared(settings, parcels)
        places, count = [run.territory[0] for run in towns[:2]], sum(whole.counts.values())
    else:
        load_territory(settings)
        score_territory(settings)
        places, count = ["99001", "99002"], 60_000
    with served(settings) as (_, address), opened() as browser:
        measure(browser, address, places, count)
    sizes()


def measure(browser: Any, address: str, places: list[str], parcels: int) -> None:
    """Print what each action takes; `places` are two municipalities that have a list."""
    print(f"{parcels:,} parcels, {os.cpu_count()} processors, load {psutil.getloadavg()[0]:.1f}; "
          f"milliseconds, median of {_REPEAT} (least - most)")  # fmt: skip
    first = [_first(browser, f"{address}#m={places[0]}&t=residential") for _ in range(_REPEAT)]
    _line("first useful view: the list stands in the table", [one["table"] for one in first], "first useful view")
    _line("first useful view: the map is drawn too", [one["map"] for one in first])
    page = browser.new_page(viewport=_SCREEN, bypass_csp=True)
    page.goto(f"{address}#m={places[0]}&t=residential")
    _until(page, "document.querySelectorAll('#candidates tbody tr').length > 8")
    page.evaluate(_STILL)
    moves = [_choice(page, places[(at + 1) % 2]) for at in range(_REPEAT)]
    _line("another municipality: its list", [one[1] for one in moves])
    _line("another municipality: the map is drawn too", [one[2] for one in moves])
    clicks = [_click(page, at) for at in range(1, _REPEAT + 1)]
    _line("a row clicked: its explanation", [one[1] for one in clicks])
    _line("a row clicked: the map is still again", [one[2] for one in clicks])
    slides = [_slide(page, at) for at in range(_REPEAT)]
    _line("slider moved: the handler", [one[0] for one in slides])
    _line("slider moved: the map in its new colours", [one[1] for one in slides], "slider")
    print(f"load at the end {psutil.getloadavg()[0]:.1f}")
    page.close()


def _first(browser: Any, address: str) -> dict[str, float]:
    context = browser.new_context(viewport=_SCREEN, bypass_csp=True)
    context.add_init_script(_WATCH)
    page = context.new_page()
    page.goto(address)
    _until(page, "window.seen && window.seen.map > 0")
    found: dict[str, float] = page.evaluate("window.seen")
    context.close()
    return found


def _choice(page: Any, place: str) -> list[float]:
    before = page.get_attribute("#candidates tbody tr", "data-key")
    act = f"location.hash = 'm={place}&t=residential'"
    shown = f"!['{before}', null, undefined].includes(document.querySelector('#candidates tbody tr')?.dataset.key)"
    found: list[float] = page.evaluate(_ACT, [act, shown])
    return found


def _click(page: Any, at: int) -> list[float]:
    row = f"document.querySelectorAll('#candidates tbody tr')[{at}]"
    shown = f"{row}.getAttribute('aria-selected') === 'true' && document.querySelector('aside h2')"
    found: list[float] = page.evaluate(_ACT, [f"{row}.click()", shown])
    return found


def _slide(page: Any, at: int) -> list[float]:
    """The movement alone: the list follows when the slider is let go, which is not part of it."""
    slider = "document.querySelector('.weights input[type=range]')"
    act = f"const one = {slider}; one.value = String({20 + 10 * at}); one.dispatchEvent(new Event('input', {{bubbles: true}}))"
    found: list[float] = page.evaluate(_MOVE, act)
    page.evaluate(_STILL)
    return found


def _until(page: Any, expression: str) -> None:
    page.wait_for_function(expression, timeout=120_000)


def _line(name: str, values: list[float], goal: str | None = None) -> None:
    middle = statistics.median(values)
    told = ""
    if goal is not None:
        told = f"   goal {_GOALS[goal]}: {'met' if middle < _GOALS[goal] else 'missed'}"
    print(f"  {name:<52}{middle:8.0f}  ({min(values):.0f} - {max(values):.0f}){told}")
    sys.stdout.flush()


def sizes() -> None:
    """Print what each page loads at once, in kilobytes of a thousand bytes."""
    print("\nwhat a page loads at once, kB: own code gzip / Brotli (goal 150), libraries gzip / Brotli")
    for page in sorted(STATIC.glob("*.html")):
        own, library = [0.0, 0.0], [0.0, 0.0]
        for file in _loaded(page):
            into = library if file.name.startswith(_LIBRARIES) else own
            data = file.read_bytes()
            into[0] += len(gzip.compress(data, 6)) / 1000
            into[1] += len(bytes(cramjam.brotli.compress(data, 5))) / 1000
        print(f"  {page.stem:<16}{own[0]:7.1f} /{own[1]:7.1f}   {library[0]:8.1f} /{library[1]:8.1f}")


def _loaded(page: Path) -> set[Path]:
    """The page, its scripts and sheets with what they import, one language, and the worker where there is a map."""
    found, asked = {page}, re.findall(r'(?:src|href)="\./([^"]+)"', page.read_text(encoding="utf-8"))
    while asked:
        name = asked.pop()
        file = STATIC / name
        if file in found or not file.is_file() or file.suffix not in (".js", ".css", ".svg"):
            continue
        found.add(file)
        if file.suffix == ".js":
            text = file.read_text(encoding="utf-8")
            asked += [f"assets/{one}" for one in re.findall(r'(?:from|import)\s*"\./([^"]+\.js)"', text)]
            asked += [f"assets/{one}" for one in re.findall(r'[`"\']\./(nl-[\w-]+\.js)', text)]
            asked += [f"assets/{one}" for one in re.findall(r"(maplibre-gl-worker-[\w-]+\.js)", text)]
    return found
