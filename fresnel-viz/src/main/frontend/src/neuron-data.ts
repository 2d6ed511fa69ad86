import { block } from './blocks';
import { Tokens, type TokensJson } from './tokens';

export interface NeuronsJson {
  readonly view: View;
  readonly layer: number;
  readonly neuron: number;
  readonly neurons: number;
  /** Whether activations have 16 bits rather than 8. */
  readonly half: boolean;
  /** How many activations of each neuron and text are kept; 0 for all. */
  readonly kept: number;
  readonly note: string | null;
  /** The id of each layer's data. */
  readonly blocks: readonly string[];
  readonly texts: readonly TokensJson[];
}

export type View = 'texts' | 'samples' | 'tokens';

/** A token of a text, with an activation there. */
export interface Firing {
  readonly text: number;
  readonly position: number;
  readonly value: number;
}

/** Layers that are unpacked at the same time. */
const UNPACKED = 3;

/** The greatest code of 8 bits that stands for a finite activation. */
const MOST = 126;

/** The texts, and the activations of the layers that were asked for. */
export class NeuronData {
  readonly texts: readonly Tokens[];
  /** Where each text begins, and behind the last where it ends. */
  readonly starts: readonly number[];
  readonly #layers = new Map<number, Promise<Uint8Array>>();
  readonly #bits = new DataView(new ArrayBuffer(4));

  constructor(private readonly json: NeuronsJson) {
    this.texts = json.texts.map((text) => new Tokens(text));
    const starts = [0];
    for (const text of this.texts) starts.push(starts[starts.length - 1] + text.size);
    this.starts = starts;
  }

  get tokens(): number {
    return this.starts[this.starts.length - 1];
  }

  /** Unpacks a layer; later calls are answered from memory. */
  layer(layer: number): Promise<Uint8Array> {
    let found = this.#layers.get(layer);
    if (!found) found = block(this.json.blocks[layer]);
    this.#layers.delete(layer);
    this.#layers.set(layer, found);
    if (this.#layers.size > UNPACKED) this.#layers.delete([...this.#layers.keys()][0]);
    return found;
  }

  /** A neuron's activations, text after text; undefined where they were left out. */
  row(bytes: Uint8Array, neuron: number): (number | undefined)[] {
    const { neurons, kept } = this.json;
    const { tokens } = this;
    if (this.json.half) {
      return Array.from({ length: tokens }, (_, at) =>
        this.#float(bytes[neuron * tokens + at], bytes[(neurons + neuron) * tokens + at], 0, 0));
    }
    const most = this.#float(bytes[neuron], bytes[neurons + neuron], bytes[2 * neurons + neuron], bytes[3 * neurons + neuron]);
    if (!kept) {
      const from = 4 * neurons + neuron * tokens;
      return Array.from({ length: tokens }, (_, at) => decoded(bytes[from + at], most));
    }
    const row: (number | undefined)[] = new Array(tokens).fill(undefined);
    const each = this.texts.length * kept;
    const cells = neurons * each;
    for (let i = 0; i < each; i++) {
      const at = 4 * neurons + neuron * each + i;
      const position = bytes[cells + at] | (bytes[2 * cells + at] << 8);
      row[this.starts[Math.floor(i / kept)] + position] = decoded(bytes[at], most);
    }
    return row;
  }

  /** A neuron's activations that are numbers, the greatest first. */
  firings(bytes: Uint8Array, neuron: number): Firing[] {
    const row = this.row(bytes, neuron);
    const firings: Firing[] = [];
    this.texts.forEach((tokens, text) => {
      for (let position = 0; position < tokens.size; position++) {
        const value = row[this.starts[text] + position];
        if (value !== undefined && !Number.isNaN(value)) firings.push({ text, position, value });
      }
    });
    return firings.sort((a, b) => (a.value === b.value ? 0 : b.value - a.value));
  }

  #float(a: number, b: number, c: number, d: number): number {
    [a, b, c, d].forEach((byte, i) => this.#bits.setUint8(i, byte));
    return this.#bits.getFloat32(0);
  }
}

function decoded(byte: number, most: number): number {
  const code = byte > 127 ? byte - 256 : byte;
  if (code === -128) return NaN;
  if (Math.abs(code) > MOST) return code > 0 ? Infinity : -Infinity;
  return (code / MOST) * most;
}
