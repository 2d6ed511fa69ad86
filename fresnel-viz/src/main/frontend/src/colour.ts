/** Colour ramps: 256 colours each, interpolated between a few stops. */

const STOPS = {
  viridis: '440154 482878 3e4989 31688e 26828e 1f9e89 35b779 6ece58 b5de2b fde725',
  cividis: '00224e 123570 3b496c 575d6d 707173 8a8678 a59c74 c3b369 e1cc55 fee838',
  attentionLight: 'ffffff e4eefb bdd8f5 86b9ea 4a8fd8 1f63b5 123f82 081d4a',
  attentionDark: '15181e 14294a 174a7c 2272ab 45a0d2 86caea c8eafa ffffff',
  signedLight: '08306b 1c5ca8 5a93cf a8c9e8 ffffff f6c691 e08b3a b35806 6b3203',
  signedDark: 'a9d4ff 62a8f0 2f6db3 1d3a5c 111419 553415 a35f19 f0963a ffd7a6',
} as const;

export type RampName = 'viridis' | 'cividis' | 'attention' | 'signed';

export class Ramp {
  /** Red, green, blue of 256 steps. */
  readonly table = new Uint8ClampedArray(256 * 3);
  #words: Uint32Array | null = null;
  /** The colours and those of their text as style sheets write them, as far as they were asked for. */
  readonly #css: string[] = [];
  readonly #inks: string[] = [];
  #gradient = '';

  constructor(stops: string) {
    const colours = stops.split(' ').map((hex) => parseInt(hex, 16));
    for (let step = 0; step < 256; step++) {
      const place = (step / 255) * (colours.length - 1);
      const low = Math.min(Math.floor(place), colours.length - 2);
      for (let channel = 0; channel < 3; channel++) {
        const shift = 16 - 8 * channel;
        const [from, to] = [(colours[low] >> shift) & 255, (colours[low + 1] >> shift) & 255];
        this.table[step * 3 + channel] = Math.round(from + (to - from) * (place - low));
      }
    }
  }

  /** The colours as a canvas keeps a pixel: alpha, blue, green, red, on the little-endian machines that browsers run on. */
  get words(): Uint32Array {
    return (this.#words ??= Uint32Array.from({ length: 256 }, (_, step) =>
      0xff000000 | (this.table[step * 3 + 2] << 16) | (this.table[step * 3 + 1] << 8) | this.table[step * 3]));
  }

  /** The index of a colour, for a place in 0..1. */
  static step(place: number): number {
    return place <= 0 ? 0 : place >= 1 ? 255 : Math.round(place * 255);
  }

  css(place: number): string {
    const step = Ramp.step(place);
    return (this.#css[step] ??= `rgb(${this.table.subarray(3 * step, 3 * step + 3).join()})`);
  }

  /** The text colour, near-black or white, with the higher contrast on the ramp's colour. */
  ink(place: number): string {
    const step = Ramp.step(place);
    return (this.#inks[step] ??= this.#ink(3 * step));
  }

  #ink(at: number): string {
    const linear = (v: number) =>
      v <= 10 ? v / 3294 : Math.pow((v / 255 + 0.055) / 1.055, 2.4);
    const light =
      0.2126 * linear(this.table[at]) +
      0.7152 * linear(this.table[at + 1]) +
      0.0722 * linear(this.table[at + 2]);
    return light > 0.183 ? '#000000' : '#ffffff';
  }

  /** The ramp from left to right, for a colour bar. */
  get gradient(): string {
    return (this.#gradient ||= `linear-gradient(to right,${Array.from({ length: 33 }, (_, i) => this.css(i / 32)).join()})`);
  }
}

const made = new Map<string, Ramp>();

export function ramp(name: RampName, dark: boolean): Ramp {
  const key =
    name === 'attention' || name === 'signed'
      ? (`${name}${dark ? 'Dark' : 'Light'}` as const)
      : name;
  let found = made.get(key);
  if (!found) made.set(key, (found = new Ramp(STOPS[key])));
  return found;
}

/** The colour of NaN, which no ramp has. */
export const NOT_A_NUMBER = 'rgb(214,0,147)';

/** Grey hatching for cells that cannot hold a value. */
export function hatch(c: CanvasRenderingContext2D, dark: boolean): CanvasPattern {
  let tile = tiles.get(dark);
  if (!tile) tiles.set(dark, (tile = hatchTile(dark)));
  return c.createPattern(tile, 'repeat')!;
}

const tiles = new Map<boolean, HTMLCanvasElement>();

function hatchTile(dark: boolean): HTMLCanvasElement {
  const tile = document.createElement('canvas');
  tile.width = tile.height = 6;
  const t = tile.getContext('2d')!;
  t.fillStyle = dark ? '#23272f' : '#eceef1';
  t.fillRect(0, 0, 6, 6);
  t.strokeStyle = dark ? '#333944' : '#d9dce1';
  t.lineWidth = 1.2;
  t.beginPath();
  for (const from of [-6, 0, 6]) {
    t.moveTo(from, 6);
    t.lineTo(from + 6, 0);
  }
  t.stroke();
  return tile;
}
