package dev.fresnel.analysis.patch;

import static dev.fresnel.hook.Dims.HEAD;
import static dev.fresnel.hook.Dims.KV_HEAD;
import static dev.fresnel.hook.Dims.POS;
import static dev.fresnel.hook.HookKind.MLP_OUT;
import static dev.fresnel.hook.HookKind.RESID_PRE;
import static dev.fresnel.hook.HookKind.Z;

import dev.fresnel.analysis.attribution.Component;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Tensor;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Patches edges of one pair of texts, in batches of those whose readers read at one kind of place.
 */
final class ExactEdges {
  private final Transformer model;
  private final EdgePatching patching;
  private final List<Component> writers;
  private final List<Component> readers;
  private final PromptPair pair;

  /**
   * @param axes the writers and the readers
   */
  ExactEdges(EdgePatching patching, List<Axis> axes, PromptPair pair) {
    model = patching.model();
    this.patching = patching;
    this.pair = pair;
    writers = axes.get(0).labels().stream().map(Component::parse).toList();
    readers = axes.get(1).labels().stream().map(Component::parse).toList();
  }

  /** Measures the chosen cells that have no number yet. */
  void run(Tally tally, BitSet chosen) {
    int differs = pair.firstDifference();
    var writing = RunPlan.capture(RESID_PRE.at(0)).and(RunPlan.capture(Z));
    if (!model.config().attentionOnly()) {
      writing = writing.and(RunPlan.capture(MLP_OUT));
    }
    try (var clean = model.run(pair.clean(), writing);
        var base = model.run(pair.corrupted(), CellRuns.plan(model).and(writing))) {
      var reading = patching.measure().reading(clean, base, pair);
      double corrupted = reading.of(base, 0)[0];
      tally.begin(reading.of(clean, 0)[0], corrupted);
      Map<HookKind, List<Cell>> byPlace = new EnumMap<>(HookKind.class);
      chosen.stream()
          .forEach(
              index -> {
                var writer = writers.get(index / readers.size());
                var reader = readers.get(index % readers.size());
                var place = place(reader);
                Cell.Edit edit =
                    (x, start) ->
                        added(
                            x, reader, sent(writer, clean, base).slice(POS, start, pair.length()));
                byPlace
                    .computeIfAbsent(place.kind(), kind -> new ArrayList<>())
                    .add(new Cell(index, place.layer(), differs, edit));
              });
      var batching =
          Batching.ofSplit(
              model.config(), pair.length(), patching.measure(), patching.memory(), keptBytes());
      for (var cells : byPlace.entrySet()) {
        var left = tally.left(cells.getValue());
        if (differs == pair.length()) {
          tally.same(left, corrupted);
        } else if (!tally.stopped()) {
          new CellRuns(cells.getKey(), base, reading, batching).run(left, tally::found);
        }
      }
    }
  }

  /** The base run, and what writers write in both runs. */
  private long keptBytes() {
    var sizes = model.config().sizes();
    long written = (long) sizes.heads() * sizes.dHead() + sizes.dModel();
    return Batching.baseBytes(model.config(), pair.length())
        + 2L * Float.BYTES * sizes.layers() * written * pair.length();
  }

  private HookPoint place(Component reader) {
    return switch (reader.kind()) {
      case QUERY -> HookKind.Q_INPUT.at(reader.layer());
      case KEY -> HookKind.K_INPUT.at(reader.layer());
      case VALUE -> HookKind.V_INPUT.at(reader.layer());
      case MLP -> HookKind.MLP_IN.at(reader.layer());
      default -> HookKind.RESID_POST.at(model.layers() - 1);
    };
  }

  /** What the writer writes in the clean run less what it writes in the corrupted one. */
  private Tensor sent(Component writer, Run clean, Run base) {
    return switch (writer.kind()) {
      case EMBED -> difference(RESID_PRE.at(0), clean, base);
      case MLP -> difference(MLP_OUT.at(writer.layer()), clean, base);
      default ->
          model
              .headResults(writer.layer(), difference(Z.at(writer.layer()), clean, base))
              .select(HEAD, writer.head());
    };
  }

  private static Tensor difference(HookPoint point, Run clean, Run base) {
    return clean.cache().get(point).minus(base.cache().get(point));
  }

  private static Tensor added(Tensor read, Component reader, Tensor sent) {
    if (reader.head() < 0) {
      return read.plus(sent);
    }
    Dim heads = reader.kind() == Component.Kind.QUERY ? HEAD : KV_HEAD;
    return read.with(heads, reader.head(), read.select(heads, reader.head()).plus(sent));
  }
}
