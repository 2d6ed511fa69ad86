import { figureJson } from './blocks';
import { h } from './dom';
import { onTheme } from './theme';
import shared from '../styles/shared.css';

const sheets = new Map<string, CSSStyleSheet>();

function sheet(css: string): CSSStyleSheet {
  let found = sheets.get(css);
  if (!found) {
    found = new CSSStyleSheet();
    found.replaceSync(css);
    sheets.set(css, found);
  }
  return found;
}

/** The figures that will draw in the next frame. */
const waiting = new Set<FigureElement<any>>();

/** Milliseconds after which figures that nobody has come to are made too, one after the other: a page is printed whole. */
const RESTED = 2000;

let later = new Promise<void>((done) => setTimeout(done, RESTED));

/** Draws now what would be drawn in the next frame. */
export function drawWaiting(): void {
  for (const figure of [...waiting]) figure.drawNow();
}

/** A figure: a custom element with a shadow root, filled from the JSON whose id is in `data-figure`. */
export abstract class FigureElement<Json> extends HTMLElement {
  protected readonly root = this.attachShadow({ mode: 'open' });
  #frame = 0;
  /** For which width it was drawn, in CSS pixels; -1 before. */
  #width = -1;
  #filled = false;

  protected constructor(css: string) {
    super();
    this.root.adoptedStyleSheets = [sheet(shared), sheet(css)];
  }

  connectedCallback(): void {
    if (this.#filled) return;
    this.#filled = true;
    try {
      this.fill(figureJson<Json>(this.dataset.figure ?? ''));
    } catch (error) {
      this.fail(error);
    }
    onTheme(() => this.redraw());
    // The observer reports a width after layout, so that drawing cannot start a loop. At first it is the width that was drawn for.
    new ResizeObserver(([{ contentRect: { width } }]) => {
      if (width === this.#width) return;
      this.#width = width;
      this.redraw();
    }).observe(this);
    this.redraw();
  }

  protected abstract fill(json: Json): void;

  /** Does once what makes the figure, when it is about to be seen or the page has rested; for the page's first figure at once. */
  protected whenSeen(act: () => Promise<void>): void {
    let begun: Promise<void> | undefined;
    const begin = () => (begun ??= act());
    if (document.querySelector('[data-figure]') === this) return void begin();
    new IntersectionObserver((entries) => {
      if (entries.at(-1)!.isIntersecting) void begin();
    }, { rootMargin: '400px' }).observe(this);
    later = later.then(begin);
  }

  protected abstract draw(): void;

  /** Draws once before the next frame, however often it is called. */
  redraw(): void {
    if (this.#frame) return;
    waiting.add(this);
    this.#frame = requestAnimationFrame(() => this.drawNow());
  }

  drawNow(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    waiting.delete(this);
    if (this.#width < 0) this.#width = this.getBoundingClientRect().width;
    try {
      this.draw();
    } catch (error) {
      this.fail(error);
    }
  }

  protected fail(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.draw = () => undefined;
    this.root.replaceChildren(
      h('p', { class: 'failure', role: 'alert', text: `This figure cannot be shown: ${reason}.` }),
    );
  }
}
