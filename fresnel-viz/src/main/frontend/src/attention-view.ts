import type { AttentionData, PlacedHead, Weighting } from './attention-data';
import { AttentionValues, type Together } from './attention-values';
import { type Ramp, ramp } from './colour';
import { coarse, exact, signed } from './format';
import { headName, sameHead } from './heads';
import { hueRamp, MOST_HEADS } from './hues';
import { MapWindow } from './map-window';
import { Scale, type ScaleName } from './scale';
import { dark } from './theme';

/** What a focused token colours. `sources`: the tokens that it reads; `destinations`: those that read it. */
export type Direction = 'sources' | 'destinations';

export type Range = 'shared' | 'head' | 'unit';

/** Which arcs the text has: from the focused token to those that it reads, to it from those that read it. */
export type Arcs = 'none' | 'both' | Direction;

export interface Cell {
  readonly query: number;
  readonly key: number;
}

const TOGETHER = { max: 'greatest weight', mean: 'mean weight', rollout: 'attention rollout' } as const;

/** The state of one explorer. Its parts draw from it and change it; every change redraws them. */
export class AttentionView {
  data!: AttentionData;
  values!: AttentionValues;
  window!: MapWindow;
  hoverHead: PlacedHead | null = null;
  /** The locked heads: none, one, or the overlaid ones. */
  locked: readonly PlacedHead[] = [];
  /** Whether a click adds a head to the locked ones. */
  adding = false;
  hoverToken: number | null = null;
  lockedToken: number | null = null;
  cell: Cell | null = null;
  /** Two corners of the range that is being chosen on the map. */
  brush: readonly [Cell, Cell] | null = null;
  direction: Direction = 'sources';
  scaleName: ScaleName = 'sqrt';
  range: Range = 'shared';
  together: Together = 'max';
  weighting: Weighting = 'raw';
  /** How far before its query a key is that the guide marks; null for no guide. */
  guide: number | null = null;
  arcs: Arcs = 'none';
  /** The most arcs of a side, and the least weight of an arc. */
  mostArcs = 5;
  leastArc = 0;
  readonly #scales = new Map<string, Scale>();

  constructor(private readonly changed: () => void) {}

  /** Shows a text, alone or less another one; what is locked stays locked where the text has it. */
  open(data: AttentionData, minus: AttentionData | null): void {
    if (this.data !== data) {
      this.window = new MapWindow(data.size);
      this.hoverToken = this.lockedToken = this.cell = this.brush = null;
      this.locked = this.locked.map((head) => data.find(head)).filter((head) => head !== null);
    }
    this.data = data;
    this.hoverHead = null;
    if (!data.json.norms || (minus && !minus.json.norms)) this.weighting = 'raw';
    if (!data.json.rollout || (minus && !minus.json.rollout)) this.together = this.together === 'rollout' ? 'max' : this.together;
    this.values = new AttentionValues(data, minus, this.weighting);
    this.#scales.clear();
    this.changed();
  }

  change(patch: Partial<AttentionView>): void {
    Object.assign(this, patch);
    this.changed();
  }

  /** Locks heads; of more than fit in an overlay, the last ones. */
  lock(heads: readonly PlacedHead[]): void {
    this.change({ locked: heads.slice(-MOST_HEADS) });
  }

  /** Adds a head to the locked ones, or takes it away. */
  add(head: PlacedHead): void {
    const others = this.locked.filter((one) => !sameHead(one, head));
    this.lock(others.length < this.locked.length ? others : [...others, head]);
  }

  /** The shown heads: the hovered one, else the locked ones; none for all heads together. */
  get heads(): readonly PlacedHead[] {
    return this.hoverHead ? [this.hoverHead] : this.locked;
  }

  /** The shown head; null for several, and for all heads together. */
  get head(): PlacedHead | null {
    return this.heads.length === 1 ? this.heads[0] : null;
  }

  get overlaid(): boolean {
    return this.heads.length > 1;
  }

  /** What is shown, each by itself: the heads, or null alone for all heads together. */
  get shown(): readonly (PlacedHead | null)[] {
    return this.heads.length ? this.heads : [null];
  }

  /** The focused token, whose attention colours the text: the locked one, else the hovered one. */
  get token(): number | null {
    return this.lockedToken ?? this.hoverToken;
  }

  get togetherLabel(): string {
    return TOGETHER[this.together];
  }

  get headLabel(): string {
    if (this.overlaid) return `heads ${this.heads.map(headName).join(', ')}`;
    return this.head ? `head ${headName(this.head)}` : `all heads (${this.togetherLabel})`;
  }

