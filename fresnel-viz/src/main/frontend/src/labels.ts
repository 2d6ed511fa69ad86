import { Tokens, type TokensJson } from './tokens';

/** The names of a map's rows or of its columns: plain texts, or tokens. */
export interface LabelsJson {
  readonly title: string;
  readonly names?: readonly string[];
  readonly tokens?: TokensJson;
}

/** One line of text per label; a token comes after its position. */
export function labels({ names, tokens }: LabelsJson): readonly string[] {
  if (names) return names;
  const text = new Tokens(tokens!);
  return Array.from({ length: text.size }, (_, at) => text.named(at));
}
