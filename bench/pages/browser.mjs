// What a page does in the browser, measured the same way whoever made the page. Used by measure.mjs.
import { createRequire } from 'node:module';
import { readFile, readdir, stat } from 'node:fs/promises';

const frontEnd = new URL('../../fresnel-viz/src/main/frontend/package.json', import.meta.url);
const { default: puppeteer } = createRequire(frontEnd)('puppeteer-core');

/** Milliseconds without a draw call or a changed element, after which a page counts as painted. */
const QUIET = 1500;
/** Milliseconds after which whatever a page is asked for is given up: that it comes to rest, each kind of pointing, scrolling. */
export const PATIENCE = 1000 * Number(process.env.PATIENCE ?? 60);
/** Milliseconds after which no further point is tried. */
const POINTING = Math.min(25_000, PATIENCE / 2);

export function launch() {
  return puppeteer.launch({
    executablePath: process.env.FRESNEL_CHROMIUM ?? '/usr/bin/chromium',
    // A 2,048-token page of CircuitsVis is one string of some 500 MB: give every page the same large heap.
    args: ['--no-sandbox', '--js-flags=--max-old-space-size=6000'],
    // Later than `within`, which ends each wait.
    protocolTimeout: 5 * PATIENCE,
  });
}

/** A page did not do something in time. */
export class Late extends Error {}

/** What the promise gives, or after so many milliseconds an error. What the page still does then ends with its browser. */
export async function within(promise, milliseconds = PATIENCE) {
  let timer;
  const late = new Promise((_, fail) => (timer = setTimeout(() => fail(new Late(`no answer in ${milliseconds / 1000} s`)), milliseconds)));
  promise.catch(() => undefined);
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Ends the browser and its processes, by force where a page that never rests keeps it from closing. */
export async function end(browser) {
  const started = browser.process();
  await within(browser.close(), 5_000).catch(() => undefined);
  // The browser leads a group of its own, to which the processes of its pages belong.
  try {
    process.kill(-started.pid, 'SIGKILL');
  } catch (problem) {
    if (problem.code !== 'ESRCH') throw problem;
  }
}

/** Runs in the page before its own scripts: notes when something was last drawn or changed, and for which event. */
function watch() {
  const seen = { last: performance.now(), count: 0, event: 0 };
  window.measured = seen;
  const note = () => {
    seen.last = performance.now();
    seen.count++;
  };
  const calls = ['putImageData', 'drawImage', 'fillRect', 'strokeRect', 'clearRect', 'fill', 'stroke', 'fillText'];
  for (const name of calls) {
    const original = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...rest) {
      const result = original.apply(this, rest);
      note();
      return result;
    };
  }
  const observed = { subtree: true, childList: true, attributes: true, characterData: true };
  const observer = new MutationObserver(note);
  observer.observe(document, observed);
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (how) {
    const root = attach.call(this, how);
    observer.observe(root, observed);
    return root;
  };
  addEventListener('pointermove', (event) => (seen.event = event.timeStamp), { capture: true });
}

/** Opens the file; milliseconds from the start of its loading to the last thing that it draws before it rests. Late where it does not rest. */
export async function open(browser, file, size) {
  const page = await browser.newPage();
  await page.setViewport({ width: 1300, height: 1000, deviceScaleFactor: 1, ...size });
  await page.evaluateOnNewDocument(watch);
  const rested = async () => {
    await page.goto(`file://${file}`, { waitUntil: 'load', timeout: 0 });
    for (;;) {
      const idle = await page.evaluate(() => performance.now() - window.measured.last);
      if (idle > QUIET) return page.evaluate(() => window.measured.last);
      await new Promise((done) => setTimeout(done, 100));
    }
  };
  return { page, painted: await within(rested()) };
}

/**
 * Moves the pointer to each point; milliseconds from each pointer event to the last draw call or changed element that it causes on
 * the main thread (`work`), and to the end of the frame that shows it (`frame`). Points that change nothing do not count.
 */
export async function hover(page, points) {
  const work = [];
  const frame = [];
  const start = performance.now();
  for (const [x, y] of points) {
    if (performance.now() - start > POINTING) break;
    await page.evaluate(() => (window.measured.count = 0));
    await page.mouse.move(x, y);
    const times = await page.evaluate(async () => {
      const afterFrame = () =>
        new Promise((done) => {
          const channel = new MessageChannel();
          channel.port1.onmessage = () => done(performance.now());
          requestAnimationFrame(() => channel.port2.postMessage(0));
        });
      let end = await afterFrame();
      for (let idle = 0; idle < 3; ) {
        const before = window.measured.count;
        const now = await afterFrame();
        if (window.measured.count === before) idle++;
        else (idle = 0), (end = now);
      }
      const { last, event, count } = window.measured;
      return count === 0 ? null : [last - event, end - event];
    });
    if (times !== null) {
      work.push(times[0]);
      frame.push(times[1]);
    }
  }
  return { work: p95(work), frame: p95(frame), counted: work.length };
}

/** Scrolls down and up for two seconds, a step each frame; the milliseconds of the frames. */
export async function scroll(page) {
  const frames = await page.evaluate(async () => {
    const longest = (root) => {
      let found = null;
      for (const box of root.querySelectorAll('*')) {
        const inner = box.shadowRoot ? longest(box.shadowRoot) : null;
        for (const each of [box, inner]) {
          if (!each || each.scrollHeight <= each.clientHeight + 20) continue;
          if (!/auto|scroll/.test(getComputedStyle(each).overflowY)) continue;
          if (!found || each.scrollHeight > found.scrollHeight) found = each;
        }
      }
      return found;
    };
    const page = document.scrollingElement;
    const target = page.scrollHeight > innerHeight + 20 ? page : longest(document);
    const times = [];
    let before = performance.now();
    for (let step = 0; step < 120; step++) {
      target.scrollTop += step < 60 ? 40 : -40;
      await new Promise((done) => requestAnimationFrame(done));
      const now = performance.now();
      times.push(now - before);
      before = now;
    }
    return times;
  });
  return { median: quantile(frames, 0.5), p95: p95(frames) };
}

/** The memory of the browser's page processes in MB; what processes share counts once. */
export async function memory(browser) {
  const parents = new Map();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const text = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const parent = /\) \S (\d+)/.exec(text)?.[1];
    if (parent) parents.set(Number(name), Number(parent));
  }
  const root = browser.process().pid;
  let kilobytes = 0;
  for (const pid of parents.keys()) {
    let above = pid;
    while (above && above !== root) above = parents.get(above);
    if (above !== root) continue;
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (!command.includes('--type=renderer')) continue;
    const memory = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
    kilobytes += Number(/^Pss:\s+(\d+)/m.exec(memory)?.[1] ?? 0);
  }
  return kilobytes / 1000;
}

export const bytes = async (file) => (await stat(file)).size;

export function quantile(values, part) {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}

const p95 = (values) => quantile(values, 0.95);
