package dev.fresnel.workshop.course;

/** Markdown that unfolds. */
final class Folded {
  private Folded() {}

  static String of(String summary, String markdown) {
    return "<details>\n<summary>" + summary + "</summary>\n\n" + markdown + "\n\n</details>\n";
  }
}
