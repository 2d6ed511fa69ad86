import dev.fresnel.Fresnel;
import dev.fresnel.analysis.*;
import dev.fresnel.error.*;
import dev.fresnel.hook.*;
import dev.fresnel.load.*;
import dev.fresnel.model.*;
import dev.fresnel.model.config.*;
import dev.fresnel.tensor.*;
import dev.fresnel.tensor.grad.*;
import dev.fresnel.text.*;
import dev.fresnel.train.*;
import dev.fresnel.viz.*;
import static dev.fresnel.hook.Dims.*;
import static dev.fresnel.hook.HookKind.*;
Transformer model = null;
try { model = Fresnel.load(System.getProperty("fresnel.jshell.model", Loading.BUNDLED)); System.out.println("model is " + model + "; try: var run = model.run(model.tokens(\" one two three one two\"), RunPlan.capture(PATTERN))"); } catch (FresnelException e) { System.out.println("no model is loaded: " + e.getMessage()); }
