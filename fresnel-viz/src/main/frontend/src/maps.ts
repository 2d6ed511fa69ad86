/** The script of pages with heat maps. */
import { HeatmapElement } from './heatmap-element';

customElements.define('fresnel-heatmap', HeatmapElement);
