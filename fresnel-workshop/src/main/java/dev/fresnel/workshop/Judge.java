package dev.fresnel.workshop;

import dev.fresnel.tensor.Scope;
import dev.fresnel.workshop.Verdict.Outcome;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Compares what a learner's method returns with what is right, and names the likely mistake. */
final class Judge {
  private final String exercise;
  private final List<Trial> trials;

  /** What is said where no mistake explains the answer; may be empty. */
  private final String otherwise;

  private Judge(String exercise, List<Trial> trials, String otherwise) {
    this.exercise = exercise;
    this.trials = trials;
    this.otherwise = otherwise;
  }

  /** Runs the trials in order, up to the first that fails. */
  static Verdict judge(String exercise, List<Trial> trials) {
    return new Judge(exercise, trials, "").verdict();
  }

  /**
   * For an exercise whose solution calls earlier ones: a mistake in these is a mistake here.
   *
   * @param earlier the methods that it calls, in words
   */
  static Verdict judge(String exercise, List<Trial> trials, String earlier) {
    String said = "\nThe mistake may be in what it calls. Check first that these pass: " + earlier;
    return new Judge(exercise, trials, said + ".").verdict();
  }

  static Verdict judge(String exercise, Trial... trials) {
    return judge(exercise, List.of(trials));
  }

  private Verdict verdict() {
    var got = new ArrayList<Answer>();
    for (var trial : trials) {
      try (var scope = Scope.open()) {
        got.add(trial.got().get());
      } catch (NotWrittenYet e) {
        return new Verdict(
            exercise,
            Outcome.NOT_WRITTEN,
            e.exercise().equals(exercise)
                ? ""
                : "It calls " + e.exercise() + ": write that first.");
      } catch (Exception | StackOverflowError e) {
        return wrong(capital(trial.where()) + ": " + thrown(e));
      }
    }
    for (int i = 0; i < trials.size(); i++) {
      if (!got.get(i).equalTo(trials.get(i).expected())) {
        var said = difference(trials.get(i), got.get(i));
        return wrong(said + mistake(got).map(name -> "\n" + name).orElse(otherwise));
      }
    }
    return new Verdict(exercise, Outcome.PASSED, "");
  }

  private Verdict wrong(String message) {
    return new Verdict(exercise, Outcome.WRONG, message);
  }

  private static String thrown(Throwable e) {
    String at =
        Arrays.stream(e.getStackTrace())
            .filter(frame -> !frame.getClassName().matches("(dev\\.fresnel|java|jdk)\\..*"))
            .findFirst()
            .map(frame -> ", in " + frame.getMethodName() + ", line " + frame.getLineNumber())
            .orElse("");
    return e.getMessage() != null && e.getMessage().equals("it returned null")
        ? "it returned null"
        : "it threw " + e.getClass().getSimpleName() + at + ": " + e.getMessage();
  }

  private static String difference(Trial trial, Answer got) {
    for (var size : trial.expected().sizes().entrySet()) {
      Integer found = got.sizes().get(size.getKey());
      if (!size.getValue().equals(found)) {
        return "%s, dimension %s: expected size %d, got %s%s"
            .formatted(
                capital(trial.where()),
                size.getKey(),
                size.getValue(),
                found == null ? "no such dimension" : found,
                namesake(trial.known(), found, size.getKey()));
      }
    }
    var different = trial.expected().differences(got);
    String first = different.get(0);
    var all = new HashSet<>(trial.expected().cells().keySet());
    all.addAll(got.cells().keySet());
    return "%s, %s: expected %s, got %s%s"
        .formatted(
            capital(trial.where()),
            first,
            shown(trial.expected().cells().get(first)),
            shown(got.cells().get(first)),
            different.size() == 1
                ? ""
                : "; %d of %d differ".formatted(different.size(), all.size()));
  }

  /** Which dimension has the size that was found. */
  private static String namesake(Map<String, Integer> known, Integer found, String expected) {
    return known.entrySet().stream()
        .filter(size -> size.getValue().equals(found) && !size.getKey().equals(expected))
        .findFirst()
        .map(size -> ", which is the size of " + size.getKey())
        .orElse("");
  }

  private static String shown(Object value) {
    if (value == null) {
      return "nothing";
    }
    if (value instanceof Double number) {
      return number == Math.rint(number) && Math.abs(number) < 1e15
          ? Long.toString(number.longValue())
          : String.format(Locale.ROOT, "%.4f", number);
    }
    return value.toString();
  }

  /** The first mistake that gives the same as the learner's method in every trial. */
  private Optional<String> mistake(List<Answer> got) {
    return trials.get(0).mistakes().keySet().stream()
        .filter(name -> explains(name, got))
        .findFirst();
  }

  private boolean explains(String name, List<Answer> got) {
    for (int i = 0; i < trials.size(); i++) {
      Supplier<Answer> mistaken = trials.get(i).mistakes().get(name);
      if (mistaken == null) {
        return false;
      }
      try (var scope = Scope.open()) {
        if (!mistaken.get().equalTo(got.get(i))) {
          return false;
        }
      }
    }
    return true;
  }

  private static String capital(String text) {
    return text.isEmpty() ? text : Character.toUpperCase(text.charAt(0)) + text.substring(1);
  }
}
