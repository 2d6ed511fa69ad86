/** The second script: figures that most pages do not hold. */
import { LensElement } from './lens-element';
import { TensorElement } from './tensor-element';

customElements.define('fresnel-lens', LensElement);
customElements.define('fresnel-tensor', TensorElement);
