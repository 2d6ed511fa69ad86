import { h } from './dom';

/** A figure's tokens, and how they are shown: nothing in them is invisible, nothing is markup. */
export interface TokensJson {
  readonly text: readonly (string | null)[];
  readonly id: readonly number[];
}

const LONGEST = 28;

export class Tokens {
  readonly #labels: string[];

  constructor(private readonly json: TokensJson) {
    this.#labels = json.text.map((text, i) => visible(text, json.id[i]));
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

  /** One line, white space made visible, shortened. */
  label(position: number): string {
    return clip(this.#labels[position]);
  }

  /** `14 ·Mary`: the index tells equal tokens apart. */
  named(position: number): string {
    return `${position} ${this.label(position)}`;
  }

  breaksAfter(position: number): boolean {
    return (this.json.text[position] ?? '').includes('\n');
  }
}

/** The characters that would not show, would show elsewhere, or would look like a plain space. */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;

/** ↵, →, · for line breaks, tabs and spaces; ⟨200B⟩ for what has no shape; `#id` without a text. */
export function visible(text: string | null, id: number): string {
  if (text === null) return `#${id}`;
  if (text === '') return '∅';
  return text
    .slice(0, 4 * LONGEST)
    .replaceAll('\n', '↵')
    .replaceAll('\t', '→')
    .replaceAll(' ', '·')
    .replace(UNSEEN, (c) =>
      c === '\u200d' ? c : `⟨${c.codePointAt(0)!.toString(16).toUpperCase().padStart(2, '0')}⟩`,
    );
}

function clip(label: string): string {
  const points = [...label];
  return points.length > LONGEST ? points.slice(0, LONGEST - 1).join('') + '…' : label;
}

/** A label as DOM: marks for white space in a quieter colour. */
export function written(label: string): HTMLElement {
  const box = h('bdi', { class: 'token-text' });
  for (const part of label.split(/([·↵→∅]|⟨[0-9A-F]+⟩)/)) {
    if (part) box.append(/^([·↵→∅]|⟨[0-9A-F]+⟩)$/.test(part) ? h('i', { text: part }) : part);
  }
  return box;
}
