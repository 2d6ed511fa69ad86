import type { AttentionData, PlacedHead, Weighting } from './attention-data';
import { ROOTS } from './pattern';
import type { Square } from './pooled';

/** How all heads together are shown: the greatest weight, the mean, or attention through all layers. */
export type Together = 'max' | 'mean' | 'rollout';

let made = 0;

/** The weights that an explorer shows: of one text or of one less another, weighted or not. */
export class AttentionValues {
  /** Which values these are: no two objects have one number. */
  readonly id = made++;
  readonly size: number;
  /** The number furthest from 0 of all heads decoded so far. */
  most: number;
  readonly #other: Float32Array;
  readonly #line: Float32Array;
  readonly #included = new Set<number>();
  /** The heads decoded so far. */
  readonly #decoded: PlacedHead[] = [];
  /** [query][key]: of all heads decoded so far, the weight furthest from 0, as a code where weights are codes. */
  readonly #furthest: Float32Array | Uint8Array;
  /** [query][key]: the sum of the first `summed` of them; made when it is first asked for. */
  #sum: Float32Array | null = null;
  #summed = 0;

  constructor(
    readonly data: AttentionData,
    readonly minus: AttentionData | null,
    readonly weighting: Weighting,
  ) {
    const { size } = data;
    this.size = size;
    this.#other = new Float32Array(size);
    this.#line = new Float32Array(size);
    this.#furthest = this.coded ? new Uint8Array(size * size) : new Float32Array(size * size);
    this.most = this.minus || weighting !== 'raw' ? 0 : data.json.max;
  }

  /** Whether weights can be below 0. */
  get signed(): boolean {
    return this.minus !== null || this.data.json.signed;
  }

  /** Whether the shown weights are those that the page keeps as codes. */
  get coded(): boolean {
    return !this.minus && this.weighting === 'raw' && this.data.tier !== 'float24';
  }

  get decodedLayers(): number {
    return this.#included.size;
  }

  /** Whether the head can be shown; with null, whether any can. */
  ready(head: PlacedHead | null): boolean {
    return head ? this.#included.has(head.slot) : this.#included.size > 0;
  }

  /** Decodes a layer and adds it to what all heads show together. */
  async decode(slot: number): Promise<void> {
    const { data, minus } = this;
    const { layer } = data.json.layers[slot];
    for (const text of minus ? [data, minus] : [data]) {
      await text.decode(text.json.layers.findIndex((other) => other.layer === layer));
      if (this.weighting !== 'raw') await text.decodeNorms();
      if (text.json.rollout) await text.decodeRollout();
    }
    if (this.#included.has(slot)) return;
    this.#included.add(slot);
    for (const head of data.heads) if (head.slot === slot) this.#include(head);
  }

  #include(head: PlacedHead): void {
    const { data, size, coded } = this;
    const furthest = this.#furthest;
    let most = 0;
    for (let query = 0; query < size; query++) {
      // A greater weight has a greater code: codes need not become weights.
      const line = coded ? data.codes(head, query)! : this.#line;
      if (line === this.#line) this.row(head, query, line);
      const length = this.length(query);
      for (let key = 0, cell = query * size; key < length; key++, cell++) {
        const far = Math.abs(line[key]);
        if (far > Math.abs(furthest[cell]) || far !== far) furthest[cell] = line[key];
        if (far > most && far < Infinity) most = far;
      }
    }
    this.most = Math.max(this.most, coded ? ROOTS[most] : most);
    this.#decoded.push(head);
  }

  /** The codes of a query's weights; null stands for the greatest of all heads. */
  #codes(head: PlacedHead | null, query: number): Uint8Array {
    const from = head ? 0 : query * this.size;
    return (head ? this.data.codes(head, query)! : this.#furthest as Uint8Array).subarray(from, from + this.length(query));
  }

  /** The sum of all heads decoded so far. */
  get #sums(): Float32Array {
    const sum = (this.#sum ??= new Float32Array(this.size ** 2));
    const line = this.#line;
    for (; this.#summed < this.#decoded.length; this.#summed++) {
      for (let query = 0; query < this.size; query++) {
        const length = this.row(this.#decoded[this.#summed], query, line);
        for (let key = 0, cell = query * this.size; key < length; key++, cell++) sum[cell] += line[key];
      }
    }
    return sum;
  }

  /** How many keys a query has. */
  length(query: number): number {
    return this.data.json.causal ? query + 1 : this.size;
  }

  /** Writes a query's weights, and returns how many keys it has. Null stands for all heads together. */
  row(head: PlacedHead | null, query: number, into: Float32Array, together: Together = 'max'): number {
    const length = this.length(query);
    const other = this.#other;
    if (!head && together !== 'rollout') {
      const from = query * this.size;
      const values = together === 'max' ? this.#furthest : this.#sums;
      if (together === 'mean') for (let key = 0; key < length; key++) into[key] = values[from + key] / (this.#decoded.length || 1);
      else if (this.coded) for (let key = 0; key < length; key++) into[key] = ROOTS[values[from + key]];
      else into.set(values.subarray(from, from + length));
    } else {
      this.#read(this.data, head, query, into);
      if (this.minus) {
        this.#read(this.minus, head && this.minus.find(head), query, other);
        for (let key = 0; key < length; key++) into[key] -= other[key];
      }
    }
    return length;
  }

  #read(data: AttentionData, head: PlacedHead | null, query: number, into: Float32Array): void {
    if (!head) return data.rollout ? data.rollout.row(0, query, into) : void into.fill(NaN);
    data.row(head, query, into);
    const norms = data.norms(this.weighting, head);
    if (norms) for (let key = 0; key < this.size; key++) into[key] *= norms[key];
  }

  /** One weight; NaN where it is masked or not decoded. */
  at(head: PlacedHead | null, query: number, key: number, together: Together = 'max'): number {
    if (!this.ready(head) || this.data.masked(query, key)) return NaN;
    if (!head && together !== 'rollout') {
      const cell = query * this.size + key;
      if (together === 'mean') return this.#sums[cell] / this.#decoded.length;
      return this.coded ? ROOTS[this.#furthest[cell]] : this.#furthest[cell];
    }
    const { minus } = this;
    return this.#one(this.data, head, query, key) -
      (minus ? this.#one(minus, head && minus.find(head), query, key) : 0);
  }

  #one(data: AttentionData, head: PlacedHead | null, query: number, key: number): number {
    if (!head) return data.rollout?.at(0, query, key) ?? NaN;
    return data.at(head, query, key) * (data.norms(this.weighting, head)?.[key] ?? 1);
  }

  square(head: PlacedHead | null, together: Together): Square {
    return {
      size: this.size,
      row: (query, into) => this.row(head, query, into, together),
      codes: this.coded && (head || together === 'max') ? (query) => this.#codes(head, query) : null,
    };
  }
}
