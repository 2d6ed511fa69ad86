import { h } from './dom';

/** A figure's tokens. Everything in them is visible, and nothing is markup. */
export interface TokensJson {
  readonly text: readonly (string | null)[];
  readonly id: readonly number[];
  /** Where the text alone would not tell a token apart: bytes, or the vocabulary's own piece. */
  readonly label?: readonly (string | null)[];
  /** Characters that several tokens share: the first token, the last, the character. */
  readonly shared?: readonly (readonly [number, number, string])[];
}

/** The longest label, in characters. */
const LONGEST = 28;

export class Tokens {
  readonly #labels: string[];

  constructor(private readonly json: TokensJson) {
    this.#labels = json.text.map((text, i) => visible(json.label?.[i] ?? text, json.id[i]));
  }

  get size(): number {
    return this.#labels.length;
  }

  id(position: number): number {
    return this.json.id[position];
  }

  text(position: number): string | null {
    return this.json.text[position];
  }

  /** One line with visible white space, cut where it is long. */
  label(position: number): string {
    return clip(this.#labels[position]);
  }

  /** The label as an element; a character that several tokens share stands before the first. */
  written(position: number): HTMLElement[] {
    const whole = (this.json.shared ?? []).filter(([first]) => first === position);
    return [...whole.map(([, , text]) => h('b', { class: 'whole', text })), written(this.label(position))];
  }

  /** Whether the token shares a character with the one before. */
  joined(position: number): boolean {
    return (this.json.shared ?? []).some(([first, last]) => first < position && position <= last);
  }

  /** `14 ·Mary`: the index, which tells equal tokens apart, and the token. */
  named(position: number): string {
    return `${position} ${this.label(position)}`;
  }

  breaksAfter(position: number): boolean {
    return (this.json.text[position] ?? '').includes('\n');
  }
}

/** Characters that are invisible, that reorder text, or that look like a space. */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;

/** Bytes that are part of a character, or a character that is marked otherwise. */
const MARKED = /⟨[0-9A-F]{2}(?: [0-9A-F]{2})*⟩|[\n\t ]/g;

const MARKS: Readonly<Record<string, string>> = { '\n': '↵', '\t': '→', ' ': '·' };

/** Writes ↵, →, · for line breaks, tabs, spaces; ⟨200B⟩ for other unseen characters; `#id` for no text. */
export function visible(text: string | null, id: number): string {
  if (text === null) return `#${id}`;
  if (text === '') return '∅';
  return text
    .slice(0, 4 * LONGEST)
    .replace(MARKED, (found) => MARKS[found] ?? found)
    .replace(UNSEEN, (c) =>
      c === '\u200d' ? c : `⟨${c.codePointAt(0)!.toString(16).toUpperCase().padStart(2, '0')}⟩`,
    );
}

function clip(label: string): string {
  const points = [...label];
  return points.length > LONGEST ? points.slice(0, LONGEST - 1).join('') + '…' : label;
}

/** A label as an element; the marks of white space are fainter. */
export function written(label: string): HTMLElement {
  // From left to right, as a canvas writes it: a word of Arabic beside a mark would turn the mark around.
  const box = h('bdi', { class: 'token-text', dir: 'ltr' });
  for (const part of label.split(/([·↵→∅]|⟨[0-9A-F ]+⟩)/)) {
    if (part) box.append(/^([·↵→∅]|⟨[0-9A-F ]+⟩)$/.test(part) ? h('i', { text: part }) : part);
  }
  return box;
}
