package dev.fresnel.load.hub;

import java.util.regex.Pattern;

/** Checks names from the hub that become file names here, so that none leads out of its folder. */
final class Names {
  private static final Pattern COMMIT = Pattern.compile("[0-9A-Za-z]{1,64}");
  private static final Pattern UNSAFE = Pattern.compile("[\\\\:*?\"<>|\\p{Cntrl}]");

  private Names() {}

  static boolean isCommit(String text) {
    return COMMIT.matcher(text).matches();
  }

  /** Whether a text is a relative path of plain names, separated by slashes. */
  static boolean isFile(String path) {
    if (path.isEmpty() || path.length() > 1000 || UNSAFE.matcher(path).find()) {
      return false;
    }
    for (String part : path.split("/", -1)) {
      if (part.isEmpty() || part.equals(".") || part.equals("..") || part.length() > 255) {
        return false;
      }
    }
    return true;
  }
}
