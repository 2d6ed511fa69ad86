/** Reads binary data of the page: gzip in base64, in a script element that no browser runs. */
export async function block(id: string): Promise<Uint8Array> {
  const element = document.getElementById(id);
  if (!element) throw new Error(`this page lacks its data block ${id}`);
  const { writable, readable } = new DecompressionStream('gzip');
  const writer = writable.getWriter();
  // What cannot be unpacked fails where it is read.
  for (const done of [writer.write(bytesOf((element.textContent ?? '').trim())), writer.close()]) done.catch(() => undefined);
  // Read here, and not as a response: this needs no further task, so that a small block is there before the first frame.
  const parts: Uint8Array[] = [];
  const reader = readable.getReader();
  for (let next; !(next = await reader.read()).done;) parts.push(next.value);
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return all;
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  // Browsers of 2025 and later read it many times as fast.
  const { fromBase64 } = Uint8Array as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> };
  if (fromBase64) return fromBase64.call(Uint8Array, base64);
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** The JSON of a figure. */
export function figureJson<T>(id: string): T {
  return JSON.parse(document.getElementById(id)?.textContent ?? 'null') as T;
}
