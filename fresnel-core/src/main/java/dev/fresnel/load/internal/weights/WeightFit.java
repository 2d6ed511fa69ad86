package dev.fresnel.load.internal.weights;

import dev.fresnel.error.FresnelException;
import dev.fresnel.error.NearestNames;
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

  /** Unexpected names among which a missing one is looked for. */
  private static final int MOST_COMPARED = 1000;

  private final WeightNames names;
  private final List<String> missing = new ArrayList<>();
  private final List<String> unexpected = new ArrayList<>();
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
    fit.tellMissing();
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
        missing.add(names.wanted(rule.source()));
      }
    }
    for (String name : names.plainNames()) {
      if (!seen.contains(name) && !layout.spare().contains(name)) {
        unexpected.add(names.inFile(name));
      }
    }
  }

  /** What is missing comes first, with the name that may stand in its place. */
  private void tellMissing() {
    var candidates = unexpected.stream().limit(MOST_COMPARED).toList();
    var told = new ArrayList<String>();
    for (String name : missing) {
      boolean isShown = told.size() < MOST_SHOWN;
      List<String> nearest = isShown ? NearestNames.of(name, candidates) : List.of();
      told.add(
          "missing "
              + name
              + (nearest.isEmpty() ? "" : "; the nearest is " + StrictJson.shown(nearest.get(0))));
    }
    problems.addAll(0, told);
    unexpected.forEach(name -> problems.add("unexpected " + StrictJson.shown(name)));
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
    String file = names.source().description();
    boolean oneFile = file.equals(asker);
    var text = new StringBuilder();
    text.append(file)
        .append(" does not fit ")
        .append(oneFile ? "its own settings" : asker)
        .append(": ")
        .append(problems.size())
        .append(problems.size() == 1 ? " weight is wrong" : " weights are wrong");
    problems.stream().limit(MOST_SHOWN).forEach(problem -> text.append("\n  ").append(problem));
    if (problems.size() > MOST_SHOWN) {
      text.append("\n  and ").append(problems.size() - MOST_SHOWN).append(" more");
    }
    text.append(
        oneFile
            ? "\nConvert the model again."
            : "\nGive the weights that belong to " + asker + ", or correct it.");
    return new FresnelException(text.toString());
  }
}
