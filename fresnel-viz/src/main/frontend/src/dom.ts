/** Builds DOM without markup: text can become nothing but text. */

type Value = string | number | boolean | undefined | ((event: any) => void);

export type Child = Node | string | null | undefined;

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, Value> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') {
      element.addEventListener(name.slice(2), value);
    } else if (name === 'text') {
      element.textContent = String(value);
    } else if (value !== false && value !== undefined) {
      element.setAttribute(name, value === true ? '' : String(value));
    }
  }
  for (const child of children) if (child !== null && child !== undefined) element.append(child);
  return element;
}

/** Listens to an event of a target. */
export function on<K extends keyof HTMLElementEventMap>(
  target: EventTarget,
  type: K,
  act: (event: HTMLElementEventMap[K]) => void,
  options?: AddEventListenerOptions,
): void {
  target.addEventListener(type, act as EventListener, options);
}

/** Acts where a pointer moves, and where a finger is put down: while it rests it does not move. */
export function onPoint(target: EventTarget, act: (event: PointerEvent) => void): void {
  on(target, 'pointermove', act);
  onFinger(target, act);
}

export function onFinger(target: EventTarget, act: (event: PointerEvent) => void): void {
  on(target, 'pointerdown', (event) => { if (event.pointerType === 'touch') act(event); });
}

/** Replaces an element's children; null and undefined are left out. */
export function put(element: Element, ...children: Child[]): void {
  element.replaceChildren(...children.filter((child) => child !== null && child !== undefined));
}

/** A labelled drop-down; `change` receives the chosen value. */
export function choice<T extends string>(
  label: string,
  options: readonly (readonly [T, string])[],
  selected: T,
  change: (value: T) => void,
): HTMLLabelElement {
  const select = h('select', {
    onchange: () => change(select.value as T),
  });
  for (const [value, text] of options) {
    select.append(h('option', { value, text, selected: value === selected }));
  }
  return h('label', { class: 'choice' }, h('span', { text: label }), select);
}

/** A labelled field for a whole number; `change` receives what fits. */
export function number(
  label: string,
  value: number,
  min: number,
  max: number,
  change: (value: number) => void,
): HTMLLabelElement {
  const input = h('input', {
    type: 'number', value, min, max,
    oninput: () => { if (input.value && input.validity.valid) change(Number(input.value)); },
  });
  return h('label', { class: 'choice' }, h('span', { text: label }), input);
}

/** A table whose cells are texts or nodes. */
export function table(
  caption: string,
  columns: readonly string[],
  rows: readonly (readonly Child[])[],
): HTMLTableElement {
  return h('table', {},
    h('caption', { text: caption }),
    h('thead', {}, h('tr', {}, ...columns.map((text) => h('th', { scope: 'col', text })))),
    h('tbody', {}, ...rows.map((row) => h('tr', {}, ...row.map((cell) => h('td', {}, cell))))));
}

/** Clears a canvas, sizes it for the display's pixels, and returns a context in CSS pixels. */
export function context(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D {
  const ratio = devicePixelRatio || 1;
  const [w, t] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== t) {
    canvas.width = w;
    canvas.height = t;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const c = canvas.getContext('2d')!;
  c.setTransform(ratio, 0, 0, ratio, 0, 0);
  c.clearRect(0, 0, width, height);
  c.direction = 'ltr';
  return c;
}

/** A text, cut with an ellipsis where it is wider than the room, in the context's font. */
export function fitted(c: CanvasRenderingContext2D, text: string, room: number): string {
  if (c.measureText(text).width <= room) return text;
  const points = [...text];
  while (points.length > 1 && c.measureText(points.join('') + '…').width > room) points.pop();
  return points.join('') + '…';
}

/** An element's width in CSS pixels, measured once for each size: asking an element would lay out what has changed since. */
export function width(element: HTMLElement): () => number {
  let known: number | null = null;
  new ResizeObserver(() => (known = null)).observe(element);
  return () => (known ??= element.clientWidth);
}

/** Acts in a task of its own, after input that waits; a timer would add up to 4 ms. */
export function soon(act: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = act;
  port2.postMessage(0);
}

/** The width of a scroll bar in CSS pixels; 0 where it lies over what scrolls. */
export function scrollBar(): number {
  const box = h('div');
  box.style.cssText = 'position:absolute;visibility:hidden;width:50px;height:50px;overflow:scroll';
  document.body.append(box);
  const width = box.offsetWidth - box.clientWidth;
  box.remove();
  return width;
}
