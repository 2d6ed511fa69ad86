// Acts in Firefox as a reader of the pages would: `node firefox.mjs PAGE.html...`, with the network's every address refused.
// Each figure must be drawn, answer the pointer and the keyboard, and let a click on a head be undone. Run by scripts/test-firefox.
import { resolve } from 'node:path';
import puppeteer from 'puppeteer-core';

const PATIENCE = 60_000; // milliseconds for a page of many heads on a slow machine
const failures = [];

const browser = await puppeteer.launch({
  browser: 'firefox',
  executablePath: process.env.FRESNEL_FIREFOX ?? '/usr/bin/firefox-esr',
  timeout: 2 * PATIENCE,
  // A proxy where nothing listens: whatever a page asked of the network would fail.
  extraPrefsFirefox: { 'network.proxy.type': 1, 'network.proxy.http': '127.0.0.1', 'network.proxy.http_port': 9, 'network.proxy.ssl': '127.0.0.1', 'network.proxy.ssl_port': 9 },
});

/** The figure's words that the pointer or the keyboard changes. */
const said = (figure) =>
  figure.evaluate((element) => {
    const shown = element.shadowRoot.querySelectorAll('.tooltip:not([hidden]), .readout, .status');
    return [...shown].map((box) => box.textContent).join(' | ');
  });

/** Acts, a second time and more where Firefox lost the event, until the figure says something else; false after twenty seconds. */
async function answers(figure, page, act) {
  const before = await said(figure);
  for (const start = Date.now(); Date.now() - start < PATIENCE / 3; ) {
    await act();
    await rested(page);
    if ((await said(figure)) !== before) return true;
  }
  return false;
}

/** Where the figure can be pointed at: in a small map, a token or a cell; lower where labels may stand above the cells. */
const point = (figure, lower) =>
  figure.evaluate((element, below) => {
    for (const box of element.shadowRoot.querySelectorAll('canvas, .token, td[tabindex], svg[tabindex]')) {
      const { left, top, width, height } = box.getBoundingClientRect();
      const [x, y] = [left + width / 2, top + (below ? 0.75 * height : Math.min(height / 2, 60))];
      if (width > 0 && height > 0 && y > 0 && y < innerHeight) return [x, y];
    }
    return null;
  }, lower);

/** Bars are a table in which every number stands, with nothing to point at: a reader can choose their order. */
async function bars(figure, page, expect) {
  const table = () => figure.evaluate((element) => element.shadowRoot.querySelector('tbody')?.textContent);
  const before = await table();
  await figure.evaluate((element) => {
    const orders = [...element.shadowRoot.querySelectorAll('select')].find(({ options }) => options[0].value === 'size');
    orders.focus();
  });
  await page.keyboard.press('ArrowDown');
  await rested(page);
  expect(before && (await table()) !== before, 'the arrow keys do not choose another order');
}

const rested = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50)))));

async function check(name, figure, page) {
  const expect = (holds, what) => holds || failures.push(`${name}: ${what}`);
  await figure.evaluate((element) => element.scrollIntoView({ block: 'start' }));
  if (name.endsWith('fresnel-attention')) {
    await page.waitForFunction((element) => element.dataset.ready === '', { timeout: PATIENCE }, figure);
  }
  await rested(page);
  const problem = await figure.evaluate((element) => element.shadowRoot.querySelector('[role=alert]')?.textContent ?? '');
  expect(!problem, problem);

  if (name.endsWith('fresnel-bars')) {
    await bars(figure, page, expect);
    return name;
  }

  let at = [9, 9];
  let tries = 0;
  const pointed = async () => {
    const [x, y] = (at = (await point(figure, tries++ % 2 === 1)) ?? at);
    await page.mouse.move(x - 3, y);
    await page.mouse.move(x, y);
  };
  expect(await answers(figure, page, pointed), 'the pointer changes nothing');
  const away = await figure.evaluate((element, [x, y]) => {
    const box = element.shadowRoot.querySelector('.tooltip:not([hidden])')?.getBoundingClientRect();
    return box ? Math.max(box.left - x, x - box.right, box.top - y, y - box.bottom) : 0;
  }, at);
  expect(away < 20, `the tooltip is ${away} pixels away from the pointer`);
  await page.mouse.move(2, 2);

  const reached = await figure.evaluate((element) => {
    const stop = element.shadowRoot.querySelector('canvas[tabindex="0"], .token[tabindex="0"], td[tabindex="0"], svg[tabindex="0"]');
    stop?.focus();
    return stop !== null;
  });
  expect(reached, 'the keyboard reaches nothing');
  const pressed = async () => {
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
  };
  expect(await answers(figure, page, pressed), 'the arrow keys change nothing');
  await page.keyboard.press('Escape');
  return name;
}

for (const file of process.argv.slice(2)) {
  const page = await browser.newPage();
  await page.setViewport({ width: 1300, height: 1000 });
  page.on('console', (message) => ['error', 'warn'].includes(message.type()) && failures.push(`${file}: console: ${message.text()}`));
  page.on('pageerror', (error) => failures.push(`${file}: ${error.message}`));
  await page.goto(`file://${resolve(file)}`, { waitUntil: 'load', timeout: PATIENCE });
  const figures = [];
  for (const element of await page.$$('[data-figure]')) {
    if (await element.evaluate((each) => each.shadowRoot !== null)) figures.push(element);
  }
  if (figures.length === 0) failures.push(`${file}: no figure was made`);
  for (const figure of figures) {
    const tag = await figure.evaluate((element) => element.localName);
    console.log(await check(`${file} ${tag}`, figure, page));
  }
  await page.close();
}
await browser.close();
for (const failure of failures) console.error(`FAILED ${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;
