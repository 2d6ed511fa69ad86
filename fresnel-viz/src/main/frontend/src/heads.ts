/** A head of the model. */
export interface Head {
  readonly layer: number;
  readonly head: number;
}

export const headName = ({ layer, head }: Head): string => `L${layer}H${head}`;

export const sameHead = (a: Head | null, b: Head | null): boolean =>
  a === b || (!!a && !!b && a.layer === b.layer && a.head === b.head);

type Listener = (head: Head | null, from: object) => void;

/** The locked head, which all figures of a page share. */
class Selection {
  readonly #listeners = new Set<Listener>();
  head: Head | null = null;

  /** Locks a head everywhere on the page, or unlocks it. */
  select(head: Head | null, from: object): void {
    if (sameHead(this.head, head)) return;
    this.head = head;
    for (const listener of this.#listeners) listener(head, from);
  }

  listen(listener: Listener): void {
    this.#listeners.add(listener);
  }
}

export const selection = new Selection();

/** One detector's scores: [layer][head]. */
export interface Metric {
  readonly name: string;
  readonly values: readonly (readonly number[])[];
}

/** All scores of the page, by which explorers sort their heads. */
export const metrics: Metric[] = [];
