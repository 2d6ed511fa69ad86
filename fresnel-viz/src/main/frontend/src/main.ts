import { figureJson } from './blocks';
import { chrome } from './chrome';
import { frame } from './frame';
import { metrics } from './heads';
import type { HeatmapJson } from './heatmap-element';

// All scores are read before any figure is made: explorers offer them for sorting.
for (const element of document.querySelectorAll<HTMLElement>('fresnel-heatmap')) {
  const json = figureJson<HeatmapJson>(element.dataset.figure ?? '');
  for (const panel of json?.heads ? json.panels : []) {
    metrics.push({ name: panel.name, values: panel.values.map((row) => row.map(Number)) });
  }
}

chrome();
frame();
