import type { AttentionData, PlacedHead, Weighting } from './attention-data';
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
  /** [query][key]: of all heads decoded so far, the weight furthest from 0, and the sum. */
  readonly #furthest: Float32Array;
  readonly #sum: Float32Array;
  #heads = 0;

  constructor(
    readonly data: AttentionData,
    readonly minus: AttentionData | null,
    readonly weighting: Weighting,
  ) {
    const { size } = data;
    this.size = size;
    this.#other = new Float32Array(size);
    this.#line = new Float32Array(size);
    this.#furthest = new Float32Array(size * size);
    this.#sum = new Float32Array(size * size);
    this.most = this.minus || weighting !== 'raw' ? 0 : data.json.max;
  }

  /** Whether weights can be below 0. */
  get signed(): boolean {
    return this.minus !== null || this.data.json.signed;
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
    const line = this.#line;
    const [furthest, sum] = [this.#furthest, this.#sum];
    for (let query = 0; query < this.size; query++) {
      const length = this.row(head, query, line);
      for (let key = 0, cell = query * this.size; key < length; key++, cell++) {
        const value = line[key];
        sum[cell] += value;
        const far = Math.abs(value);
        if (far > Math.abs(furthest[cell]) || far !== far) furthest[cell] = value;
        if (far > this.most && far < Infinity) this.most = far;
      }
    }
    this.#heads++;
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
      into.set((together === 'max' ? this.#furthest : this.#sum).subarray(from, from + length));
      if (together === 'mean') for (let key = 0; key < length; key++) into[key] /= this.#heads || 1;
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
    const cell = query * this.size + key;
    if (!head && together !== 'rollout') {
      return together === 'max' ? this.#furthest[cell] : this.#sum[cell] / this.#heads;
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
    const { data, minus, weighting } = this;
    return {
      size: this.size,
      row: (query, into) => this.row(head, query, into, together),
      codes: head && !minus && weighting === 'raw' && data.tier !== 'float24'
        ? (query) => data.codes(head, query)!.subarray(0, this.length(query)) : null,
    };
  }
}
