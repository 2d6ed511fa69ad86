package dev.fresnel.testkit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/**
 * Prints the slowest test classes of a process when its tests have ended: the classes of a module
 * are shared out between two processes. Says too which tests the build leaves out. JUnit finds this
 * listener through {@code META-INF/services}.
 */
public final class SlowestClasses implements TestExecutionListener, LauncherSessionListener {
  /** Five per process: ten per module. */
  private static final int LISTED = 5;

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

  /** The build runs each class as a plan of its own, and all of them in one session. */
  @Override
  public void launcherSessionOpened(LauncherSession session) {
    session.getLauncher().registerTestExecutionListeners(this);
  }

  @Override
  public synchronized void launcherSessionClosed(LauncherSession session) {
    String text = text();
    if (!text.isEmpty()) {
      System.out.println(text);
    }
    String leftOut = System.getProperty("fresnel.tests.left.out", "");
    if (!leftOut.isEmpty()) {
      System.out.printf(
          "Left out: tests tagged \"%s\", and golden tests by plain kernels. ./mvnw verify -Plong"
              + " runs all.%n",
          leftOut);
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