  get ready(): boolean {
    return this.shown.every((head) => this.values.ready(head));
  }

  at(head: PlacedHead | null, query: number, key: number): number {
    return this.values.at(head, query, key, this.together);
  }

  /** The shown weight: of several heads, the one highest on its scale. */
  shownAt(query: number, key: number): { weight: number; index: number } {
    let [best, place] = [0, -1];
    if (this.overlaid) {
      this.heads.forEach((head, i) => {
        const here = this.scale(head).place(Math.abs(this.at(head, query, key)));
        if (here > place) [best, place] = [i, here];
      });
    }
    return { weight: this.at(this.shown[best], query, key), index: best };
  }

  /** The map's cell for the focused token and another one. */
  cellOf(token: number, other: number): Cell {
    return this.direction === 'sources' ? { query: token, key: other } : { query: other, key: token };
  }

  get signed(): boolean {
    return this.values.signed;
  }

  /** The colours of a shown head: its hue in an overlay. */
  ramp(index: number): Ramp {
    return this.overlaid ? hueRamp(index) : ramp(this.signed ? 'signed' : 'attention', dark());
  }

  /** The scale of a head's map; each is made once. */
  scale(head: PlacedHead | null = this.shown[0]): Scale {
    const of = head ? headName(head) : this.together;
    // What all heads show, and the greatest of weighted or subtracted weights, grows with each layer.
    const key = [this.scaleName, this.range, of, this.overlaid, this.values.decodedLayers].join();
    let scale = this.#scales.get(key);
    if (!scale) {
      this.#scales.set(key, (scale = this.#scale(head)));
    }
    return scale;
  }

  #scale(head: PlacedHead | null): Scale {
    const own = this.range === 'head' || (!head && this.together !== 'max');
    const high = (this.range === 'unit' ? 1 : own ? this.#most(head) : this.values.most) || 1;
    const sorted = this.scaleName === 'rank' ? this.#sorted(head) : [];
    return new Scale(this.scaleName, this.signed && !this.overlaid ? -high : 0, high, sorted);
  }

  format(value: number): string {
    const { tier } = this.data;
    if (Number.isNaN(value)) return 'not known';
    if (value === 0 && tier === 'top') return 'not kept on this page';
    const plain = tier === 'float24' ? exact(value) : coarse(value);
    return this.signed ? signed(value, plain) : plain;
  }

  describe({ query, key }: Cell): string {
    const { tokens } = this.data;
    const pair = `${tokens.named(query)} → ${tokens.named(key)}`;
    if (this.data.masked(query, key)) return `${pair}: masked, the key comes after its query`;
    return `${pair}: ${this.shown.map((head) => {
      const value = this.format(this.at(head, query, key));
      return this.overlaid ? `${headName(head!)} ${value}` : `${value}, rank ${this.rank(head, query, key)}`;
    }).join(', ')}`;
  }

  /** A query's weights. */
  row(head: PlacedHead | null, query: number): Float32Array {
    const row = new Float32Array(this.data.size);
    return row.subarray(0, this.values.row(head, query, row, this.together));
  }

  /** How much the focused token uses a head: its greatest weight, without that on the first token, where idle heads rest. */
  use(head: PlacedHead): number {
    const token = this.token!;
    let most = 0;
    if (!this.values.ready(head)) return NaN;
    if (this.direction === 'sources') {
      this.row(head, token).forEach((weight, key) => { if (key || !token) most = Math.max(most, Math.abs(weight)); });
    } else {
      for (let query = 0; query < this.data.size; query++) most = Math.max(most, Math.abs(this.at(head, query, token)) || 0);
    }
    return most;
  }

  /** The rank of a key among the keys of its query: 1 for the greatest weight. */
  rank(head: PlacedHead | null, query: number, key: number): number {
    const row = this.row(head, query);
    return 1 + row.reduce((count, weight) => count + (weight > row[key] ? 1 : 0), 0);
  }

  #most(head: PlacedHead | null): number {
    let most = 0;
    for (const size of this.#sizes(head)) if (size > most) most = size;
    return most;
  }

  #sorted(head: PlacedHead | null): Float32Array {
    return Float32Array.from(this.#sizes(head)).sort();
  }

  /** The finite weights of a head, without their signs. */
  *#sizes(head: PlacedHead | null): Iterable<number> {
    if (!this.values.ready(head)) return;
    for (let query = 0; query < this.data.size; query++) {
      for (const weight of this.row(head, query)) if (Number.isFinite(weight)) yield Math.abs(weight);
    }
  }
}
