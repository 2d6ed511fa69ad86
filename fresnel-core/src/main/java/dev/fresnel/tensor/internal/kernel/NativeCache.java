package dev.fresnel.tensor.internal.kernel;

import dev.fresnel.error.FresnelException;
import dev.fresnel.file.PrivateFolder;
import dev.fresnel.file.UserHome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The folder in which JavaCPP unpacks libtorch. JavaCPP itself takes {@code user.home} as it is:
 * where that is {@code ?}, libraries would be loaded from below the current folder.
 */
final class NativeCache {
  /** JavaCPP's property for the folder; a user's own value stands. */
  private static final String PROPERTY = "org.bytedeco.javacpp.cachedir";

  private static final String OLDER_PROPERTY = "org.bytedeco.javacpp.cacheDir";

  private NativeCache() {}

  /** Tells JavaCPP the folder. Call this before any class of JavaCPP is initialized. */
  static void choose() {
    if (System.getProperty(PROPERTY) == null && System.getProperty(OLDER_PROPERTY) == null) {
      System.setProperty(PROPERTY, folder(UserHome.known(System.getProperty("user.home"))) + "/");
    }
  }

  /**
   * JavaCPP's usual folder in the home folder, if nobody else can write to it; else a temporary one
   * of the user alone.
   */
  static Path folder(Optional<Path> home) {
    return home.flatMap(folder -> PrivateFolder.writtenByUserAlone(folder.resolve(".javacpp")))
        .orElseGet(NativeCache::temporary)
        .resolve("cache");
  }

  private static Path temporary() {
    try {
      return PrivateFolder.temporary();
    } catch (IOException e) {
      throw new FresnelException(
          "libtorch needs a folder to be unpacked to, and neither the home folder nor the temporary"
              + " folder can be written; name one that can with -D"
              + PROPERTY
              + "=FOLDER",
          e);
    }
  }
}
