#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""page.py PAGE... - looks at report pages in headless Chromium, driven through ChromeDriver.

Each page is opened without script, 375 and 1440 pixels wide, light and dark. Prints a line for each thing
that is wrong and ends with 1; nothing, and 0, where nothing is. How long each page took to open goes to
stderr and is not judged. Plain WebDriver over HTTP: nothing but Python's own library.
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

WIDTHS = (375, 1440)
SCHEMES = ("light", "dark")
KEYS_MOST = 30  # links and scrolled parts that are reached by keyboard, from the top
TAB, ENTER = "\ue004", "\ue007"

# What is wrong with the page as it lies there, a line each.
LOOK = r"""
(() => {
  const wrong = [], all = (what) => [...document.querySelectorAll(what)];
  const name = (e) => e.outerHTML.replace(/\s+/g, ' ').slice(0, 90);
  if (document.documentElement.scrollWidth > innerWidth)
    wrong.push(`wider than the window: ${document.documentElement.scrollWidth} > ${innerWidth}`);
  for (const e of all('img'))
    if (!(e.getAttribute('alt') || '').trim()) wrong.push(`no alternative text: ${name(e)}`);
    else if (!e.complete || !e.naturalWidth) wrong.push(`not drawn: ${name(e)}`);
  for (const e of all('svg'))
    if (e.getAttribute('role') !== 'img' || !(e.getAttribute('aria-label') || '').trim())
      wrong.push(`no alternative text: ${name(e)}`);
  for (const e of all('table'))
    if (!e.querySelector('thead th')) wrong.push(`a table without heads: ${name(e)}`);
  if (!document.documentElement.lang) wrong.push('the page has no language');
  if (!document.title) wrong.push('the page has no title');
  if (all('h1').length !== 1) wrong.push(`${all('h1').length} first headings`);
  let level = 0;
  for (const e of all('h1,h2,h3,h4,h5,h6')) {
    const own = Number(e.tagName[1]);
    if (own > level + 1) wrong.push(`a heading leaves out a level: ${name(e)}`);
    level = own;
  }
  if (document.body.innerText.length < 500) wrong.push('nothing to read');
  for (const e of all('a[href^="#"]'))
    if (!document.getElementById(e.getAttribute('href').slice(1)))
      wrong.push(`leads nowhere: ${name(e)}`);

  // Contrast of text as WCAG 2.1 defines it, against the nearest background that is not transparent.
  const parts = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
  const light = (rgb) => {
    const [r, g, b] = rgb.slice(0, 3).map((v) => v / 255)
      .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paper = (e) => {
    for (; e; e = e.parentElement) {
      const rgb = parts(getComputedStyle(e).backgroundColor);
      if (rgb.length === 3 || rgb[3] > 0) return rgb;
    }
    return [255, 255, 255];
  };
  const pale = new Set();
  for (const e of all('body *')) {
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || e.closest('svg')) continue;
    const [a, b] = [light(parts(getComputedStyle(e).color)), light(paper(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) pale.add(`${e.tagName} ${e.className}: contrast ${ratio.toFixed(2)}`);
  }
  return wrong.concat([...pale]);
})()
"""

# What the keyboard should reach, from the top.
REACHED = """[...document.querySelectorAll('a[href],[tabindex="0"]')].slice(0, %d).map((e) => e.outerHTML)"""
FOCUS = """(() => { const e = document.activeElement, r = e.getBoundingClientRect();
  return {what: e.outerHTML, seen: r.bottom > 0 && r.top < innerHeight,
    ring: getComputedStyle(e).outlineStyle !== 'none'}; })()"""


class Browser:
    """One ChromeDriver and one Chromium, both ended by close()."""

    def __init__(self, folder):
        self.session = None
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL, text=True, cwd=folder)
        for line in self.driver.stdout:
            if "started successfully on port" in line:
                self.base = "http://127.0.0.1:" + line.split()[-1].rstrip(".")
                break
        else:
            raise SystemExit("page.py: chromedriver did not start")
        capabilities = {"alwaysMatch": {
            "browserName": "chrome",
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
            "goog:chromeOptions": {"args": [
                "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                "--no-first-run", "--disable-background-networking", "--disable-sync",
                "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND",
                "--user-data-dir=" + folder + "/profile"]}}}
        self.session = self.call("POST", "/session", {"capabilities": capabilities})["sessionId"]

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, method=method,
                                         headers={"Content-Type": "application/json"})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=120) as answer:
            return json.load(answer)["value"]

    def post(self, path, body):
        return self.call("POST", "/session/" + self.session + path, body)

    def devtools(self, command, **parameters):
        return self.post("/goog/cdp/execute", {"cmd": command, "params": parameters})

    def value(self, expression):
        answer = self.devtools("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise SystemExit("page.py: " + json.dumps(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def press(self, key):
        keys = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self.post("/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": keys}]})

    def log(self, kind):
        return self.post("/se/log", {"type": kind})

    def close(self):
        try:
            if self.session:
                self.call("DELETE", "/session/" + self.session)
        finally:
            self.driver.terminate()
            self.driver.wait()


def requests_beside(browser, url):
    """What the page asked for that is not the page itself; pictures in the page ask for nothing."""
    for entry in browser.log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            asked = message["params"]["request"]["url"]
            if asked.split("#")[0] != url and not asked.startswith("data:"):
                yield "asked for " + asked


def keyboard(browser):
    """The keyboard comes to each link and each scrolled part in turn, and a link works by it."""
    wanted = browser.value(REACHED % KEYS_MOST)
    for what in wanted:
        browser.press(TAB)
        at = browser.value(FOCUS)
        if at["what"] != what:
            yield "the keyboard came to %.80s, not to %.80s" % (at["what"], what)
            return
        if not at["seen"] or not at["ring"]:
            yield "the keyboard's place cannot be seen: %.80s" % what
    browser.value("document.querySelector('nav a[href^=\"#\"]').focus()")
    browser.press(ENTER)
    if not browser.value("location.hash"):
        yield "a link of the contents does nothing by keyboard"


def look(browser, url, width, scheme):
    browser.devtools("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1,
                     mobile=False)
    browser.devtools("Emulation.setEmulatedMedia",
                     features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.log("browser")
    browser.log("performance")
    begun = time.monotonic()
    browser.post("/url", {"url": url})
    print("%s: %d px, %s: open after %.2f s" % (url, width, scheme, time.monotonic() - begun), file=sys.stderr)
    if browser.value("innerWidth") != width:
        yield "the window is not %d px wide" % width
    yield from browser.value(LOOK)
    if scheme == SCHEMES[0]:
        yield from keyboard(browser)
    yield from ("console: " + entry["message"] for entry in browser.log("browser")
                if entry["level"] in ("SEVERE", "WARNING"))
    yield from requests_beside(browser, url)


def main(pages):
    wrong = 0
    folder = tempfile.mkdtemp(prefix="blackout-page-")
    browser = None
    try:
        browser = Browser(folder)
        browser.devtools("Emulation.setScriptExecutionDisabled", value=True)
        for page in pages:
            url = pathlib.Path(page).resolve(strict=True).as_uri()
            for width in WIDTHS:
                for scheme in SCHEMES:
                    for what in look(browser, url, width, scheme):
                        print("%s: %d px, %s: %s" % (page, width, scheme, what))
                        wrong += 1
    finally:
        if browser:
            browser.close()
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit("usage: page.py PAGE...")
    sys.exit(main(sys.argv[1:]))
