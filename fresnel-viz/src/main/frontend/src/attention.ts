/** The script of pages with an explorer of attention. */
import { AttentionElement } from './attention-element';

customElements.define('fresnel-attention', AttentionElement);
