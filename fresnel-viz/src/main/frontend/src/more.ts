/** The second script: figures that most pages do not hold. */
import { LensElement } from './lens-element';

customElements.define('fresnel-lens', LensElement);
