"""A browser shows a page without complaint, and what its sliders, keys and address ask for."""

import shutil
import subprocess

import numpy as np
import pytest

from lava_bccn import mapping
from lava_bccn.view import activity_page

BROWSER = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))), None)

pytestmark = [
    pytest.mark.skipif(BROWSER is None, reason="no chromium: apt-get install chromium"),
    pytest.mark.slow,  # each starts a browser
]

QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--enable-logging=stderr"),
    *("--virtual-time-budget=8000", "--dump-dom"),
)

TELL = """
const seen = [];
const report = (what) => seen.push(`${what}: ${state.sample} ${state.step} ${+isTaught()} `
  + panels.map((each) => each.canvas.toDataURL().length + each.canvas.getAttribute("aria-label")));
const press = (key) =>
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
const move = (id, value) => { find(id).value = value; find(id).dispatchEvent(new Event("input")); };
%s
document.title = seen.join("|");
"""


@pytest.fixture
def page(tmp_path, generator):
    network = mapping.new_network((9, 8, 6, 3), generator.random((20, 9)))
    text = activity_page(network, generator.random((4, 9)), np.array([0, 1, 2, 1]), title="one")
    path = tmp_path / "page.html"
    path.write_text(text, encoding="utf-8")
    return path


def shown(page, address="", script=""):
    """The page as the browser has made it, after a script; it must not complain."""
    if script:
        text = page.read_text("utf-8")
        page = page.with_name("scripted.html")
        page.write_text(f"{text}<script>{script}</script>", encoding="utf-8")
    profile = page.parent / "profile"
    command = [BROWSER, *QUIET, f"--user-data-dir={profile}", f"{page.as_uri()}{address}"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "CONSOLE" not in result.stderr, result.stderr
    return result.stdout


def test_the_address_says_what_is_shown(page):
    first = shown(page, "#sample=3&step=2&teacher=0&theme=dark")
    assert "2 of 7" in first and "4 of 4" in first and 'data-theme="dark"' in first
    silent = "output, burst probabilities: +0 to +0 around 0.5"
    assert silent in first and silent not in shown(page, "#sample=3&teacher=1")


def test_sliders_and_keys_change_what_is_drawn(page):
    actions = """
    report("start");
    move("step", 1); report("step 1");
    move("sample", 3); report("sample 3");
    press("ArrowRight"); report("right");
    press("ArrowLeft"); report("left");
    press("ArrowUp"); report("up");
    press("t"); report("t");
    """
    dom = shown(page, "#sample=0&step=7", TELL % actions)
    told = dom.partition("<title>")[2].partition("</title>")[0].split("|")
    states = [each.split(": ", 1)[1].split()[:3] for each in told]
    assert states == [list(each) for each in ("071", "011", "311", "321", "311", "211", "210")]
    drawn = [each.split(": ", 1)[1][6:] for each in told]
    assert drawn[2] == drawn[4] and len(set(drawn)) == 6


def test_it_plays_to_the_end(page):
    watched = """
    window.requestAnimationFrame = (tick) => setTimeout(() => tick(performance.now()), 50);
    move("step", 0); find("play").click(); report("begun");
    setTimeout(() => { report("ended"); document.title = seen.join("|"); }, 7000);
    """
    dom = shown(page, "", TELL % watched)
    begun, ended = dom.partition("<title>")[2].partition("</title>")[0].split("|")
    assert begun.split()[2] == "0" and ended.split()[2] == "7"
