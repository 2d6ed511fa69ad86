/** The second script: figures that most pages do not hold. */
import { BarsElement } from './bars-element';
import { LensElement } from './lens-element';
import { LinesElement } from './lines-element';
import { NeuronsElement } from './neurons-element';
import { PredictionsElement } from './predictions-element';
import { TensorElement } from './tensor-element';

customElements.define('fresnel-lens', LensElement);
customElements.define('fresnel-predictions', PredictionsElement);
customElements.define('fresnel-neurons', NeuronsElement);
customElements.define('fresnel-bars', BarsElement);
customElements.define('fresnel-lines', LinesElement);
customElements.define('fresnel-tensor', TensorElement);
