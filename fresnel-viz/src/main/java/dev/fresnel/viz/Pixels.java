package dev.fresnel.viz;

import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * A square of values as pixels. Where it has more cells than pixels, a pixel shows the value
 * furthest from 0, as on a page: a single high value stays visible at any size.
 *
 * @param width in pixels
 * @param height in pixels
 * @param argb row by row; 0 is transparent
 */
record Pixels(int width, int height, int[] argb) {
  /** The colour of a missing value. */
  static final int NOT_A_NUMBER = 0xd60093;

  /** A value for each cell. */
  interface Cells {
    /** Negative infinity stands for a masked cell. */
    float at(int row, int column);
  }

  /**
   * @param size rows and columns of cells
   * @param side the most pixels of a side
   * @param place where a value is on the ramp, 0 to 1
   */
  static Pixels of(int size, int side, Cells cells, DoubleUnaryOperator place, Ramp ramp) {
    int pixels = Math.min(size, side);
    var pool = new float[pixels * pixels];
    Arrays.fill(pool, Float.NEGATIVE_INFINITY);
    for (int row = 0; row < size; row++) {
      int line = (int) ((long) row * pixels / size) * pixels;
      for (int column = 0; column < size; column++) {
        int at = line + (int) ((long) column * pixels / size);
        float value = cells.at(row, column);
        if (value == Float.NEGATIVE_INFINITY) {
          continue;
        }
        boolean empty = pool[at] == Float.NEGATIVE_INFINITY;
        if (empty || Math.abs(value) > Math.abs(pool[at]) || Float.isNaN(value)) {
          pool[at] = value;
        }
      }
    }
    var argb = new int[pool.length];
    for (int at = 0; at < pool.length; at++) {
      float value = pool[at];
      if (value != Float.NEGATIVE_INFINITY) {
        argb[at] =
            Float.isNaN(value)
                ? 0xff000000 | NOT_A_NUMBER
                : 0xff000000 | ramp.colour(place.applyAsDouble(value));
      }
    }
    return new Pixels(pixels, pixels, argb);
  }

  /**
   * Any map of values; a pixel of several cells shows the value farthest from zero, or NaN where
   * one is.
   *
   * @param height in pixels, at most the rows
   * @param width in pixels, at most the columns
   * @param place where a value is on the ramp, 0 to 1
   */
  static Pixels farthest(
      int height,
      int width,
      int rows,
      int columns,
      Cells cells,
      DoubleUnaryOperator place,
      Ramp ramp) {
    var pool = new float[height * width];
    for (int row = 0; row < rows; row++) {
      int line = (int) ((long) row * height / rows) * width;
      for (int column = 0; column < columns; column++) {
        int at = line + (int) ((long) column * width / columns);
        float value = cells.at(row, column);
        if (Float.isNaN(value) || Math.abs(value) > Math.abs(pool[at])) {
          pool[at] = value;
        }
      }
    }
    var argb = new int[pool.length];
    for (int at = 0; at < pool.length; at++) {
      boolean missing = Float.isNaN(pool[at]);
      int colour = missing ? NOT_A_NUMBER : ramp.colour(place.applyAsDouble(pool[at]));
      argb[at] = 0xff000000 | colour;
    }
    return new Pixels(width, height, argb);
  }

  BufferedImage image() {
    var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_ARGB);
    image.setRGB(0, 0, width, height, argb, 0, width);
    return image;
  }

  /** The bytes of a PNG file. */
  byte[] png() {
    return RasterCanvas.encoded(image());
  }
}
