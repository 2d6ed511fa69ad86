// Measures the pages that circuitsvis_pages.py and Fresnel's worker wrote, in turn, in one browser; prints JSON. Run by bench/pages/run.
import { bytes, end, hover, Late, launch, memory, open, PATIENCE, scroll, within } from './browser.mjs';

const folder = process.argv[2];
const rows = JSON.parse(process.argv[3]);

/** Finds up to `count` boxes for the pointer: small maps of heads, or tokens of the text; every side names its own. */
const POINTS = {
  fresnel: (what, count) => {
    const root = document.querySelector('fresnel-attention, fresnel-coloured-tokens, fresnel-tokens')?.shadowRoot;
    if (!root) return [];
    if (what === 'heads') {
      // Of a grid that scrolls, the part that is seen.
      const { left, top, width, bottom } = root.querySelector('.heads-scroller').getBoundingClientRect();
      const height = Math.min(bottom, innerHeight) - top;
      const across = (i) => left + width * (0.15 + 0.75 * ((i * 0.37) % 1));
      const down = (i) => top + height * (0.15 + 0.75 * ((i * 0.61) % 1));
      return Array.from({ length: count }, (_, i) => [across(i), down(i)]);
    }
    const inside = [...root.querySelectorAll('.token')].map((e) => e.getBoundingClientRect());
    return inside.filter((b) => b.width > 0 && b.top > 0 && b.bottom < innerHeight).slice(0, count).map((b) => [b.left + b.width / 2, b.top + b.height / 2]);
  },
  circuitsvis: (what, count) => {
    const boxes = what === 'heads' ? [...document.querySelectorAll('canvas')].slice(1) : [...document.querySelectorAll('button, span[role], .token, [class*=oken] span')];
    return boxes.map((e) => e.getBoundingClientRect()).filter((b) => b.width > 0 && b.top > 0 && b.bottom < innerHeight).slice(0, count).map((b) => [b.left + b.width / 2, b.top + b.height / 2]);
  },
};

/** Measures one page in a browser of its own. What comes late is named in `late`, and ends the page's measurements. */
async function measured(row, side) {
  const file = `${folder}/${side}-${row.name}.html`;
  const found = { bytes: (await bytes(file)) - (await bytes(`${folder}/${side}-empty-${row.figure}.html`)) };
  const browser = await launch();
  let doing = 'painted';
  try {
    const { page, painted } = await open(browser, file, row.size ?? {});
    found.painted = painted;
    if (side === 'fresnel') await within(page.evaluate(() => document.querySelector('[data-figure]')?.scrollIntoView({ behavior: 'instant' })));
    found.memory = await memory(browser);
    for (const what of row.hover ?? []) {
      doing = what;
      const points = await within(page.evaluate(POINTS[side], what, 40));
      found[what] = await within(hover(page, points));
    }
    doing = 'scroll';
    if (row.scroll) found.scroll = await within(scroll(page));
  } catch (problem) {
    if (problem instanceof Late) found.late = doing;
    else found.problem = String(problem).slice(0, 200);
  } finally {
    await end(browser);
  }
  return found;
}

const results = {};
for (const row of rows) {
  for (const side of ['fresnel', 'circuitsvis']) {
    if (!row.sides.includes(side)) continue;
    const found = await measured(row, side);
    results[row.name] = { ...results[row.name], [side]: found };
    console.error(`${row.name} ${side}: ${JSON.stringify(found)}`);
  }
}
// What a page was still asked for when it was given up must not keep this process.
process.stdout.write(`${JSON.stringify({ patience: PATIENCE / 1000, rows: results })}\n`, () => process.exit(0));
