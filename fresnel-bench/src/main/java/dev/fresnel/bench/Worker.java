package dev.fresnel.bench;

import dev.fresnel.Fresnel;
import dev.fresnel.analysis.Attribution.Method;
import dev.fresnel.analysis.LogitAttribution;
import dev.fresnel.analysis.LogitTarget;
import dev.fresnel.analysis.attribution.EdgeAttribution;
import dev.fresnel.analysis.circuit.Composition;
import dev.fresnel.analysis.patch.ActivationPatching;
import dev.fresnel.analysis.patch.PatchBy;
import dev.fresnel.analysis.patch.PatchSite;
import dev.fresnel.analysis.patch.PromptPair;
import dev.fresnel.generate.Generation;
import dev.fresnel.generate.GenerationOptions;
import dev.fresnel.generate.Sampling;
import dev.fresnel.hook.HookKind;
import dev.fresnel.hook.RunPlan;
import dev.fresnel.load.LoadOptions;
import dev.fresnel.model.Metric;
import dev.fresnel.model.Run;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.Tokens;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Fresnel's side of {@code bench/compare} and {@code bench/paired}: does the work that each line of
 * standard input names, and answers with its milliseconds: elapsed time, then processor time.
 * {@code patterns gpt2 42} is a run of 42 tokens that keeps the patterns. {@code
 * bench/tl_worker.py} does the same work with TransformerLens. {@code bench/paired} runs this class
 * of an older commit too: so the words of a line must keep their meaning.
 */
public final class Worker {
  private static final int VOCABULARY = 40_000;

  /** What a generation adds to its prompt; bench/compare knows the number too. */
  private static final int NEW_TOKENS = 32;

  /** The tokens whose logits a sweep compares. */
  private static final int ANSWER = 11;

  private static final int WRONG = 23;

  /**
   * 0.3 s, in nanoseconds. Shorter work is done for this time before it counts: on a virtual
   * machine a process that has waited computes slowly at first.
   */
  private static final long WARM_NANOS = 300_000_000;

  /**
   * 50 ms, in nanoseconds. Shorter work is repeated for this time, and the mean counts, so that the
   * clock's steps matter little.
   */
  private static final long SHORT_NANOS = 50_000_000;

  private final Path folder;
  private final Map<String, Transformer> models = new HashMap<>();
  private final Map<String, Run> caches = new HashMap<>();

  private @Nullable TrainingWork training;

  private Worker(Path folder) {
    this.folder = folder;
  }

