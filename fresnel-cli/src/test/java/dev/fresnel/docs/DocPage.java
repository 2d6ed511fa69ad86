package dev.fresnel.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** A page of the documentation: its Java examples, and the output that it shows for them. */
public record DocPage(Path file, String text) {
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```(java|text)\\n(.*?)^```$");

  /**
   * One example.
   *
   * @param java its lines
   * @param prints the output that the page shows, in the text block after the example; empty where
   *     there is none
   */
  record Example(String java, String prints) {}

  /** A page by its path from the project's root. */
  static DocPage of(String path) {
    Path file = root().resolve(path);
    try {
      return new DocPage(file, Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The project's root: the folder with the licence. */
  public static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("LICENSE"))) {
      folder = folder.getParent();
    }
    return folder;
  }

  /** The Java blocks in their order, each with the text block between it and the next one. */
  List<Example> examples() {
    var examples = new ArrayList<Example>();
    var blocks = BLOCK.matcher(text);
    while (blocks.find()) {
      String body = blocks.group(2);
      if (blocks.group(1).equals("java")) {
        examples.add(new Example(body, ""));
      } else if (!examples.isEmpty() && examples.get(examples.size() - 1).prints.isEmpty()) {
        examples.add(new Example(examples.remove(examples.size() - 1).java, body));
      }
    }
    return examples;
  }
}
