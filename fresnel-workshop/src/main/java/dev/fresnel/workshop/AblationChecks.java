package dev.fresnel.workshop;

import dev.fresnel.analysis.HeadId;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.workshop.Checks.WithoutHeads;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** The check of chapter 7: heads are taken out, and no others. */
final class AblationChecks {
  private AblationChecks() {}

  static Verdict withoutHeads(WithoutHeads method) {
    var trials = new ArrayList<Trial>();
    var lists =
        List.of(
            List.of(new HeadId(1, 0), new HeadId(0, 1)),
            List.of(new HeadId(0, 1), new HeadId(0, 2)));
    for (var heads : lists) {
      var mistakes = new LinkedHashMap<String, Supplier<Answer>>();
      mistakes.put(
          "The whole layer is ablated: set one index of the dimension head to zero.",
          () -> silent(wholeLayers(heads)));
      mistakes.put(
          "Only the first head of the list is ablated.",
          () -> silent(Set.copyOf(heads.subList(0, 1))));
      mistakes.put(
          "Only the last head of the list is ablated: plan.edit(...) returns a new plan, so go on"
              + " with that one.",
          () -> silent(Set.copyOf(heads.subList(1, 2))));
      mistakes.put(
          "Nothing is ablated: plan.edit(...) returns a new plan and leaves the old as it is.",
          () -> silent(Set.of()));
      mistakes.put(
          "Heads are counted from 1: head 0 is the first.",
          () ->
              silent(
                  new LinkedHashSet<>(
                      heads.stream()
                          .map(id -> new HeadId(id.layer(), id.head() - 1 < 0 ? 2 : id.head() - 1))
                          .toList())));
      mistakes.put(
          "Everything but these heads is ablated: set these to zero, and leave the others.",
          () -> silent(others(heads)));
      trials.add(
          new Trial(
              "without " + heads,
              () -> silenced(Answer.given(method.of(heads))),
              silent(Set.copyOf(heads)),
              mistakes));
    }
    return Judge.judge("without-heads", trials);
  }

  private static Set<HeadId> wholeLayers(List<HeadId> heads) {
    var all = new LinkedHashSet<HeadId>();
    for (HeadId id : heads) {
      IntStream.range(0, SmallModel.HEADS).forEach(head -> all.add(new HeadId(id.layer(), head)));
    }
    return all;
  }

  private static Set<HeadId> others(List<HeadId> heads) {
    var all = new LinkedHashSet<HeadId>();
    for (int layer = 0; layer < SmallModel.LAYERS; layer++) {
      for (int head = 0; head < SmallModel.HEADS; head++) {
        if (!heads.contains(new HeadId(layer, head))) {
          all.add(new HeadId(layer, head));
        }
      }
    }
    return all;
  }

  private static Answer silent(Set<HeadId> heads) {
    var cells = new LinkedHashMap<String, Object>();
    for (int layer = 0; layer < SmallModel.LAYERS; layer++) {
      for (int head = 0; head < SmallModel.HEADS; head++) {
        var id = new HeadId(layer, head);
        cells.put(id.label(), heads.contains(id) ? "zero" : "as it was");
      }
    }
    return new Answer(java.util.Map.of(), cells);
  }

  /** Which heads write nothing under a plan; each layer is looked at alone, from the same input. */
  private static Answer silenced(RunPlan plan) {
    try (var small = SmallModel.plain();
        var run = small.run(plan.and(RunPlan.capture(HookKind.Z, HookKind.V, HookKind.PATTERN)))) {
      var cells = new LinkedHashMap<String, Object>();
      for (int layer = 0; layer < SmallModel.LAYERS; layer++) {
        double[] z = Answer.numbers(run.cache().get(HookKind.Z, layer));
        double[] v = Answer.numbers(run.cache().get(HookKind.V, layer));
        double[] pattern = Answer.numbers(run.cache().get(HookKind.PATTERN, layer));
        for (int head = 0; head < SmallModel.HEADS; head++) {
          cells.put(new HeadId(layer, head).label(), state(z, v, pattern, head));
        }
      }
      return new Answer(java.util.Map.of(), cells);
    }
  }

  private static String state(double[] z, double[] v, double[] pattern, int head) {
    int length = SmallModel.TEXT.length;
    double size = 0;
    double change = 0;
    for (int query = 0; query < length; query++) {
      for (int d = 0; d < SmallModel.D_HEAD; d++) {
        double mixed = 0;
        for (int key = 0; key <= query; key++) {
          mixed +=
              pattern[(head * length + query) * length + key]
                  * v[(key * SmallModel.HEADS + head) * SmallModel.D_HEAD + d];
        }
        double now = z[(query * SmallModel.HEADS + head) * SmallModel.D_HEAD + d];
        size += Math.abs(now);
        change += Math.abs(now - mixed);
      }
    }
    return size == 0 ? "zero" : change < 1e-3 ? "as it was" : "changed";
  }
}
