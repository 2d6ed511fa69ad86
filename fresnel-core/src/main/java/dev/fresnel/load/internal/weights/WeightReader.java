package dev.fresnel.load.internal.weights;

import dev.fresnel.load.internal.weights.WeightLayout.Part;
import dev.fresnel.model.WeightKind;
import dev.fresnel.model.WeightName;
import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Owner;
import dev.fresnel.tensor.Parallel;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Reads weights part by part (the embeddings, each block, the end), so that of the numbers before
 * processing no more than one part a thread is in memory. Without processing or conversion nothing
 * is copied: the weights are views of the mapped file.
 */
public final class WeightReader {
  private final WeightNames names;
  private final Treatment treatment;
  private final Owner owner;

  private WeightReader(WeightNames names, Treatment treatment, Owner owner) {
    this.names = names;
    this.treatment = treatment;
    this.owner = owner;
  }

  /**
   * What is done to weights between the file and the model.
   *
   * @param computing the type that they are processed in
   * @param process what is done to each part's weights, on any thread; the identity for weights as
   *     stored
   * @param place brings a processed weight to its final type and device
   */
  public record Treatment(
      DType computing,
      UnaryOperator<Map<WeightKind, Tensor>> process,
      UnaryOperator<Tensor> place) {}

  /**
   * @param rules what to read; every one has its weight in the file
   * @param progress told how many weights have been read
   * @param owner keeps the results
   */
  public static Map<String, Tensor> read(
      List<WeightRule> rules,
      WeightNames names,
      Treatment treatment,
      LongConsumer progress,
      Owner owner) {
    var reader = new WeightReader(names, treatment, owner);
    var parts = WeightLayout.parts(rules);
    var weights = new ConcurrentHashMap<Part, Map<String, Tensor>>();
    var done = new LongAdder();
    progress.accept(0);
    Parallel.forEach(
        reader.jobs(parts),
        job -> weights.putAll(reader.read(job)),
        job -> {
          done.add(job.rules().count());
          progress.accept(done.sum());
        });
    var inOrder = new LinkedHashMap<String, Tensor>();
    parts.keySet().forEach(part -> inOrder.putAll(weights.get(part)));
    return inOrder;
  }

  /** Parts that are read together, because they share numbers that have to be made. */
  private static final class Job {
    final Map<Part, List<WeightRule>> parts = new LinkedHashMap<>();

    Stream<WeightRule> rules() {
      return parts.values().stream().flatMap(List::stream);
    }

    /** How many numbers there are to make. */
    long size() {
      return rules().mapToLong(rule -> rule.stored().count()).sum();
    }
  }

  /** The largest first: its temporary memory is freed before most others are read. */
  private List<Job> jobs(Map<Part, List<WeightRule>> parts) {
    var bySource = new HashMap<String, Job>();
    var jobs = new LinkedHashSet<Job>();
    parts.forEach(
        (name, part) -> {
          Job job =
              part.stream()
                  .filter(this::isMadeAnew)
                  .map(rule -> bySource.get(rule.source()))
                  .filter(Objects::nonNull)
                  .findFirst()
                  .orElseGet(Job::new);
          job.parts.put(name, part);
          jobs.add(job);
          part.forEach(rule -> bySource.putIfAbsent(rule.source(), job));
        });
    return jobs.stream().sorted(Comparator.comparingLong(Job::size).reversed()).toList();
  }

  private Map<Part, Map<String, Tensor>> read(Job job) {
    var kept = new LinkedHashMap<Part, Map<String, Tensor>>();
    try (var scope = Scope.open()) {
      var bases = new HashMap<String, Tensor>();
      job.rules().forEach(rule -> bases.computeIfAbsent(rule.source(), source -> base(rule)));
      job.parts.forEach((part, rules) -> kept.put(part, read(part, rules, bases)));
      boolean views =
          kept.values().stream()
              .flatMap(part -> part.values().stream())
              .anyMatch(weight -> bases.values().stream().anyMatch(weight::sharesMemoryWith));
      if (!views) {
        names.source().unmap();
      }
    }
    return kept;
  }

  private Map<String, Tensor> read(Part part, List<WeightRule> rules, Map<String, Tensor> bases) {
    var kept = new LinkedHashMap<String, Tensor>();
    try (var scope = Scope.open()) {
      var weights = new EnumMap<WeightKind, Tensor>(WeightKind.class);
      for (WeightRule rule : rules) {
        weights.put(rule.target().kind(), rule.view().apply(bases.get(rule.source())));
      }
      treatment
          .process
          .apply(weights)
          .forEach(
              (kind, weight) -> {
                String name = new WeightName(kind, part.layer()).name();
                kept.put(name, owner.keep(treatment.place.apply(weight), name));
              });
    }
    return kept;
  }

  /** The stored numbers in the type that is computed with. */
  private Tensor base(WeightRule rule) {
    Tensor stored = names.source().read(names.inFile(rule.source()));
    return stored.named(rule.stored().dims().toArray(Dim[]::new)).to(treatment.computing);
  }

  /** Whether reading has to make numbers; a view of the file costs nothing. */
  private boolean isMadeAnew(WeightRule rule) {
    String name = names.inFile(rule.source());
    return !names.source().isMapped(name)
        || names.source().stored(name).type() != treatment.computing;
  }
}
