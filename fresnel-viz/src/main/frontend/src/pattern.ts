/** The attention of one layer's heads, read from packed bytes. */
export interface Pattern {
  /** The weight of a key; NaN where it was NaN. Of a causal pattern only keys up to the query can be read. */
  at(head: number, query: number, key: number): number;
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
  return new DensePattern(tier === 'sqrt8' ? roots(bytes) : floats(bytes), layout);
}

class DensePattern implements Pattern {
  readonly #cells: number;
  readonly #causal: boolean;
  readonly #size: number;

  constructor(
    private readonly values: { readonly length: number; get(at: number): number },
    layout: Layout,
  ) {
    this.#cells = cellsOf(layout);
    this.#causal = layout.causal;
    this.#size = layout.size;
    expectLength(values.length, this.#cells * layout.heads);
  }

  at(head: number, query: number, key: number): number {
    const cell = this.#causal ? (query * (query + 1)) / 2 + key : query * this.#size + key;
    return this.values.get(head * this.#cells + cell);
  }
}

/** One byte per cell: 255 times the square root. */
function roots(bytes: Uint8Array) {
  const table = Float32Array.from({ length: 256 }, (_, code) => (code / 255) ** 2);
  return { length: bytes.length, get: (at: number) => table[bytes[at]] };
}

/** The upper 24 bits of 32-bit floats: first every highest byte, then the second, then the third. */
export function floats(bytes: Uint8Array) {
  const length = bytes.length / 3;
  const bits = new Uint32Array(length);
  for (let i = 0; i < length; i++) {
    bits[i] = (bytes[i] << 24) | (bytes[length + i] << 16) | (bytes[2 * length + i] << 8);
  }
  const values = new Float32Array(bits.buffer);
  return { length, get: (at: number) => values[at] };
}

/** Only each query's strongest keys: their number per query, then keys (low bytes, high bytes), then codes. */
class TopPattern implements Pattern {
  readonly #from: Uint32Array;
  readonly #size: number;
  readonly #entries: number;

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
  }

  at(head: number, query: number, key: number): number {
    const row = head * this.#size + query;
    for (let entry = this.#from[row]; entry < this.#from[row + 1]; entry++) {
      if ((this.bytes[entry] | (this.bytes[this.#entries + entry] << 8)) === key) {
        return (this.bytes[2 * this.#entries + entry] / 255) ** 2;
      }
    }
    return 0;
  }
}

function expectLength(actual: number, expected: number): void {
  if (actual !== expected) {
    throw new Error(`the data has ${actual} values where ${expected} were expected`);
  }
}
