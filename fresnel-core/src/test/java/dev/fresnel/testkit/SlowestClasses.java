package dev.fresnel.testkit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Prints the ten slowest test classes of a module when its tests have ended. JUnit finds this
 * listener through {@code META-INF/services}.
 */
public final class SlowestClasses implements TestExecutionListener {
  private static final int LISTED = 10;

  /** Faster classes are left out: nobody gains by making them faster. */
  private static final double LEAST_SECONDS = 1;

  /** How long a class took, in seconds. */
  private record Timed(String name, double seconds) {}

  private final Map<String, Long> started = new ConcurrentHashMap<>();
  private final List<Timed> finished = new ArrayList<>();

  @Override
  public void executionStarted(TestIdentifier test) {
    if (isClass(test)) {
      started.put(test.getUniqueId(), System.nanoTime());
    }
  }

  @Override
  public synchronized void executionFinished(TestIdentifier test, TestExecutionResult result) {
    Long start = started.remove(test.getUniqueId());
    if (start != null) {
      finished.add(new Timed(test.getLegacyReportingName(), (System.nanoTime() - start) / 1e9));
    }
  }

  @Override
  public synchronized void testPlanExecutionFinished(TestPlan plan) {
    String text = text();
    if (!text.isEmpty()) {
      System.out.println(text);
    }
  }

  /** One line per class, the slowest first; empty where every class is fast. */
  private String text() {
    var text = new StringBuilder();
    finished.stream()
        .filter(timed -> timed.seconds >= LEAST_SECONDS)
        .sorted(Comparator.comparingDouble(Timed::seconds).reversed())
        .limit(LISTED)
        .forEach(
            timed ->
                text.append(
                    String.format(Locale.ROOT, "%n%8.1f s  %s", timed.seconds, timed.name)));
    return text.isEmpty() ? "" : "The slowest test classes:" + text;
  }

  /** A nested class counts with the class around it. */
  private static boolean isClass(TestIdentifier test) {
    return test.getSource().filter(ClassSource.class::isInstance).isPresent()
        && test.getUniqueIdObject().getSegments().size() == 2;
  }
}
