/** The script of pages with coloured tokens. */
import { ColouredTokensElement } from './coloured-tokens-element';

customElements.define('fresnel-tokens', ColouredTokensElement);
