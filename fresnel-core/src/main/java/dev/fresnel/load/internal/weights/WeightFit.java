package dev.fresnel.load.internal.weights;

import dev.fresnel.error.FresnelException;
import dev.fresnel.load.internal.format.StrictJson;
import dev.fresnel.model.WeightKind;
import dev.fresnel.model.WeightKind.Presence;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Whether a file holds what its configuration calls for: every weight, no other, each of the right
 * shape and type. Only headers are read: nothing is allocated for a file that does not fit.
 */
public final class WeightFit {
  private static final int MOST_SHOWN = 10;

  private final WeightNames names;
  private final List<String> problems = new ArrayList<>();

  private WeightFit(WeightNames names) {
    this.names = names;
  }

  /**
   * @param asker what the expected shapes come from, for the error: {@code config.json}
   * @return the rules whose weights the file has
   */
  public static List<WeightRule> check(WeightLayout layout, WeightNames names, String asker) {
    var fit = new WeightFit(names);
    fit.look(layout);
    if (!fit.problems.isEmpty()) {
      throw fit.error(asker);
    }
    return layout.rules().stream().filter(rule -> names.has(rule.source())).toList();
  }

  private void look(WeightLayout layout) {
    Set<WeightKind> kinds = kindsPresent(layout);
    Set<String> seen = new HashSet<>();
    for (WeightRule rule : layout.rules()) {
      if (!seen.add(rule.source())) {
        continue;
      }
      if (names.has(rule.source())) {
        checkHeader(rule);
      } else if (rule.presence() == Presence.REQUIRED || kinds.contains(rule.target().kind())) {
        problems.add("missing " + names.wanted(rule.source()));
      }
    }
    for (String name : names.plainNames()) {
      if (!seen.contains(name) && !layout.spare().contains(name)) {
        problems.add("unexpected " + StrictJson.shown(names.inFile(name)));
      }
    }
  }

  /** A bias that one layer has, every layer must have: the file was cut otherwise. */
  private Set<WeightKind> kindsPresent(WeightLayout layout) {
    var kinds = EnumSet.noneOf(WeightKind.class);
    for (WeightRule rule : layout.rules()) {
      if (rule.presence() == Presence.OPTIONAL && names.has(rule.source())) {
        kinds.add(rule.target().kind());
      }
    }
    return kinds;
  }

  private void checkHeader(WeightRule rule) {
    var stored = names.source().stored(names.inFile(rule.source()));
    if (!stored.shape().sizes().equals(rule.stored().sizes())) {
      problems.add(
          names.inFile(rule.source())
              + " is "
              + stored.shape().sizes()
              + ", expected "
              + rule.stored());
    } else if (!stored.type().isFloatingPoint()) {
      problems.add(
          names.inFile(rule.source())
              + " holds "
              + stored.format()
              + ", expected floating-point numbers");
    }
  }

  private FresnelException error(String asker) {
    var text = new StringBuilder();
    text.append(names.source().description())
        .append(" does not fit ")
        .append(asker)
        .append(": ")
        .append(problems.size())
        .append(problems.size() == 1 ? " weight is wrong" : " weights are wrong");
    problems.stream().limit(MOST_SHOWN).forEach(problem -> text.append("\n  ").append(problem));
    if (problems.size() > MOST_SHOWN) {
      text.append("\n  and ").append(problems.size() - MOST_SHOWN).append(" more");
    }
    return new FresnelException(text.toString());
  }
}
