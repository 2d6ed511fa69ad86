import { AttentionElement } from './attention-element';
import { chrome } from './chrome';
import { ColouredTokensElement } from './coloured-tokens-element';
import { frame } from './frame';
import { figureJson } from './blocks';
import { HeatmapElement, type HeatmapJson } from './heatmap-element';
import { metrics } from './heads';
import * as shared from './shared';

// All scores are read before any figure is made: explorers offer them for sorting.
for (const element of document.querySelectorAll<HTMLElement>('fresnel-heatmap')) {
  const json = figureJson<HeatmapJson>(element.dataset.figure ?? '');
  for (const panel of json?.heads ? json.panels : []) {
    metrics.push({ name: panel.name, values: panel.values.map((row) => row.map(Number)) });
  }
}

Object.assign(globalThis, { fresnel: shared });
chrome();
frame();
customElements.define('fresnel-heatmap', HeatmapElement);
customElements.define('fresnel-attention', AttentionElement);
customElements.define('fresnel-tokens', ColouredTokensElement);
