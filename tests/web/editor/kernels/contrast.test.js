// The styles: in each theme every colour of words can be read on every ground that words lie on (WCAG 2.2, 1.4.3: 4.5 to 1).
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";

const STYLES = join(import.meta.dirname, "../../../../web/editor/styles");
const LEAST = 4.5;
const WORDS = ["text", "text-soft", "text-muted", "dimmed", "accent", "success", "warning", "danger"];
const GROUNDS = ["ground", "panel", "card", "card-title", "field", "danger-ground"];
// Bars, lines and knobs, on which nothing is written.
const BARE = /^var\(--(accent|outline|slot|ground-dot|danger|success|warning)\)$/;

const styles = readdirSync(STYLES).map((name) => readFileSync(join(STYLES, name), "utf8")).join("\n").replaceAll(/\/\*.*?\*\//gs, "");
const rules = [...styles.matchAll(/([^{}]+)\{([^{}]*)\}/g)].map(([, selector, body]) => ({
  selector: selector.trim(),
  own: Object.fromEntries([...body.matchAll(/([\w-]+):\s*([^;]+);/g)].map(([, name, value]) => [name, value.trim()])),
}));

/** The tokens of each theme; what a theme does not say, the dark one does. */
const tokensOf = (selector) => Object.assign({}, ...rules.filter((rule) => rule.selector === selector).map(({ own }) => own));
const dark = tokensOf(":root");
const themes = { dark, ...Object.fromEntries(["light", "contrast"].map((name) => [name, { ...dark, ...tokensOf(`:root[data-theme="${name}"]`) }])) };

/** Red, green and blue of a colour that is written in hex, as a token or mixed of them; null for anything else. */
function colour(written, tokens, under) {
  const token = /^var\(--([\w-]+)\)$/.exec(written);
  if (token) return `--${token[1]}` in tokens ? colour(tokens[`--${token[1]}`], tokens, under) : null;
  if (/^#[0-9a-f]{6}$/.test(written)) return [1, 3, 5].map((at) => parseInt(written.slice(at, at + 2), 16));
  const mixed = /^color-mix\(in srgb, (\S+) (\d+)%, (\S+)\)$/.exec(written);
  const [first, second] = mixed ? [colour(mixed[1], tokens, under), mixed[3] === "transparent" ? under : colour(mixed[3], tokens, under)] : [];
  return first && second ? first.map((value, index) => (value * mixed[2] + second[index] * (100 - mixed[2])) / 100) : null;
}

/** WCAG's contrast ratio of two colours, 1 to 21. */
function contrast(one, other) {
  const [low, high] = [one, other].map((channels) => {
    const [r, g, b] = channels.map((value) => value / 255).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }).sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

for (const [theme, tokens] of Object.entries(themes)) {
  const panel = colour("var(--panel)", tokens, null);
  const judge = (words, ground, where) => {
    const ratio = contrast(words, ground);
    return ratio < LEAST ? [`${where}: ${ratio.toFixed(2)}`] : [];
  };

  test(`${theme}: every colour of words is read on the page, panels, cards, fields and what is wrong`, () => {
    const ofCards = rules.flatMap(({ own }) => [own["--card"], own["--card-title"]]).filter((value) => value?.startsWith("color-mix(in srgb, var("));
    const grounds = [...GROUNDS.map((name) => `var(--${name})`), ...ofCards];
    const faint = grounds.flatMap((ground) => WORDS.flatMap((name) => judge(colour(`var(--${name})`, tokens, panel), colour(ground, tokens, panel), `${name} on ${ground}`)));
    assert.deepEqual(faint, []);
  });

  test(`${theme}: what is pressed, chosen or under the pointer can be read`, () => {
    const seen = rules.flatMap(({ selector, own }) => {
      const written = own.background ?? own["background-color"] ?? "";
      const ground = colour(written, tokens, panel);
      if (!ground || (!own.color && BARE.test(written))) return [];
      const words = colour(own.color ?? "var(--text)", tokens, ground);
      return words ? [{ selector, words, ground }] : [];
    });
    assert.ok(seen.length > 50, "the styles are understood");
    assert.deepEqual(seen.flatMap(({ selector, words, ground }) => judge(words, ground, selector)), []);
  });
}
