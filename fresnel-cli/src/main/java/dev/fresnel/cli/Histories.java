package dev.fresnel.cli;

import dev.fresnel.error.FresnelException;
import dev.fresnel.train.History;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads training histories: from files, and those that come with the bundled model.
 *
 * @param folder where the bundled ones are on the class path; ends with a slash
 */
record Histories(String folder) {
  /** Those of the model that comes with Fresnel. */
  static final Histories FRESNEL = new Histories("/dev/fresnel/models/");

  /** The name of every history that training writes. */
  private static final String HISTORY = "history.jsonl";

  /** The same training as the bundled model's, but with GPT-2's learned positions. */
  private static final String STANDARD = "history-standard.jsonl";

  /** The bundled runs, the bundled model's own first; none where fresnel-models is missing. */
  List<TrainingCurves> bundled() {
    var runs = new ArrayList<TrainingCurves>();
    add(runs, HISTORY, "Shortformer positions");
    add(runs, STANDARD, "Standard positions");
    return List.copyOf(runs);
  }

  private void add(List<TrainingCurves> runs, String file, String name) {
    try (var stream = Histories.class.getResourceAsStream(folder + file)) {
      if (stream != null) {
        var text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        runs.add(curves(name, text, folder + file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + folder + file, e);
    }
  }

  /**
   * Reads the history of one run. The run is named after its folder where the file has training's
   * usual name, else after the file.
   *
   * @param path a file that {@code fresnel train} wrote, or its folder
   * @throws FresnelException if it cannot be read, or a line is no measurement
   */
  static TrainingCurves read(Path path) {
    var file = Files.isDirectory(path) ? path.resolve(HISTORY) : path;
    if (!Files.exists(file)) {
      throw new FresnelException(
          "there is no file " + file + "; --history expects what 'fresnel train' writes");
    }
    return curves(name(file), TextFile.contents(file), file.toString());
  }

  private static String name(Path file) {
    var named = file.toAbsolutePath().normalize();
    var folder = named.getParent();
    if (named.endsWith(HISTORY) && folder != null && folder.getFileName() != null) {
      return folder.getFileName().toString();
    }
    return named.getFileName().toString().replaceFirst("\\.jsonl$", "");
  }

  private static TrainingCurves curves(String name, String lines, String source) {
    return TrainingCurves.of(name, History.parse(lines, source), source);
  }
}
