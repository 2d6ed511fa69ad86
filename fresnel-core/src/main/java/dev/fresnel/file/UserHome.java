package dev.fresnel.file;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

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

  /** The home folder, if the user has one: an absolute path to a folder that exists. */
  public static Optional<Path> known() {
    return known(ofProcess().toString());
  }

  /** A home folder as a variable or property names it; {@code ?} and relative paths are none. */
  public static Optional<Path> known(@Nullable String home) {
    return absolute(home).filter(Files::isDirectory);
  }

  /**
   * The folder for what can be made anew: {@code XDG_CACHE_HOME}, or {@code .cache} in the home
   * folder. As its specification says, a variable that is no absolute path counts as unset.
   */
  public static Optional<Path> caches() {
    return absolute(System.getenv("XDG_CACHE_HOME"))
        .or(() -> known().map(home -> home.resolve(".cache")));
  }

  private static Optional<Path> absolute(@Nullable String path) {
    try {
      return Optional.ofNullable(path).map(Path::of).filter(Path::isAbsolute);
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }
}
