import { block } from './blocks';
import type { Head } from './heads';
import { type Pattern, type Tier, unpack } from './pattern';
import { Tokens, type TokensJson } from './tokens';

export interface AttentionJson {
  readonly tokens: TokensJson;
  readonly layers: readonly { layer: number; heads: number; block: string }[];
  readonly tier: Tier;
  readonly causal: boolean;
  readonly max: number;
  readonly note: string | null;
}

/** A head of this figure; `slot` is the index of its layer in the figure. */
export interface PlacedHead extends Head {
  readonly slot: number;
}

/** The attention of every head of a figure. A layer is decoded when it is first needed. */
export class AttentionData {
  readonly tokens: Tokens;
  readonly size: number;
  readonly heads: readonly PlacedHead[];
  /** [query][key]: the greatest weight of all heads decoded so far; NaN where masked. */
  readonly most: Float32Array;
  readonly #patterns: (Pattern | undefined)[] = [];
  readonly #underway = new Map<number, Promise<void>>();

  constructor(readonly json: AttentionJson) {
    this.tokens = new Tokens(json.tokens);
    this.size = this.tokens.size;
    this.heads = json.layers.flatMap(({ layer, heads }, slot) =>
      Array.from({ length: heads }, (_, head) => ({ layer, head, slot })),
    );
    this.most = new Float32Array(this.size * this.size).fill(NaN);
  }

  get max(): number {
    return this.json.max;
  }

  find(head: Head | null): PlacedHead | null {
    if (!head) return null;
    return this.heads.find((h) => h.layer === head.layer && h.head === head.head) ?? null;
  }

  decoded(slot: number): boolean {
    return this.#patterns[slot] !== undefined;
  }

  get decodedLayers(): number {
    return this.#patterns.filter(Boolean).length;
  }

  /** Whether the head is decoded; with null, whether any is. */
  ready(head: PlacedHead | null): boolean {
    return head ? this.decoded(head.slot) : this.#patterns.some(Boolean);
  }

  masked(query: number, key: number): boolean {
    return this.json.causal && key > query;
  }

  /** The weight of one head, with null the greatest of all heads; NaN where masked or not decoded. */
  at(head: PlacedHead | null, query: number, key: number): number {
    if (this.masked(query, key)) return NaN;
    if (!head) return this.most[query * this.size + key];
    return this.#patterns[head.slot]?.at(head.head, query, key) ?? NaN;
  }

  /** Decodes a layer, once however often it is called. */
  decode(slot: number): Promise<void> {
    let promise = this.#underway.get(slot);
    if (!promise) {
      const { heads, block: id } = this.json.layers[slot];
      promise = block(id).then((bytes) => {
        const layout = { heads, size: this.size, causal: this.json.causal };
        const pattern = unpack(this.json.tier, bytes, layout);
        this.#patterns[slot] = pattern;
        this.#include(pattern, heads);
      });
      this.#underway.set(slot, promise);
    }
    return promise;
  }

  #include(pattern: Pattern, heads: number): void {
    const { size, most } = this;
    for (let head = 0; head < heads; head++) {
      for (let query = 0; query < size; query++) {
        const last = this.json.causal ? query : size - 1;
        for (let key = 0, cell = query * size; key <= last; key++, cell++) {
          const weight = pattern.at(head, query, key);
          if (weight > most[cell] || Number.isNaN(most[cell])) most[cell] = weight;
        }
      }
    }
  }

  /** The rank of a key among the keys of its query: 1 for the greatest weight. */
  rank(head: PlacedHead | null, query: number, key: number): number {
    const weight = this.at(head, query, key);
    let rank = 1;
    for (let other = 0; other < this.size; other++) {
      if (this.at(head, query, other) > weight) rank++;
    }
    return rank;
  }
}
