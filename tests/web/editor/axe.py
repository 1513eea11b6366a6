"""What axe-core says of a part of the page, in each theme."""

from playwright.sync_api import Page, expect

from tests.web.editor.conftest import ROOT

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# The layer over the cards lets everything through, but keeps axe from knowing what is behind a text.
SEEN_THROUGH = ".stage-overlay, .stage-canvas { display: none }"
# What a theme changes is only colours.
LOOK = """async ([scope, themes]) => {
  const found = [];
  for (const [index, theme] of themes.entries()) {
    document.documentElement.dataset.theme = theme;
    const rules = index ? { runOnly: ["color-contrast"] } : {};
    const { violations } = await axe.run(scope, { ...rules, resultTypes: ["violations"] });
    for (const { id, impact, nodes } of violations) {
      if (impact === "serious" || impact === "critical") found.push(`${theme}: ${id}: ${nodes[0].html}`);
    }
  }
  return found;
}"""
THEMES = ["dark", "light", "contrast"]


def load(page: Page) -> None:
    """Put axe on the page, and take away what keeps it from knowing colours."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    page.add_style_tag(content=SEEN_THROUGH)


def look(page: Page, scope: str) -> None:
    """Let axe look at a part of the page, once it is there."""
    expect(page.locator(scope)).to_be_visible()
    assert page.evaluate(LOOK, [scope, THEMES]) == [], scope
