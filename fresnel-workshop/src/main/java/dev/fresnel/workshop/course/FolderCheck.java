package dev.fresnel.workshop.course;

import dev.fresnel.error.FresnelException;
import dev.fresnel.workshop.Verdict;
import dev.fresnel.workshop.course.Result.Outcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Checks all exercises of a learner's folder, which is a Maven project or holds notebooks. Nothing
 * in the folder changes; Maven and Jupyter are not needed.
 */
public final class FolderCheck {
  /**
   * How long one check may run, in milliseconds: those of the solutions take less than a second.
   */
  private static final long LIMIT = 20_000;

  /** The class that writes figures, which a project's chapters call. */
  private static final Map<String, String> PAGES =
      Map.of("Pages", Course.text("project/Pages.java.txt"));

  private final Answers answers;
  private final Path classes;
  private final Compilation compilation;
  private final long limit;

  private FolderCheck(Answers answers, Path classes, Compilation compilation, long limit) {
    this.answers = answers;
    this.classes = classes;
    this.compilation = compilation;
    this.limit = limit;
  }

  /**
   * Compiles the answers and runs their checks.
   *
   * @return a result for each exercise of the workshop, in order
   * @throws FresnelException if the folder holds no workshop, or this Java has no compiler
   */
  public static List<Result> of(Path folder, Course course) {
    return of(folder, course, LIMIT);
  }

  static List<Result> of(Path folder, Course course, long limit) {
    try {
      var classes = Files.createTempDirectory("workshop");
      try (var compilation = new Compilation(classes)) {
        return new FolderCheck(Answers.in(folder), classes, compilation, limit).all(course);
      } finally {
        try (var all = Files.walk(classes)) {
          all.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(java.io.File::delete);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<Result> all(Course course) {
    var everything = new LinkedHashMap<>(PAGES);
    boolean whole = true;
    for (var chapter : course.chapters()) {
      var source = answers.source(chapter);
      whole &= source.isPresent();
      source.ifPresent(text -> everything.put(chapter.className(), text));
      chapter.exercises().forEach(exercise -> everything.putAll(check(chapter, exercise)));
    }
    // Usually everything compiles, and one task is much quicker than one for each exercise.
    boolean compiled = whole && compilation.objections(everything).isEmpty();
    var results = new ArrayList<Result>();
    for (var chapter : course.chapters()) {
      results.addAll(
          compiled
              ? chapter.exercises().stream().map(exercise -> run(chapter, exercise)).toList()
              : chapter(chapter));
    }
    return results;
  }

  private List<Result> chapter(Chapter chapter) {
    if (chapter.exercises().isEmpty()) {
      return List.of();
    }
    Optional<String> source = answers.source(chapter);
    if (source.isEmpty()) {
      return all(chapter, Outcome.MISSING, "there is no " + answers.place(chapter));
    }
    var sources = new LinkedHashMap<>(PAGES);
    sources.put(chapter.className(), source.get());
    var objections = compilation.objections(sources);
    return objections.isEmpty()
        ? checks(chapter)
        : all(
            chapter,
            Outcome.DOES_NOT_COMPILE,
            answers.place(chapter) + ", " + String.join("\n", objections));
  }

  private static List<Result> all(Chapter chapter, Outcome outcome, String message) {
    return chapter.exercises().stream()
        .map(exercise -> new Result(exercise.id(), chapter.number(), outcome, message))
        .toList();
  }

  private List<Result> checks(Chapter chapter) {
    var results = new ArrayList<Result>();
    for (var exercise : chapter.exercises()) {
      results.add(
          compilation.objections(check(chapter, exercise)).isEmpty()
              ? run(chapter, exercise)
              : new Result(
                  exercise.id(),
                  chapter.number(),
                  Outcome.DOES_NOT_COMPILE,
                  "%s must be declared as: %s".formatted(exercise.method(), exercise.header())));
    }
    return results;
  }

  /** A class that runs one check; its name is the method's, with a capital. */
  private static Map<String, String> check(Chapter chapter, Exercise exercise) {
    String name = checkName(exercise);
    String body = exercise.checkIn(chapter.className());
    return Map.of(
        name,
        """
        package workshop;
        public final class %s {
          public static dev.fresnel.workshop.Verdict verdict() {
            return dev.fresnel.workshop.%s;
          }
        }
        """
            .formatted(name, body));
  }

  private static String checkName(Exercise exercise) {
    return "CheckOf_" + exercise.method();
  }

  private Result run(Chapter chapter, Exercise exercise) {
    var found = new AtomicReference<Result>();
    var thread =
        new Thread(
            () -> found.set(result(exercise.id(), chapter.number(), verdict(exercise))),
            "check of " + exercise.id());
    thread.setDaemon(true);
    thread.start();
    try {
      thread.join(limit);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    var result = found.get();
    return result != null
        ? result
        : new Result(
            exercise.id(),
            chapter.number(),
            Outcome.TOO_SLOW,
            "it ran for more than %d seconds: does a loop never end?".formatted(limit / 1000));
  }

  private static Result result(String id, int chapter, Verdict verdict) {
    return new Result(id, chapter, Outcome.valueOf(verdict.outcome().name()), verdict.message());
  }

  private Verdict verdict(Exercise exercise) {
    try (var loader =
        new URLClassLoader(
            new java.net.URL[] {classes.toUri().toURL()}, FolderCheck.class.getClassLoader())) {
      var check = loader.loadClass("workshop." + checkName(exercise));
      return (Verdict) check.getMethod("verdict").invoke(null);
    } catch (InvocationTargetException e) {
      return new Verdict(exercise.id(), Verdict.Outcome.WRONG, "it threw " + e.getCause());
    } catch (ReflectiveOperationException | IOException e) {
      throw new IllegalStateException("the check of " + exercise.id() + " was just compiled", e);
    }
  }
}
