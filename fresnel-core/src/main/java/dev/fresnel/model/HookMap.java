package dev.fresnel.model;

import static dev.fresnel.hook.HookKind.*;

import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.config.BlockOrder;
import dev.fresnel.model.config.Mlp;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Positional;
import java.util.ArrayList;
import java.util.List;

/** The hook points of a model, by its configuration, in the order in which a run passes them. */
final class HookMap {
  private HookMap() {}

  static List<HookPoint> of(ModelConfig config) {
    var points = new ArrayList<HookPoint>();
    for (HookKind kind : HookKind.values()) {
      if (kind.place() == HookKind.Place.MODEL
          && kind.compareTo(RESID_PRE) < 0
          && has(config, kind)) {
        points.add(kind.inModel());
      }
    }
    for (int layer = 0; layer < config.sizes().layers(); layer++) {
      for (HookKind kind : HookKind.values()) {
        if (kind.place() == HookKind.Place.BLOCK && has(config, kind)) {
          points.add(kind.at(layer));
        }
      }
    }
    for (HookKind kind : List.of(LN_FINAL_SCALE, LN_FINAL_NORMALIZED)) {
      if (has(config, kind)) {
        points.add(kind.inModel());
      }
    }
    return List.copyOf(points);
  }

  /**
   * The hook points that a run passes, in order, if it does not stop after its captures.
   *
   * @param places the model's hook points, in order
   */
  static List<HookPoint> passed(ModelConfig config, List<HookPoint> places, RunPlan plan) {
    int layers = config.sizes().layers();
    int first = plan.start().map(RunPlan.Start::layer).orElse(0);
    int stop = plan.stop(layers);
    boolean embeds = plan.start().isEmpty();
    boolean readsPositions = embeds || config.positional() instanceof Positional.Shortformer;
    return places.stream()
        .filter(
            point ->
                switch (point.kind()) {
                  case POS_EMBED -> readsPositions;
                  case LN_FINAL_SCALE, LN_FINAL_NORMALIZED -> stop == layers;
                  default ->
                      point.kind().place() == HookKind.Place.MODEL
                          ? embeds
                          : point.layer() >= first && point.layer() < stop;
                })
        .toList();
  }

  private static boolean has(ModelConfig config, HookKind kind) {
    boolean norm = isReal(config.norm());
    boolean mlp = !config.attentionOnly();
    return switch (kind) {
      case POS_EMBED ->
          config.positional() instanceof Positional.Learned
              || config.positional() instanceof Positional.Shortformer;
      case EMBED_LN_SCALE, EMBED_LN_NORMALIZED -> isReal(config.embeddingNorm());
      case LN1_POST_SCALE, LN1_POST_NORMALIZED -> isReal(config.normBehind());
      case LN2_POST_SCALE, LN2_POST_NORMALIZED -> mlp && isReal(config.normBehind());
      case ROT_Q, ROT_K -> config.positional() instanceof Positional.Rotary;
      case LN1_SCALE, LN1_NORMALIZED, LN_FINAL_SCALE, LN_FINAL_NORMALIZED -> norm;
      case LN2_SCALE, LN2_NORMALIZED -> norm && mlp;
      case RESID_MID -> mlp && config.order() == BlockOrder.SEQUENTIAL;
      case MLP_IN, MLP_PRE, MLP_POST, MLP_OUT -> mlp;
      case MLP_PRE_LINEAR -> config.mlp() instanceof Mlp.Gated;
      case TOKENS,
          EMBED,
          RESID_PRE,
          ATTN_IN,
          Q_INPUT,
          K_INPUT,
          V_INPUT,
          Q,
          K,
          V,
          ATTN_SCORES,
          PATTERN,
          Z,
          RESULT,
          ATTN_OUT,
          RESID_POST ->
          true;
    };
  }

  private static boolean isReal(Norm norm) {
    return !(norm instanceof Norm.None);
  }
}
