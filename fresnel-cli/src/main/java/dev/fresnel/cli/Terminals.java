package dev.fresnel.cli;

import dev.fresnel.viz.Terminal;
import dev.fresnel.viz.Terminal.Colours;
import dev.fresnel.viz.Theme;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** What the environment says of a terminal. */
final class Terminals {
  /** Names of terminals that have the 256 colours of xterm. */
  private static final Pattern MANY =
      Pattern.compile(".*256color.*|.*-direct.*|.*(kitty|alacritty|ghostty|foot|wezterm).*");

  private Terminals() {}

  /**
   * The terminal, where it can show colours and its user has not refused them in {@code NO_COLOR}.
   *
   * @param environment {@code TERM}, {@code COLORTERM}, {@code COLUMNS}, {@code COLORFGBG} and
   *     {@code WT_SESSION} count
   */
  static Optional<Terminal> coloured(Map<String, String> environment) {
    var name = environment.getOrDefault("TERM", "").toLowerCase(Locale.ROOT);
    if (!environment.getOrDefault("NO_COLOR", "").isEmpty() || name.equals("dumb")) {
      return Optional.empty();
    }
    var colours = colours(environment, name);
    return colours == Colours.NONE
        ? Optional.empty()
        : Optional.of(
            new Terminal(Width.of(environment.get("COLUMNS")), colours, theme(environment)));
  }

  private static Colours colours(Map<String, String> environment, String name) {
    var colours = environment.getOrDefault("COLORTERM", "").toLowerCase(Locale.ROOT);
    boolean exact = colours.equals("truecolor") || colours.equals("24bit");
    if (exact || name.endsWith("-direct") || environment.containsKey("WT_SESSION")) {
      return Colours.TRUE;
    }
    return MANY.matcher(name).matches() ? Colours.INDEXED : Colours.NONE;
  }

  /** Light where the terminal tells a light background, else dark, as most are. */
  private static Theme theme(Map<String, String> environment) {
    var colours = environment.getOrDefault("COLORFGBG", "");
    var background = colours.substring(colours.lastIndexOf(';') + 1);
    return background.matches("7|9|1[0-5]") ? Theme.LIGHT : Theme.DARK;
  }
}
