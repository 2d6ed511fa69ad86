package dev.fresnel.workshop;

import dev.fresnel.error.FresnelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The model that a learner has chosen for the chapters about a larger one: what the environment
 * variable {@value #VARIABLE} names, else what the file {@value #FILE} in the workshop's folder
 * names, which {@code fresnel workshop new} and {@code notebook} write where {@code --model} is
 * given.
 */
public final class LearnersModel {
  /** The file, in the folder of the notebooks or of the project. */
  public static final String FILE = "model.txt";

  static final String VARIABLE = "FRESNEL_WORKSHOP_MODEL";

  private LearnersModel() {}

  /**
   * The model's name or path, for {@code Fresnel.load}.
   *
   * @param otherwise the name where none was chosen
   */
  public static String orElse(String otherwise) {
    return orElse(otherwise, Path.of(""));
  }

  static String orElse(String otherwise, Path folder) {
    String variable = System.getenv(VARIABLE);
    if (variable != null && !variable.isBlank()) {
      return variable;
    }
    Path file = folder.resolve(FILE);
    try {
      return Files.isRegularFile(file) ? nameIn(file) : otherwise;
    } catch (IOException e) {
      throw new FresnelException("the model's name in " + file + " could not be read", e);
    }
  }

  private static String nameIn(Path file) throws IOException {
    String name = Files.readString(file).strip();
    if (name.isEmpty() || name.contains("\n")) {
      throw new FresnelException(
          file
              + " must hold one line, a model's name or path; delete it to go back to the bundled"
              + " model");
    }
    return name;
  }

  /**
   * Keeps the choice in a folder. A path that is there is kept whole, so that it holds from
   * anywhere.
   */
  public static void keep(String model, Path folder) throws IOException {
    Path path = Path.of(model);
    Files.writeString(
        folder.resolve(FILE),
        (Files.exists(path) ? path.toAbsolutePath().normalize() : model) + "\n");
  }
}
