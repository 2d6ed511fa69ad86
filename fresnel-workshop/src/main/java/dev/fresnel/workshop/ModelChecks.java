package dev.fresnel.workshop;

import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Run;
import dev.fresnel.model.config.ModelConfig;
import dev.fresnel.model.config.Norm;
import dev.fresnel.model.config.Positional;
import dev.fresnel.model.config.Sizes;
import dev.fresnel.workshop.Checks.OfRun;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The checks of chapter 1: a configuration, and what a run says of the next token. */
final class ModelChecks {
  private ModelChecks() {}

  static Verdict toyConfiguration(Supplier<ModelConfig> method) {
    var mistakes = new LinkedHashMap<String, Supplier<Answer>>();
    var toy = toy(12, 64);
    mistakes.put(
        "The number of heads and d_head are exchanged: it has 12 heads of 64 dimensions each.",
        () -> fields(toy(64, 12)));
    mistakes.put(
        "This has a layer norm: ModelConfig.of(...) gives GPT-2's architecture until you change it.",
        () -> fields(toy.withNorm(gpt2().norm())));
    mistakes.put(
        "These are GPT-2's positions, which are added to the residual stream; the toy model has"
            + " shortformer positions.",
        () -> fields(toy.withPositional(new Positional.Learned())));
    mistakes.put(
        "This has MLPs: the toy model is attention-only.", () -> fields(toy.withMlp(gpt2().mlp())));
    mistakes.put(
        "This is GPT-2's architecture with other sizes: the toy model has no MLP, no norm, and"
            + " shortformer positions.",
        () -> fields(gpt2()));
    return Judge.judge(
        "toy-configuration",
        new Trial(
            "in the configuration",
            () -> fields(Answer.given(method.get())),
            fields(toy),
            mistakes));
  }

  private static ModelConfig toy(int heads, int dHead) {
    return ModelConfig.attentionOnly(
        "toy", sizes(heads, dHead), new Norm.None(), new Positional.Shortformer());
  }

  private static ModelConfig gpt2() {
    return ModelConfig.of("toy", sizes(12, 64));
  }

  private static Sizes sizes(int heads, int dHead) {
    return Sizes.builder()
        .layers(2)
        .heads(heads)
        .dModel(768)
        .dHead(dHead)
        .context(2048)
        .vocabulary(50278)
        .build();
  }

  private static Answer fields(ModelConfig config) {
    var sizes = config.sizes();
    var cells = new LinkedHashMap<String, Object>();
    cells.put("layers", (double) sizes.layers());
    cells.put("heads", (double) sizes.heads());
    cells.put("d_model", (double) sizes.dModel());
    cells.put("d_head", (double) sizes.dHead());
    cells.put("the context", (double) sizes.context());
    cells.put("the vocabulary", (double) sizes.vocabulary());
    cells.put("the MLP", config.attentionOnly() ? "none" : "one in each layer");
    cells.put("the norm", config.norm().label().orElse("none"));
    cells.put("the kind of positions", config.positional().label());
    return new Answer(Map.of(), cells);
  }

  static Verdict surprise(OfRun<Double> method) {
    try (var small = SmallModel.plain();
        var run = small.run(RunPlan.nothing())) {
      var trials = new ArrayList<Trial>();
      for (int position : List.of(0, 3, 6)) {
        trials.add(surprise(method, run, position));
      }
      return Judge.judge("surprise", trials);
    }
  }

  private static Trial surprise(OfRun<Double> method, Run run, int position) {
    int next = SmallModel.TEXT[position + 1];
    int current = SmallModel.TEXT[position];
    var mistakes = new LinkedHashMap<String, Supplier<Answer>>();
    mistakes.put(
        "This is the surprise at the token at the position itself: at position p the model predicts"
            + " the token at p + 1.",
        () -> answer(loss(run, position, current)));
    mistakes.put(
        "The sign is missing: the surprise is minus the log probability.",
        () -> answer(-loss(run, position, next)));
    mistakes.put(
        "This is the logit itself: take the softmax over the vocabulary first.",
        () -> answer(logits(run, position)[next]));
    mistakes.put(
        "This is minus the logit: take the softmax over the vocabulary first.",
        () -> answer(-logits(run, position)[next]));
    mistakes.put(
        "This is the probability: take minus its logarithm.",
        () -> answer(Math.exp(-loss(run, position, next))));
    mistakes.put(
        "This is in bits: take the natural logarithm.",
        () -> answer(loss(run, position, next) / Math.log(2)));
    mistakes.put(
        "These are the logits one position later, which have already read the token.",
        () -> answer(loss(run, position + 1, next)));
    return new Trial(
        "on a text of 9 tokens, position " + position,
        () -> answer(Answer.given(method.of(run, position))),
        answer(loss(run, position, next)),
        mistakes);
  }

  private static Answer answer(double value) {
    return Answer.of("the surprise", value);
  }

  private static double[] logits(Run run, int position) {
    double[] all = Answer.numbers(run.logits());
    int width = SmallModel.VOCABULARY;
    double[] row = new double[width];
    System.arraycopy(all, position * width, row, 0, width);
    return row;
  }

  private static double loss(Run run, int position, int token) {
    double[] logits = logits(run, position);
    double sum = 0;
    for (double logit : logits) {
      sum += Math.exp(logit);
    }
    return Math.log(sum) - logits[token];
  }
}
