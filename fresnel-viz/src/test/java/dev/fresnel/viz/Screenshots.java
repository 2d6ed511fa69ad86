package dev.fresnel.viz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Photographs a page: {@code Screenshots REPORT.html FOLDER}: light, dark, and 400 pixels wide. */
public final class Screenshots {
  private Screenshots() {}

  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 2) {
      System.err.println("usage: Screenshots REPORT.html FOLDER");
      System.exit(2);
    }
    var page = Path.of(arguments[0]).toAbsolutePath();
    var folder = Files.createDirectories(Path.of(arguments[1]));
    var executable =
        Chromium.installed()
            .orElseThrow(
                () -> new IOException("Chromium is not installed; FRESNEL_CHROMIUM may name it"));
    try (var browser = Chromium.start(executable)) {
      shoot(browser, page, folder.resolve("light.png"), "light", 1280);
      shoot(browser, page, folder.resolve("dark.png"), "dark", 1280);
      shoot(browser, page, folder.resolve("narrow.png"), "light", 400);
      shoot(browser, page, folder.resolve("narrow-dark.png"), "dark", 400);
    }
  }

  private static void shoot(Chromium browser, Path page, Path file, String scheme, int width)
      throws IOException {
    var tab = browser.open().size(width, 900, 1).prefers(scheme).load(page).decoded();
    System.out.printf(
        "%s: every layer decoded and drawn %.0f ms after the page began to load%n",
        file.getFileName(), tab.evaluate("performance.now()").asDouble());
    int height = tab.evaluate("document.documentElement.scrollHeight").asInt();
    tab.size(width, Math.min(height, 12_000), 1).frames();
    tab.evaluate("scrollTo({top: 0, behavior: 'instant'})");
    Chromium.sleep(300);
    tab.frames().screenshot(file, false);
    if (tab.evaluate("!!document.querySelector('fresnel-attention')").asBoolean()) {
      lock(tab, height, width);
      tab.screenshot(Path.of(file.toString().replace(".png", "-locked.png")), false);
    }
    tab.console().forEach(System.err::println);
  }

  /** Locks a head and a token of the first explorer. */
  private static void lock(Tab tab, int height, int width) {
    tab.size(width, 1000, 1).frames();
    tab.evaluate(
        "document.querySelector('fresnel-attention').closest('section').scrollIntoView({behavior:"
            + " 'instant'})");
    var root = "document.querySelector('fresnel-attention').shadowRoot";
    if (tab.evaluate("!!" + root + ".querySelector('.heads canvas')").asBoolean()) {
      tab.click(root + ".querySelector('.heads canvas')", 60, 190);
    }
    tab.click(
        root
            + ".querySelectorAll('.token')[Math.min(25, "
            + root
            + ".querySelectorAll('.token').length - 1)]");
    tab.evaluate(
        "document.querySelector('fresnel-attention').closest('section').scrollIntoView({behavior:"
            + " 'instant'})");
    tab.hover(root + ".querySelectorAll('.token')[6]");
    tab.evaluate(
        "document.querySelector('fresnel-attention').closest('section').scrollIntoView({behavior:"
            + " 'instant'})");
    tab.frames();
  }
}
