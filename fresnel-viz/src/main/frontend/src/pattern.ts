import { floats } from './floats';

/** The attention of one layer's heads, read from packed bytes. */
export interface Pattern {
  /** The weight of a key; NaN where it was NaN. Of a causal pattern only keys up to the query can be read. */
  at(head: number, query: number, key: number): number;
  /** Writes the weights of a query's first keys, as many as the array has. */
  row(head: number, query: number, into: Float32Array): void;
  /** The codes of a query's weights, for {@link ROOTS}; null where weights have none. Valid until the next call. */
  codes(head: number, query: number): Uint8Array | null;
}

export type Tier = 'float24' | 'sqrt8' | 'top';

export interface Layout {
  readonly heads: number;
  readonly size: number;
  readonly causal: boolean;
}

const cellsOf = ({ size, causal }: Layout): number =>
  causal ? (size * (size + 1)) / 2 : size * size;

export function unpack(tier: Tier, bytes: Uint8Array, layout: Layout): Pattern {
  if (tier === 'top') return new TopPattern(bytes, layout);
  return tier === 'sqrt8' ? new DensePattern(bytes, layout, ROOTS) : new DensePattern(floats(bytes), layout);
}

class DensePattern implements Pattern {
  readonly #cells: number;
  readonly #causal: boolean;
  readonly #size: number;

  /** `table` gives the values of codes; without it, the values stand for themselves. */
  constructor(
    private readonly values: Float32Array | Uint8Array,
    layout: Layout,
    private readonly table?: Float32Array,
  ) {
    this.#cells = cellsOf(layout);
    this.#causal = layout.causal;
    this.#size = layout.size;
    expectLength(values.length, this.#cells * layout.heads);
  }

  #from(head: number, query: number): number {
    return head * this.#cells + (this.#causal ? (query * (query + 1)) / 2 : query * this.#size);
  }

  at(head: number, query: number, key: number): number {
    const value = this.values[this.#from(head, query) + key];
    return this.table ? this.table[value] : value;
  }

  row(head: number, query: number, into: Float32Array): void {
    const from = this.#from(head, query);
    const { values, table } = this;
    const length = this.#causal ? Math.min(query + 1, into.length) : into.length;
    if (!table) into.set(values.subarray(from, from + length));
    else for (let key = 0; key < length; key++) into[key] = table[values[from + key]];
    into.fill(0, length);
  }

  codes(head: number, query: number): Uint8Array | null {
    const from = this.#from(head, query);
    return this.table ? (this.values as Uint8Array).subarray(from, from + (this.#causal ? query + 1 : this.#size)) : null;
  }
}

/** A byte is 255 times the square root of a weight. */
export const ROOTS = Float32Array.from({ length: 256 }, (_, code) => (code / 255) ** 2);

/** Only each query's strongest keys: their number per query, then keys (low bytes, high bytes), then codes. */
class TopPattern implements Pattern {
  readonly #from: Uint32Array;
  readonly #size: number;
  readonly #entries: number;
  readonly #line: Uint8Array;

  constructor(
    private readonly bytes: Uint8Array,
    { heads, size }: Layout,
  ) {
    const rows = heads * size;
    this.#size = size;
    this.#from = new Uint32Array(rows + 1);
    for (let row = 0; row < rows; row++) this.#from[row + 1] = this.#from[row] + bytes[row];
    this.#entries = this.#from[rows];
    expectLength(bytes.length, rows + 3 * this.#entries);
    this.bytes = bytes.subarray(rows);
    this.#line = new Uint8Array(size);
  }

  at(head: number, query: number, key: number): number {
    const row = head * this.#size + query;
    for (let entry = this.#from[row]; entry < this.#from[row + 1]; entry++) {
      if ((this.bytes[entry] | (this.bytes[this.#entries + entry] << 8)) === key) {
        return ROOTS[this.bytes[2 * this.#entries + entry]];
      }
    }
    return 0;
  }

  row(head: number, query: number, into: Float32Array): void {
    const codes = this.codes(head, query);
    for (let key = 0; key < into.length; key++) into[key] = ROOTS[codes[key]];
  }

  codes(head: number, query: number): Uint8Array {
    const row = head * this.#size + query;
    const { bytes } = this;
    this.#line.fill(0);
    for (let entry = this.#from[row]; entry < this.#from[row + 1]; entry++) {
      this.#line[bytes[entry] | (bytes[this.#entries + entry] << 8)] = bytes[2 * this.#entries + entry];
    }
    return this.#line;
  }
}

function expectLength(actual: number, expected: number): void {
  if (actual !== expected) {
    throw new Error(`the data has ${actual} values where ${expected} were expected`);
  }
}
