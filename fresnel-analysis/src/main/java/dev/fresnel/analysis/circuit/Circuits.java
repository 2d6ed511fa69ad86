package dev.fresnel.analysis.circuit;

import static dev.fresnel.hook.Dims.D_HEAD;
import static dev.fresnel.hook.Dims.D_MODEL;
import static dev.fresnel.hook.Dims.D_VOCAB;
import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.LAYER;
import static dev.fresnel.model.WeightKind.W_E;
import static dev.fresnel.model.WeightKind.W_K;
import static dev.fresnel.model.WeightKind.W_O;
import static dev.fresnel.model.WeightKind.W_Q;
import static dev.fresnel.model.WeightKind.W_U;
import static dev.fresnel.model.WeightKind.W_V;

import dev.fresnel.analysis.HeadId;
import dev.fresnel.error.FresnelException;
import dev.fresnel.model.Transformer;
import dev.fresnel.model.WeightKind;
import dev.fresnel.tensor.Tensor;
import java.util.stream.IntStream;

/**
 * The two circuits of a head. Its QK circuit, W_Q times W_K transposed, decides where the head
 * attends: rows are the query's residual stream, columns the key's. Its OV circuit, W_V times W_O,
 * decides what the head then writes: rows are what is read, columns what is written.
 *
 * <p>Weights are taken as the model has them: norms count where they were folded in, biases and
 * rotations do not. Query heads that share keys and values each get them.
 *
 * <p>Source: Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits".
 */
public final class Circuits {
  private Circuits() {}

  /**
   * The QK circuits of one layer's heads [head], d_model by d_model.
   *
   * @throws FresnelException if there is no such layer
   */
  public static FactoredMatrix qk(Transformer model, int layer) {
    requireLayer(model, layer);
    return FactoredMatrix.of(
        model.weight(W_Q.at(layer)), D_MODEL, model.weight(W_K.at(layer)), D_MODEL, D_HEAD);
  }

  /**
   * The OV circuits of one layer's heads [head], d_model by d_model.
   *
   * @throws FresnelException if there is no such layer
   */
  public static FactoredMatrix ov(Transformer model, int layer) {
    requireLayer(model, layer);
    return FactoredMatrix.of(
        model.weight(W_V.at(layer)), D_MODEL, model.weight(W_O.at(layer)), D_MODEL, D_HEAD);
  }

  /** The QK circuits of all heads [layer, head]: copies of the weights. */
  public static FactoredMatrix qk(Transformer model) {
    return FactoredMatrix.of(stack(model, W_Q), D_MODEL, stack(model, W_K), D_MODEL, D_HEAD);
  }

  /** The OV circuits of all heads [layer, head]: copies of the weights. */
  public static FactoredMatrix ov(Transformer model) {
    return FactoredMatrix.of(stack(model, W_V), D_MODEL, stack(model, W_O), D_MODEL, D_HEAD);
  }

  /**
   * The QK circuit of one head, d_model by d_model.
   *
   * @throws FresnelException if there is no such head
   */
  public static FactoredMatrix qk(Transformer model, HeadId head) {
    return select(model, head, qk(model, head.layer()));
  }

  /**
   * The OV circuit of one head, d_model by d_model.
   *
   * @throws FresnelException if there is no such head
   */
  public static FactoredMatrix ov(Transformer model, HeadId head) {
    return select(model, head, ov(model, head.layer()));
  }

  /**
   * A head's QK circuit from token to token: rows are the tokens that attend, columns those that
   * are attended to, through W_E on both sides. It counts no position, no norm and no division by
   * the root of d_head.
   *
   * @throws FresnelException if there is no such head
   */
  public static FactoredMatrix fullQk(Transformer model, HeadId head) {
    Tensor wE = model.weight(W_E.inModel());
    return qk(model, head).after(wE, D_VOCAB, D_MODEL).then(wE, D_MODEL, D_VOCAB);
  }

  /**
   * A head's OV circuit from token to token: rows are the tokens that are attended to, columns the
   * tokens whose logits that changes, through W_E and W_U. It counts no norm.
   *
   * @throws FresnelException if there is no such head
   */
  public static FactoredMatrix fullOv(Transformer model, HeadId head) {
    return ov(model, head)
        .after(model.weight(W_E.inModel()), D_VOCAB, D_MODEL)
        .then(model.weight(W_U.inModel()), D_MODEL, D_VOCAB);
  }

  private static FactoredMatrix select(Transformer model, HeadId head, FactoredMatrix heads) {
    requireHead(model, head);
    return heads.select(HEAD, head.head());
  }

  private static Tensor stack(Transformer model, WeightKind kind) {
    return Tensor.stack(
        LAYER,
        IntStream.range(0, model.layers())
            .mapToObj(layer -> model.weight(kind.at(layer)))
            .toList());
  }

  static void requireLayer(Transformer model, int layer) {
    if (layer < 0 || layer >= model.layers()) {
      throw new FresnelException(
          "there is no layer %d: the model has layers 0 to %d"
              .formatted(layer, model.layers() - 1));
    }
  }

  private static void requireHead(Transformer model, HeadId head) {
    if (head.head() >= model.heads()) {
      throw new FresnelException(
          "there is no head %s: layers are 0 to %d, heads 0 to %d"
              .formatted(head, model.layers() - 1, model.heads() - 1));
    }
  }
}
