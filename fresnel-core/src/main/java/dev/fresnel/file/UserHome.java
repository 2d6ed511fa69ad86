package dev.fresnel.file;

import java.nio.file.Path;

/** The folder that {@code ~} stands for. */
public final class UserHome {
  private UserHome() {}

  /**
   * The home folder of this process's user: the variable {@code HOME} (on Windows {@code
   * USERPROFILE}), as Python and shells have it, else Java's {@code user.home}. For a user whom the
   * system does not know it is no absolute path.
   */
  public static Path ofProcess() {
    boolean windows = System.getProperty("os.name", "").startsWith("Windows");
    String variable = System.getenv(windows ? "USERPROFILE" : "HOME");
    return Path.of(
        variable == null || variable.isBlank() ? System.getProperty("user.home", "") : variable);
  }
}
