/** Remembers what something was last made of. */
export class Last {
  #parts: readonly unknown[] = [];

  /** Whether it is to be made of other parts now. */
  differs(...parts: unknown[]): boolean {
    const old = this.#parts;
    this.#parts = parts;
    return parts.length !== old.length || parts.some((part, i) => part !== old[i]);
  }
}
