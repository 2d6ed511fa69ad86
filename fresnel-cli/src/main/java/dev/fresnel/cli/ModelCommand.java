package dev.fresnel.cli;

import dev.fresnel.hook.RunPlan;
import dev.fresnel.load.Progress;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Tokens;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;

/** A command that loads a model. */
abstract class ModelCommand implements Runnable {
  @Mixin final ModelOptions modelOptions = new ModelOptions();
  @Mixin final OutputOptions output = new OutputOptions();

  final Console console;
  private final Models models;

  ModelCommand(Console console, Models models) {
    this.console = console;
    this.models = models;
  }

  /** Checks what can be checked before the model is loaded, which takes long. */
  void prepare() {}

  /** The command's result. */
  abstract Document answer(Transformer model);

  /** The options of a sweep; null where the command is none. */
  @Nullable SweepOptions sweep() {
    return null;
  }

  /** The option of a figure; null where the result has none, or is written elsewhere. */
  @Nullable FigureOptions figures() {
    return null;
  }

  /** The results that a sweep saved, which need no model. */
  Document saved(SweepOptions options) {
    return options.shown(options.read());
  }

  /** Does what comes after the result has been printed. */
  void finish() {}

  @Override
  public final void run() {
    console.use(output);
    var figures = figures();
    if (figures != null) {
      figures.prepare();
    }
    prepare();
    var sweep = sweep();
    try {
      if (sweep != null && sweep.reads()) {
        console.show(saved(sweep));
      } else {
        try (var model = modelOptions.load(models, console)) {
          var answer = answer(model);
          if (figures != null) {
            figures.write(answer, model.config().name());
          }
          console.show(answer);
        }
      }
      finish();
    } finally {
      if (sweep != null) {
        sweep.ended();
      }
    }
  }

  /** Runs the model, and reads the run before it is closed. */
  final Document lookAt(
      Transformer model, Tokens tokens, RunPlan plan, Function<Run, Document> look) {
    return lookAt(model, tokens, plan, (run, progress) -> look.apply(run));
  }

  /** The same, where the reading takes long and tells how far it is. */
  final Document lookAt(
      Transformer model, Tokens tokens, RunPlan plan, BiFunction<Run, Progress, Document> look) {
    return console.during(
        "Looking into " + model.config().name(),
        progress -> {
          try (var run = model.run(tokens, plan)) {
            return look.apply(run, progress);
          }
        });
  }
}
