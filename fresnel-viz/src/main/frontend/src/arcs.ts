import type { AttentionView } from './attention-view';
import { hue } from './hues';
import type { TokenLine } from './token-line';

/** An arc between the focused token and another one. */
export interface Arc {
  readonly side: 'sources' | 'destinations';
  readonly other: number;
  readonly weight: number;
  /** Which of the shown heads has the weight. */
  readonly index: number;
}

/** The greatest weights of the focused token, at most `mostArcs` of each shown side and none below `leastArc`. */
export function arcs(view: AttentionView): Arc[] {
  const { token, data, arcs: sides, mostArcs, leastArc } = view;
  if (token === null || sides === 'none' || !view.ready) return [];
  return (['sources', 'destinations'] as const).flatMap((side) => {
    if (sides !== 'both' && sides !== side) return [];
    const found: Arc[] = [];
    for (let other = 0; other < data.size; other++) {
      const [query, key] = side === 'sources' ? [token, other] : [other, token];
      if (data.masked(query, key)) continue;
      const { weight, index } = view.shownAt(query, key);
      if (weight && Math.abs(weight) >= leastArc) found.push({ side, other, weight, index });
    }
    return found.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, mostArcs);
  });
}

/** An empty drawing with one path, to be copied: a parser needs no name of SVG's namespace. */
const MODEL = (() => {
  const template = document.createElement('template');
  template.innerHTML = '<svg><path/></svg>';
  return template.content.firstElementChild as SVGElement;
})();

/** Arcs over a text: solid to the tokens that the focused one attends to, dashed to those that attend to it. */
export class ArcLayer {
  readonly #svg = MODEL.cloneNode() as SVGElement;
  #shown = '';

  constructor(
    private readonly view: AttentionView,
    private readonly line: TokenLine,
  ) {
    this.#svg.setAttribute('aria-hidden', 'true');
    line.element.append(this.#svg);
  }

  draw(): void {
    const { view, line } = this;
    const { element } = line;
    if (view.arcs === 'none' && !this.#shown) return;
    element.classList.toggle('arced', view.arcs !== 'none');
    const list = arcs(view);
    const key = [element.clientWidth, view.token, view.arcs, ...list.map(({ side, other, weight, index }) => [side, other, weight, view.overlaid && hue(index)])].join();
    if (key === this.#shown) return;
    this.#shown = key;
    this.#svg.replaceChildren();
    if (view.arcs === 'none') this.#shown = '';
    if (!list.length) return;
    // A long text scrolls, and its arcs with it.
    this.#svg.style.width = `${element.clientWidth}px`;
    this.#svg.style.height = '0px';
    this.#svg.style.height = `${element.scrollHeight}px`;
    for (const arc of list) this.#svg.append(this.#path(arc));
  }

  #path({ side, other, weight, index }: Arc): SVGElement {
    const { view, line } = this;
    const from = line.box(view.token!);
    const to = line.box(other);
    const above = Math.abs(to.top - from.top) < 4 ? side === 'sources' : to.top < from.top;
    const level = Math.abs(to.top - from.top) < 4;
    const y = above ? from.top : from.bottom;
    const end = level ? y : above ? to.bottom : to.top;
    const bend = level ? (above ? -1 : 1) * Math.min(24, 8 + Math.abs(to.x - from.x) / 8) : (end - y) / 2;
    const wide = other === view.token ? 12 : 0;
    const path = MODEL.firstElementChild!.cloneNode() as SVGElement;
    path.setAttribute('d',
      `M${from.x} ${y}C${from.x - wide} ${y + bend} ${to.x + wide} ${level ? end + bend : end - bend} ${to.x} ${end}`);
    path.setAttribute('class', side);
    const place = view.scale(view.shown[index]).place(weight);
    path.style.strokeWidth = `${1 + 4 * (view.signed && !view.overlaid ? Math.abs(2 * place - 1) : place)}`;
    if (view.overlaid) path.style.stroke = hue(index);
    return path;
  }
}
