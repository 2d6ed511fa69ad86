package dev.fresnel.load;

import dev.fresnel.tensor.DType;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Owner;
import dev.fresnel.tensor.Parallel;
import dev.fresnel.tensor.Scope;
import dev.fresnel.tensor.Tensor;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Reads weights part by part (the embeddings, each block, the end), so that of the numbers before
 * processing no more than one part a thread is in memory. Without processing or conversion nothing
 * is copied: the weights are views of the mapped file.
 */
final class WeightReader {
  private final WeightNames names;
  private final LoadOptions options;
  private final UnaryOperator<Map<String, Tensor>> process;
  private final Owner owner;

  private WeightReader(
      WeightNames names,
      LoadOptions options,
      UnaryOperator<Map<String, Tensor>> process,
      Owner owner) {
    this.names = names;
    this.options = options;
    this.process = process;
    this.owner = owner;
  }

  /**
   * @param rules what to read; every one has its weight in the file
   * @param process what is done to each part's weights, on any thread; the identity for weights as
   *     stored
   * @param owner keeps the results
   */
  static Map<String, Tensor> read(
      List<WeightRule> rules,
      WeightNames names,
      LoadOptions options,
      UnaryOperator<Map<String, Tensor>> process,
      Owner owner) {
    var reader = new WeightReader(names, options, process, owner);
    var parts = WeightLayout.parts(rules);
    var weights = new ConcurrentHashMap<String, Map<String, Tensor>>();
    var progress = new Counter(options.progress(), rules.size());
    Parallel.forEach(
        reader.jobs(parts),
        job -> weights.putAll(reader.read(job)),
        job -> progress.add(job.rules().count()));
    var inOrder = new LinkedHashMap<String, Tensor>();
    parts.keySet().forEach(part -> inOrder.putAll(weights.get(part)));
    return inOrder;
  }

  /** Tells how many weights are read. */
  private static final class Counter {
    private final Progress progress;
    private final int total;
    private long done;

    Counter(Progress progress, int total) {
      this.progress = progress;
      this.total = total;
      add(0);
    }

    void add(long more) {
      done += more;
      progress.at("reading weights", done, total);
    }
  }

  /** Parts that are read together, because they share numbers that have to be made. */
  private static final class Job {
    final Map<String, List<WeightRule>> parts = new LinkedHashMap<>();

    Stream<WeightRule> rules() {
      return parts.values().stream().flatMap(List::stream);
    }

    /** How many numbers there are to make. */
    long size() {
      return rules().mapToLong(rule -> rule.stored().count()).sum();
    }
  }

  /** The largest first: what it needs on the way is gone before most of the others come. */
  private List<Job> jobs(Map<String, List<WeightRule>> parts) {
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

  private Map<String, Map<String, Tensor>> read(Job job) {
    var kept = new LinkedHashMap<String, Map<String, Tensor>>();
    try (var scope = Scope.open()) {
      var bases = new HashMap<String, Tensor>();
      job.rules().forEach(rule -> bases.computeIfAbsent(rule.source(), source -> base(rule)));
      job.parts.forEach((name, rules) -> kept.put(name, part(rules, bases)));
      boolean views =
          kept.values().stream()
              .flatMap(part -> part.values().stream())
              .anyMatch(weight -> bases.values().stream().anyMatch(weight::sharesMemoryWith));
      if (!views) {
        names.source().letGo();
      }
    }
    return kept;
  }

  private Map<String, Tensor> part(List<WeightRule> rules, Map<String, Tensor> bases) {
    var kept = new LinkedHashMap<String, Tensor>();
    try (var scope = Scope.open()) {
      var weights = new LinkedHashMap<String, Tensor>();
      for (WeightRule rule : rules) {
        weights.put(rule.target(), rule.view().apply(bases.get(rule.source())));
      }
      process
          .apply(weights)
          .forEach((name, weight) -> kept.put(name, owner.keep(options.placed(weight), name)));
    }
    return kept;
  }

  /** The stored numbers in the type that is computed with. */
  private Tensor base(WeightRule rule) {
    Tensor stored = names.source().read(names.inFile(rule.source()));
    return stored.named(rule.stored().dims().toArray(Dim[]::new)).to(computing());
  }

  /** Whether reading has to make numbers; a view of the file costs nothing. */
  private boolean isMadeAnew(WeightRule rule) {
    String name = names.inFile(rule.source());
    return !names.source().isMapped(name) || names.source().stored(name).type() != computing();
  }

  private DType computing() {
    boolean raw = options.processing() == LoadOptions.Processing.RAW;
    return raw || options.dtype() == DType.FLOAT64 ? options.dtype() : DType.FLOAT32;
  }
}