  /**
   * @param arguments the folder with {@code gpt2} and {@code smollm2}
   */
  public static void main(String[] arguments) throws IOException {
    var worker = new Worker(Path.of(arguments[0]));
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    out.println("ready Java " + Runtime.version());
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String answer;
      try {
        answer = worker.answer(line.split(" "));
      } catch (RuntimeException e) {
        answer = "error " + e.toString().replace('\n', ' ');
      }
      out.println(answer);
    }
  }

  private String answer(String[] words) throws IOException {
    if (words[0].equals("peak")) {
      return "" + peakMegabytes();
    }
    if (words[0].equals("gflops")) {
      return "" + Rates.gigaflops(Integer.parseInt(words[1]));
    }
    if (words[0].equals("bandwidth")) {
      return "" + Rates.gigabytes();
    }
    Runnable work = work(words);
    var first = repeated(work, WARM_NANOS);
    return (first.times == 1 ? first : repeated(work, SHORT_NANOS)).text();
  }

  /** How often work was done, and how long that took. */
  private record Measured(int times, long nanos, long cpuNanos) {
    /** The means of one time, in milliseconds: on the clock, and of the processors. */
    String text() {
      return nanos / 1e6 / times + " " + cpuNanos / 1e6 / times;
    }
  }

  /** Does the work for this time, at least once. */
  private static Measured repeated(Runnable work, long nanos) {
    long start = System.nanoTime();
    long cpu = cpuNanoseconds();
    int times = 0;
    do {
      work.run();
      times++;
    } while (System.nanoTime() - start < nanos);
    return new Measured(times, System.nanoTime() - start, cpuNanoseconds() - cpu);
  }

  private static long cpuNanoseconds() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
  }

  private Runnable work(String[] words) {
    if (words[0].equals("load")) {
      var options = words[1].equals("raw") ? LoadOptions.DEFAULT.raw() : LoadOptions.DEFAULT;
      return () -> Fresnel.load(folder.resolve("gpt2"), options).close();
    }
    if (words[0].equals("train")) {
      training = training == null ? new TrainingWork() : training;
      return training::step;
    }
    Transformer model = models.computeIfAbsent(words[1], this::load);
    Tokens tokens = tokens(model, Integer.parseInt(words[2]));
    int position = tokens.length() - 2;
    return switch (words[0]) {
      case "logits" -> () -> run(model, tokens, RunPlan.nothing(), true);
      case "cache" -> () -> run(model, tokens, RunPlan.captureAll(), true);
      case "patterns" ->
          () -> run(model, tokens, RunPlan.capture(HookKind.PATTERN).stopAfterCapture(), false);
      case "attribution" -> {
        var plan = LogitAttribution.plan(model);
        Run made = caches.computeIfAbsent(words[1] + words[2], key -> model.run(tokens, plan));
        yield () -> LogitAttribution.ofNextToken(made, position);
      }
      case "shares" -> {
        var plan = LogitAttribution.plan(model);
        Run made = caches.computeIfAbsent(words[1] + words[2], key -> model.run(tokens, plan));
        var target = LogitTarget.of(tokens.id(0, position + 1));
        yield () -> LogitAttribution.everywhere(made, 0, target);
      }
      case "composition" -> () -> Composition.of(model, Composition.Kind.K);
      case "workshop" ->
          () -> {
            try (var run = model.run(tokens, RunPlan.capture(HookKind.Z))) {
              LogitAttribution.ofNextToken(run, position, Method.WORKSHOP);
            }
          };
      case "generate" -> () -> generate(model, tokens);
      case "edges" -> {
        Tokens corrupted = corrupted(tokens);
        var metric = Metric.logitDifference(-1, tokens.id(0, 1), tokens.id(0, 2));
        yield () -> EdgeAttribution.of(model, tokens, corrupted, metric);
      }
      case "resid" -> () -> ActivationPatching.of(model).run(pair(model, tokens));
      case "heads" ->
          () ->
              ActivationPatching.of(model)
                  .what(PatchSite.HEAD_OUT)
                  .by(PatchBy.HEAD)
                  .run(pair(model, tokens));
      default -> throw new IllegalArgumentException(words[0]);
    };
  }

  private static void generate(Transformer model, Tokens prompt) {
    var options = GenerationOptions.of(NEW_TOKENS).with(Sampling.greedy()).stoppingAtEos(false);
    Generation.of(model, prompt, options).close();
  }

  /** The same text with another token in its middle. */
  private static Tokens corrupted(Tokens clean) {
    int[] ids = clean.ids(0);
    ids[ids.length / 2] += 1;
    return Tokens.of(ids);
  }

  /** A text and one that differs in its second token, so that nearly every cell has to be run. */
  private static PromptPair pair(Transformer model, Tokens tokens) {
    int[] corrupted = tokens.ids(0);
    corrupted[1]++;
    return new PromptPair(tokens, model.tokens(corrupted), ANSWER, WRONG);
  }

  private static void run(Transformer model, Tokens tokens, RunPlan plan, boolean logits) {
    try (var run = model.run(tokens, plan)) {
      if (logits) {
        run.logits();
      }
    }
  }

  private Transformer load(String name) {
    return Fresnel.load(folder.resolve(name));
  }

  private static Tokens tokens(Transformer model, int length) {
    return model.tokens(
        IntStream.range(0, length).map(i -> (i * 7919 + 11) % VOCABULARY).toArray());
  }

  /** The peak resident memory of this process in MB, or -1 where the system does not report it. */
  private static long peakMegabytes() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmHWM"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
        .findFirst()
        .orElse(-1);
  }
}
