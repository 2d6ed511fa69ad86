package dev.fresnel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fresnel.viz.Terminal;
import dev.fresnel.viz.Terminal.Colours;
import dev.fresnel.viz.Theme;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TerminalsTest {
  private static Map<String, String> environment(String settings) {
    return Arrays.stream(settings.split(" "))
        .map(setting -> setting.split("=", 2))
        .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
  }

  @ParameterizedTest
  @CsvSource({
    "TERM=xterm-256color,INDEXED",
    "TERM=xterm-kitty,INDEXED",
    "TERM=xterm COLORTERM=truecolor,TRUE",
    "TERM=screen-256color COLORTERM=24bit NO_COLOR=,TRUE",
    "TERM=xterm-direct,TRUE",
    "WT_SESSION=1,TRUE"
  })
  void aTerminalsColoursAreThoseThatItTells(String settings, Colours colours) {
    assertThat(Terminals.coloured(environment(settings)))
        .contains(new Terminal(80, colours, Theme.DARK));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TERM=xterm",
        "TERM=dumb COLORTERM=truecolor",
        "TERM=xterm-256color NO_COLOR=1",
        "COLUMNS=80"
      })
  void withoutManyColoursOrAgainstTheUsersWishThereAreNone(String settings) {
    assertThat(Terminals.coloured(environment(settings))).isEmpty();
  }

  @Test
  void theWidthAndTheBackgroundAreTheTerminals() {
    var settings = environment("TERM=xterm-256color COLUMNS=132 COLORFGBG=0;15");
    assertThat(Terminals.coloured(settings))
        .contains(new Terminal(132, Colours.INDEXED, Theme.LIGHT));
  }

  private static String output(Console console, ByteArrayOutputStream out, String... arguments) {
    assertThat(new Cli(console, Models.FRESNEL).run(arguments)).isZero();
    return out.toString(StandardCharsets.UTF_8);
  }

  private static Console console(ByteArrayOutputStream out) {
    var err = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
    return new Console(new PrintStream(out, false, StandardCharsets.UTF_8), err, false);
  }

  @Test
  void headsShowsAHeatMapBelowItsTextWhereTheTerminalCan() {
    String[] heads = {"heads", "--model=by-hand", "--text=abcabc"};
    var plain = new ByteArrayOutputStream();
    var text = output(console(plain), plain, heads);
    assertThat(text).doesNotContain("\033");
    var coloured = new ByteArrayOutputStream();
    var terminal = new Terminal(80, Colours.INDEXED, Theme.DARK);
    var shown = output(console(coloured).coloured(terminal), coloured, heads);
    assertThat(shown).startsWith(text).endsWith(" score\n");
    var map = shown.substring(text.length());
    assertThat(map).contains("\033[48;5;", "H0", "L0", "induction");
    assertThat(map.replaceAll("\033\\[[0-9;]*m", "").lines()).allMatch(line -> line.length() <= 80);
    var json = new ByteArrayOutputStream();
    assertThat(
            output(console(json).coloured(terminal), json, heads[0], heads[1], heads[2], "--json"))
        .doesNotContain("\033")
        .startsWith("{");
  }
}
