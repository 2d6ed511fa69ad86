package dev.fresnel.text;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import dev.fresnel.error.FresnelException;
import dev.fresnel.file.WholeFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Properties;

/**
 * The Rust tokenizers, brought into this process on first use.
 *
 * <p>Only the native functions of DJL's jar are used. DJL's own way to them asks a cloud's metadata
 * address and a bucket on every new tokenizer and may fetch natives; none of that code is on the
 * class path.
 */
final class TokenizerLibrary {
  private static final String VERSIONS = "/native/lib/tokenizers.properties";

  private TokenizerLibrary() {}

  /** Loaded when first asked for, once in a process. */
  private static final class Loaded {
    static final TokenizersLibrary LIBRARY = load();
  }

  /**
   * The native functions.
   *
   * @throws FresnelException if this system has no native library, or it cannot be unpacked
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

  /** A folder of the user's own, kept between runs, or a fresh one where that cannot be written. */
  private static Path folder(String system) throws IOException {
    String version = version();
    String cache = System.getenv("XDG_CACHE_HOME");
    Path base =
        cache == null || cache.isBlank()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(cache);
    Path folder = base.toAbsolutePath().resolve(Path.of("fresnel", "tokenizers", version, system));
    try {
      Files.createDirectories(folder);
      if (Files.isWritable(folder)) {
        return folder;
      }
    } catch (IOException e) {
      // A home that cannot be written is usual in containers: a fresh folder serves as well.
    }
    Path fresh = Files.createTempDirectory("fresnel-tokenizers");
    fresh.toFile().deleteOnExit();
    return fresh;
  }

  private static String version() throws IOException {
    var versions = new Properties();
    try (InputStream in = TokenizersLibrary.class.getResourceAsStream(VERSIONS)) {
      if (in != null) {
        versions.load(in);
      }
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
