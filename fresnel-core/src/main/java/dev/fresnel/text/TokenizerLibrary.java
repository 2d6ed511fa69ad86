package dev.fresnel.text;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import dev.fresnel.error.FresnelException;
import dev.fresnel.file.WholeFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
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

  /**
   * A folder in the user's cache, kept between runs, or a temporary folder if that cannot be
   * written.
   */
  private static Path folder(String system) throws IOException {
    String version = version();
    Path folder = cache().resolve(Path.of(version, system));
    if (canWrite(folder)) {
      return folder;
    }
    // In containers the home folder often cannot be written; use a temporary folder.
    Path fresh = Files.createTempDirectory("fresnel-tokenizers");
    fresh.toFile().deleteOnExit();
    return fresh;
  }

  private static Path cache() {
    String cache = System.getenv("XDG_CACHE_HOME");
    Path base =
        cache == null || cache.isBlank()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(cache);
    return base.toAbsolutePath().resolve(Path.of("fresnel", "tokenizers"));
  }

  /** The folder of verdicts on tokenizers; null where it cannot be written. */
  static @Nullable Path verdicts() {
    Path folder = cache().resolve("verdicts");
    return canWrite(folder) ? folder : null;
  }

  private static boolean canWrite(Path folder) {
    try {
      Files.createDirectories(folder);
      return Files.isWritable(folder);
    } catch (IOException e) {
      return false;
    }
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
    var connection = url.openConnection();
    connection.setUseCaches(false);
    try (InputStream in = connection.getInputStream()) {
      if (Files.isRegularFile(target) && Files.size(target) == connection.getContentLengthLong()) {
        return target;
      }
      WholeFile.write(
          target, target.getParent(), channel -> in.transferTo(Channels.newOutputStream(channel)));
    }
    if (target.getParent().getFileName().toString().startsWith("fresnel-tokenizers")) {
      target.toFile().deleteOnExit();
    }
    return target;
  }
}
