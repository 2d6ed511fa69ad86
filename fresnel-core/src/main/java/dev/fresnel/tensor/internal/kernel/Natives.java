package dev.fresnel.tensor.internal.kernel;

import dev.fresnel.error.FresnelException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.presets.openblas_nolapack;
import org.bytedeco.pytorch.presets.torch;

/**
 * The error message if libtorch cannot be loaded. Its native libraries come in three jars per
 * platform. They may be missing because the platform has none, or because they are not on the class
 * path.
 */
final class Natives {
  private static final List<String> PLATFORMS =
      List.of("linux-x86_64", "macosx-arm64", "windows-x86_64");

  private static final List<Artifact> PARTS =
      List.of(
          new Artifact("javacpp", "jnijavacpp", Pointer.class),
          new Artifact("openblas", "jniopenblas_nolapack", openblas_nolapack.class),
          new Artifact("pytorch", "jnitorch", torch.class));

  /**
   * The first error. Java gives the reason only once; later errors only say that there was an
   * earlier one.
   */
  private static final AtomicReference<LinkageError> FIRST = new AtomicReference<>();

  /**
   * An artifact of org.bytedeco, one of its native libraries, and a class of its
   * platform-independent jar.
   */
  private record Artifact(String artifact, String library, Class<?> anchor) {
    boolean isThere() {
      String file = System.mapLibraryName(library);
      return anchor.getResource(
              "/org/bytedeco/" + artifact + "/" + Loader.getPlatform() + "/" + file)
          != null;
    }

    String coordinates() {
      String version = null;
      try {
        version = Loader.getVersion("org.bytedeco", artifact, anchor);
      } catch (IOException e) {
        // The name of the artifact is enough.
      }
      return "org.bytedeco:" + artifact + (version == null ? "" : ":" + version);
    }
  }

  private Natives() {}

  /** The error to throw: why libtorch could not be loaded, and what to do. */
  static FresnelException unusable(LinkageError e) {
    FIRST.compareAndSet(null, e);
    LinkageError first = FIRST.get();
    if (first.getCause() instanceof FresnelException cause) {
      return cause;
    }
    return new FresnelException(message(first), first);
  }

  private static String message(LinkageError e) {
    String platform = Loader.getPlatform();
    List<Artifact> missing = PARTS.stream().filter(part -> !part.isThere()).toList();
    if (missing.isEmpty()) {
      return "libtorch's natives for this machine, which is %s, cannot be loaded: %s. They are unpacked to %s (550 MB): check that there is room, and that it may be written."
          .formatted(
              platform,
              e.getMessage(),
              System.getProperty("org.bytedeco.javacpp.cachedir", "~/.javacpp"));
    }
    if (!PLATFORMS.contains(platform)) {
      return "There is no libtorch for this machine, which is %s. Fresnel runs on %s."
          .formatted(platform, String.join(", ", PLATFORMS));
    }
    return "libtorch's natives for this machine, which is %s, are not on the class path. Add %s with the classifier %1$s, or use the zip of Fresnel whose name ends in %1$s."
        .formatted(
            platform, String.join(", ", missing.stream().map(Artifact::coordinates).toList()));
  }
}
