package dev.fresnel.cli;

import dev.fresnel.hook.RunPlan;
import dev.fresnel.model.Provenance;
import dev.fresnel.model.Run;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The facts in a page's footer: from what the page was made. */
final class ReportFooter {
  private ReportFooter() {}

  static Map<String, String> of(Run run, RunPlan plan) {
    Provenance provenance = run.model().provenance();
    var facts = new LinkedHashMap<String, String>();
    facts.put("model", run.model().config().name());
    facts.put("source", shared(provenance.source()));
    facts.put("architecture", provenance.architecture());
    facts.put("weights", provenance.format() + ", " + provenance.bytes() + " bytes");
    facts.put("processing", processing(provenance));
    facts.put("BOS", run.tokens().startsWithBos() ? "yes" : "no");
    facts.put("token ids", ids(run));
    facts.put("run", plan.toString());
    facts.put("fresnel", Version.number());
    return facts;
  }

  /**
   * A file's or a folder's name without the folders around it: a page is made to be shared, and
   * says nothing about the machine that it was made on.
   */
  static String shared(String source) {
    Path path = path(source);
    return path != null && path.isAbsolute() && path.getFileName() != null
        ? path.getFileName().toString()
        : source;
  }

  private static @Nullable Path path(String source) {
    try {
      return Path.of(source);
    } catch (InvalidPathException e) {
      return null;
    }
  }

  static String processing(Provenance provenance) {
    return provenance.processing().isEmpty()
        ? "none: weights as stored"
        : String.join(", ", provenance.processing());
  }

  static String ids(Run run) {
    return Arrays.stream(run.tokens().ids(0))
        .mapToObj(Integer::toString)
        .collect(Collectors.joining(","));
  }
}
