package dev.fresnel.text;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import dev.fresnel.error.FresnelException;
import dev.fresnel.file.KeptCopy;
import dev.fresnel.file.PrivateFolder;
import dev.fresnel.file.UserHome;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Loads the native Rust tokenizers on first use.
 *
 * <p>Fresnel uses only the native functions of DJL's jar. DJL's own loading code contacts a cloud
 * metadata address and a storage bucket for every new tokenizer, and may download native libraries;
 * that code is not on the class path.
 */
final class TokenizerLibrary {
  /** Below the user's cache; older versions kept theirs elsewhere, open to others. */
  private static final Path FOLDER = Path.of("fresnel", "natives");

  private static final String VERSIONS = "/native/lib/tokenizers.properties";

  private TokenizerLibrary() {}

  /** Initializing this class loads the library, once per process. */
  private static final class Loaded {
    static final TokenizersLibrary LIBRARY = load();
  }

  /**
   * The native functions.
   *
   * @throws FresnelException if there is no native library for this system, or it cannot be
   *     unpacked
   */
  static TokenizersLibrary get() {
    try {
      return Loaded.LIBRARY;
    } catch (ExceptionInInitializerError e) {
      throw e.getCause() instanceof FresnelException cause ? cause : unusable(e.getCause());
    } catch (NoClassDefFoundError e) {
      throw unusable(e);
    }
  }

  private static FresnelException unusable(Throwable cause) {
    return new FresnelException(
        "The native tokenizer library could not be loaded: "
            + (cause instanceof UnsatisfiedLinkError ? cause.getMessage() : cause)
            + ". Check that the jar ai.djl.huggingface:tokenizers is whole, or give token ids in"
            + " place of text.",
        cause);
  }

  private static TokenizersLibrary load() {
    String system = system();
    List<String> files =
        system.startsWith("win")
            ? List.of(
                "libwinpthread-1.dll", "libgcc_s_seh-1.dll", "libstdc++-6.dll", "tokenizers.dll")
            : List.of(system.startsWith("osx") ? "libtokenizers.dylib" : "libtokenizers.so");
    try {
      Path folder = folder(system);
      for (String file : files) {
        System.load(
            unpack("/native/lib/" + system + "/cpu/" + file, folder.resolve(file)).toString());
      }
      return TokenizersLibrary.LIB;
    } catch (IOException | UnsatisfiedLinkError e) {
      throw unusable(e);
    }
  }

  private static String system() {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String arch = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    String kind = os.startsWith("win") ? "win" : os.startsWith("mac") ? "osx" : "linux";
    return kind + "-" + (arch.equals("amd64") ? "x86_64" : arch.equals("arm64") ? "aarch64" : arch);
  }

  /** A folder that belongs to the user alone: in the user's cache, or else a temporary one. */
  private static Path folder(String system) throws IOException {
    var kept = UserHome.caches().flatMap(caches -> PrivateFolder.at(caches.resolve(FOLDER)));
    Path folder = kept.isPresent() ? kept.get() : PrivateFolder.temporary();
    return Files.createDirectories(folder.resolve("tokenizers-" + version() + "-" + system));
  }

  /** The folder of verdicts on tokenizers; null where the user has none that is his alone. */
  static @Nullable Path verdicts() {
    var kept = UserHome.caches().flatMap(caches -> PrivateFolder.at(caches.resolve(FOLDER)));
    return kept.map(folder -> folder.resolve("verdicts")).orElse(null);
  }

  /** The version of the native library. */
  static String version() {
    var versions = new Properties();
    try (InputStream in = TokenizersLibrary.class.getResourceAsStream(VERSIONS)) {
      if (in != null) {
        versions.load(in);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return versions.getProperty("version", "unknown").replaceAll("[^A-Za-z0-9.-]", "_");
  }

  private static Path unpack(String resource, Path target) throws IOException {
    var url = TokenizersLibrary.class.getResource(resource);
    if (url == null) {
      throw new FresnelException(
          "There is no native tokenizer library for this machine (%s is not on the class path); there is one for Linux and macOS on aarch64, and for Linux and Windows on x86_64. Give token ids in place of text."
              .formatted(resource));
    }
    return KeptCopy.of(url, target.getParent(), target.getFileName().toString());
  }
}
