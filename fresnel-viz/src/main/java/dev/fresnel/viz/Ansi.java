package dev.fresnel.viz;

/** Writes coloured text for a terminal that has colours. */
final class Ansi {
  static final String RESET = "\033[0m";

  /** The six levels of a channel in the colour cube of xterm, whose colours begin at 16. */
  private static final int[] LEVELS = {0, 95, 135, 175, 215, 255};

  private static final int CUBE = 16;

  /** The first of 24 greys, from 8 in steps of 10. */
  private static final int GREYS = 232;

  private final boolean exact;

  Ansi(Terminal terminal) {
    exact = terminal.colours() == Terminal.Colours.TRUE;
  }

  /** Begins a text colour, 0xRRGGBB. */
  String ink(int colour) {
    return "\033[38;" + code(colour) + "m";
  }

  /** Begins a background colour, 0xRRGGBB. */
  String background(int colour) {
    return "\033[48;" + code(colour) + "m";
  }

  private String code(int colour) {
    return exact
        ? "2;%d;%d;%d".formatted(colour >> 16 & 255, colour >> 8 & 255, colour & 255)
        : "5;" + nearest(colour);
  }

  /** The nearest of the 240 colours of xterm that no terminal's settings change. */
  static int nearest(int colour) {
    int cube = 0;
    int nearCube = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
      int channel = colour >> shift & 255;
      int level = 0;
      for (int i = 1; i < LEVELS.length; i++) {
        level = Math.abs(LEVELS[i] - channel) < Math.abs(LEVELS[level] - channel) ? i : level;
      }
      cube = cube * 6 + level;
      nearCube = nearCube << 8 | LEVELS[level];
    }
    int mean = ((colour >> 16 & 255) + (colour >> 8 & 255) + (colour & 255)) / 3;
    int step = Math.max(0, Math.min(23, Math.round((mean - 8) / 10f)));
    int grey = (8 + 10 * step) * 0x010101;
    return distance(colour, grey) < distance(colour, nearCube) ? GREYS + step : CUBE + cube;
  }

  private static int distance(int a, int b) {
    int sum = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
      int apart = (a >> shift & 255) - (b >> shift & 255);
      sum += apart * apart;
    }
    return sum;
  }

  /** A colour bar on one line: the least value, the colours, the greatest value, the unit. */
  String legend(Legend legend) {
    var bar = new StringBuilder(Legend.tick(legend.value().applyAsDouble(0))).append(' ');
    for (int i = 0; i < BAR; i++) {
      bar.append(background(legend.ramp().colour(i / (BAR - 1.0)))).append(' ');
    }
    var most = Legend.tick(legend.value().applyAsDouble(1));
    return bar.append(RESET).append(' ').append(most).append(' ').append(legend.unit()).toString();
  }

  /** The length of a colour bar, in characters. */
  private static final int BAR = 24;
}
