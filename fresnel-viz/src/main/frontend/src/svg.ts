/** The namespace of SVG, from a parsed element: written out it would be an address on the page. */
const parsed = document.createElement('template');
parsed.innerHTML = '<svg></svg>';
const NAMESPACE = parsed.content.firstElementChild!.namespaceURI;

/** An element of SVG. */
export function svg(name: string, attributes: Record<string, string | number>, text = ''): SVGElement {
  const element = document.createElementNS(NAMESPACE, name) as SVGElement;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (text) element.textContent = text;
  return element;
}
