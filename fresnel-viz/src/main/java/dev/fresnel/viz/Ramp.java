package dev.fresnel.viz;

/**
 * A colour ramp: 256 colours, interpolated between a few stops. The page's script has the same
 * stops, and a test compares the colours of both.
 */
enum Ramp {
  /** For magnitudes; readable with every kind of colour vision. */
  CIVIDIS("00224e 123570 3b496c 575d6d 707173 8a8678 a59c74 c3b369 e1cc55 fee838"),
  /** For attention, and for other shares of a whole: zero is the background. */
  ATTENTION_LIGHT("ffffff e4eefb bdd8f5 86b9ea 4a8fd8 1f63b5 123f82 081d4a"),
  ATTENTION_DARK("15181e 14294a 174a7c 2272ab 45a0d2 86caea c8eafa ffffff"),
  SIGNED_LIGHT("08306b 1c5ca8 5a93cf a8c9e8 ffffff f6c691 e08b3a b35806 6b3203"),
  SIGNED_DARK("a9d4ff 62a8f0 2f6db3 1d3a5c 111419 553415 a35f19 f0963a ffd7a6");

  private static final int STEPS = 256;

  private final int[] colours = new int[STEPS];

  Ramp(String stops) {
    var hex = stops.split(" ");
    for (int step = 0; step < STEPS; step++) {
      double place = step / (STEPS - 1.0) * (hex.length - 1);
      int low = Math.min((int) place, hex.length - 2);
      int from = Integer.parseInt(hex[low], 16);
      int to = Integer.parseInt(hex[low + 1], 16);
      for (int shift = 16; shift >= 0; shift -= 8) {
        int a = from >> shift & 255;
        int b = to >> shift & 255;
        colours[step] |= (int) Math.round(a + (b - a) * (place - low)) << shift;
      }
    }
  }

  /** The ramp of a heat map: about zero where its values are signed. */
  static Ramp of(boolean signed, Theme theme) {
    return !signed ? CIVIDIS : theme == Theme.LIGHT ? SIGNED_LIGHT : SIGNED_DARK;
  }

  /** The ramp of attention, of probabilities and of unsigned values of tokens. */
  static Ramp ofShares(Theme theme) {
    return theme == Theme.LIGHT ? ATTENTION_LIGHT : ATTENTION_DARK;
  }

  /** The colour at a place from 0 to 1, as 0xRRGGBB. */
  int colour(double place) {
    return colours[(int) Math.round(Math.max(0, Math.min(1, place)) * (STEPS - 1))];
  }

  /** Black or white, whichever has the higher contrast on the colour at a place. */
  int ink(double place) {
    int colour = colour(place);
    double light =
        0.2126 * linear(colour >> 16 & 255)
            + 0.7152 * linear(colour >> 8 & 255)
            + 0.0722 * linear(colour & 255);
    return light > 0.183 ? 0x000000 : 0xffffff;
  }

  /** The light of a channel of sRGB, 0 to 1. */
  private static double linear(int channel) {
    return channel <= 10 ? channel / 3294.0 : Math.pow((channel / 255.0 + 0.055) / 1.055, 2.4);
  }
}
