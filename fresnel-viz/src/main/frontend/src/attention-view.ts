import type { AttentionData, PlacedHead } from './attention-data';
import { coarse, exact } from './format';
import { headName } from './heads';
import { Scale, type ScaleName } from './scale';

/** What a focused token colours. `sources`: the tokens that it reads; `destinations`: those that read it. */
export type Direction = 'sources' | 'destinations';

export type Range = 'shared' | 'head' | 'unit';

export interface Cell {
  readonly query: number;
  readonly key: number;
}

/** The state of one explorer. Its parts draw from it and change it; every change redraws them. */
export class AttentionView {
  hoverHead: PlacedHead | null = null;
  lockedHead: PlacedHead | null = null;
  hoverToken: number | null = null;
  lockedToken: number | null = null;
  cell: Cell | null = null;
  direction: Direction = 'sources';
  scaleName: ScaleName = 'sqrt';
  range: Range = 'shared';
  readonly #scales = new Map<string, Scale>();

  constructor(
    readonly data: AttentionData,
    private readonly changed: () => void,
  ) {}

  change(patch: Partial<AttentionView>): void {
    Object.assign(this, patch);
    this.changed();
  }

  /** The shown head: the hovered one, else the locked one; null for the greatest weight of all heads. */
  get head(): PlacedHead | null {
    return this.hoverHead ?? this.lockedHead;
  }

  /** The focused token, whose attention colours the text: the locked one, else the hovered one. */
  get token(): number | null {
    return this.lockedToken ?? this.hoverToken;
  }

  get headLabel(): string {
    return this.head ? `head ${headName(this.head)}` : 'all heads (greatest weight)';
  }

  /** The weight between the focused token and another one, in the chosen direction. */
  weight(token: number, other: number): number {
    return this.direction === 'sources'
      ? this.data.at(this.head, token, other)
      : this.data.at(this.head, other, token);
  }

  /** The map's cell for the focused token and another one. */
  cellOf(token: number, other: number): Cell {
    return this.direction === 'sources' ? { query: token, key: other } : { query: other, key: token };
  }

  /** The scale of a head's map; each is made once. */
  scale(head: PlacedHead | null = this.head): Scale {
    const of = head ? headName(head) : this.data.decodedLayers;
    const key = [this.scaleName, this.range, of].join();
    let scale = this.#scales.get(key);
    if (!scale) {
      this.#scales.set(key, (scale = this.#scale(head)));
    }
    return scale;
  }

  #scale(head: PlacedHead | null): Scale {
    const high = this.range === 'unit' ? 1 : this.range === 'shared' ? this.data.max : this.#most(head);
    const sorted = this.scaleName === 'rank' ? this.#sorted(head) : [];
    return new Scale(this.scaleName, 0, high || 1, sorted);
  }

  format(value: number): string {
    if (value === 0 && this.data.json.tier === 'top') return 'not kept on this page';
    return this.data.json.tier === 'float24' ? exact(value) : coarse(value);
  }

  describe({ query, key }: Cell): string {
    const { tokens } = this.data;
    const pair = `${tokens.named(query)} → ${tokens.named(key)}`;
    if (this.data.masked(query, key)) return `${pair}: masked, the key comes after its query`;
    const value = this.data.at(this.head, query, key);
    return `${pair}: ${this.format(value)}, rank ${this.data.rank(this.head, query, key)}`;
  }

  #most(head: PlacedHead | null): number {
    let most = 0;
    this.#each(head, (weight) => {
      if (weight > most) most = weight;
    });
    return most;
  }

  #sorted(head: PlacedHead | null): Float32Array {
    const values: number[] = [];
    this.#each(head, (weight) => values.push(weight));
    return Float32Array.from(values).sort();
  }

  #each(head: PlacedHead | null, visit: (weight: number) => void): void {
    const { data } = this;
    for (let query = 0; query < data.size; query++) {
      for (let key = 0; key < data.size; key++) {
        const weight = data.at(head, query, key);
        if (Number.isFinite(weight)) visit(weight);
      }
    }
  }
}
