import { block } from './blocks';
import type { Head, Metric } from './heads';
import { floats } from './floats';
import { type Pattern, type Tier, unpack } from './pattern';
import { Tokens, type TokensJson } from './tokens';

/** One text and the attention of every head over it. */
export interface TextJson {
  readonly name: string;
  readonly tokens: TokensJson;
  /** `first` is the number of a layer's first head here: others may be left out. */
  readonly layers: readonly { layer: number; heads: number; first: number; block: string }[];
  readonly causal: boolean;
  /** Whether some weight is below 0. */
  readonly signed: boolean;
  readonly max: number;
  /** The block of the norms of values, then those of outputs: [head][key] each; null for none. */
  readonly norms: string | null;
  /** The block of the attention rollout; null for none. */
  readonly rollout: string | null;
}

export interface AttentionJson {
  readonly texts: readonly TextJson[];
  readonly tier: Tier;
  /** Whether the figure opens on the first text less the second. */
  readonly difference: boolean;
  readonly scores: readonly Metric[];
  readonly note: string | null;
}

/** A head of this figure; `slot` is the index of its layer in the figure, `index` its own, `place` its own in its layer's block. */
export interface PlacedHead extends Head {
  readonly slot: number;
  readonly index: number;
  readonly place: number;
}

/** What a weight is multiplied with: nothing, the norm of its value, or that of the head's output of it. */
export type Weighting = 'raw' | 'value' | 'output';

/** The attention of every head over one text. A layer is decoded when it is first needed. */
export class AttentionData {
  readonly tokens: Tokens;
  readonly size: number;
  readonly heads: readonly PlacedHead[];
  readonly #patterns: (Pattern | undefined)[] = [];
  readonly #underway = new Map<string, Promise<void>>();
  #norms: Float32Array | null = null;
  /** Attention through all layers, as the pattern of one head. */
  rollout: Pattern | null = null;

  constructor(
    readonly json: TextJson,
    readonly tier: Tier,
  ) {
    this.tokens = new Tokens(json.tokens);
    this.size = this.tokens.size;
    let index = 0;
    this.heads = json.layers.flatMap(({ layer, heads, first }, slot) =>
      Array.from({ length: heads }, (_, i) => ({ layer, head: first + i, place: i, slot, index: index++ })),
    );
  }

  find(head: Head | null): PlacedHead | null {
    return this.heads.find((h) => h.layer === head?.layer && h.head === head.head) ?? null;
  }

  /** Whether the two have the same heads and texts of the same length, so that weights can be subtracted. */
  fits(other: AttentionData): boolean {
    return this.size === other.size && this.json.causal === other.json.causal &&
      this.heads.length === other.heads.length && this.heads.every((head) => other.find(head));
  }

  masked(query: number, key: number): boolean {
    return this.json.causal && key > query;
  }

  /** A decoded head's weight. */
  at({ slot, place }: PlacedHead, query: number, key: number): number {
    return this.#patterns[slot]?.at(place, query, key) ?? NaN;
  }

  /** Writes a query's weights of a decoded head. */
  row({ slot, place }: PlacedHead, query: number, into: Float32Array): void {
    this.#patterns[slot]!.row(place, query, into);
  }

  /** The codes of a query's weights of a decoded head; null where weights are floats. */
  codes({ slot, place }: PlacedHead, query: number): Uint8Array | null {
    return this.#patterns[slot]!.codes(place, query);
  }

  /** What a head's weights are multiplied with, by key; null for nothing. */
  norms(weighting: Weighting, { index }: PlacedHead): Float32Array | null {
    if (!this.#norms || weighting === 'raw') return null;
    const from = ((weighting === 'value' ? 0 : this.heads.length) + index) * this.size;
    return this.#norms.subarray(from, from + this.size);
  }

  decode(slot: number): Promise<void> {
    const { heads, block: id } = this.json.layers[slot];
    return this.#once(id, (bytes) => {
      this.#patterns[slot] = unpack(this.tier, bytes, { ...this.#layout, heads });
    });
  }

  decodeNorms(): Promise<void> {
    return this.#once(this.json.norms!, (bytes) => { this.#norms = floats(bytes); });
  }

  decodeRollout(): Promise<void> {
    return this.#once(this.json.rollout!, (bytes) => { this.rollout = unpack(this.tier === 'float24' ? this.tier : 'sqrt8', bytes, this.#layout); });
  }

  get #layout() {
    return { heads: 1, size: this.size, causal: this.json.causal };
  }

  /** Reads a block once, however often it is asked for. */
  #once(id: string, read: (bytes: Uint8Array) => void): Promise<void> {
    let promise = this.#underway.get(id);
    if (!promise) this.#underway.set(id, (promise = block(id).then(read)));
    return promise;
  }
}
