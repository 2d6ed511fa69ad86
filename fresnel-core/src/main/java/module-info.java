/**
 * Tensors with named dimensions, tokenizers, one hooked forward pass, and loading. Packages with
 * {@code internal} in their name are not exported.
 */
@SuppressWarnings("requires-automatic")
module dev.fresnel.core {
  requires static transitive org.jspecify;
  requires transitive org.bytedeco.javacpp;
  requires transitive org.bytedeco.pytorch;
  requires org.bytedeco.openblas;
  requires org.bytedeco.dnnl;
  requires ai.djl.tokenizers;
  requires transitive com.fasterxml.jackson.core;
  requires transitive com.fasterxml.jackson.databind;
  requires java.net.http;

  exports dev.fresnel;
  exports dev.fresnel.error;
  exports dev.fresnel.file;
  exports dev.fresnel.generate;
  exports dev.fresnel.hook;
  exports dev.fresnel.load;
  exports dev.fresnel.load.hub;
  exports dev.fresnel.model;
  exports dev.fresnel.model.config;
  exports dev.fresnel.tensor;
  exports dev.fresnel.tensor.grad;
  exports dev.fresnel.text;
}
