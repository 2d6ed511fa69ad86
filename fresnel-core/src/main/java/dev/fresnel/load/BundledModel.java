package dev.fresnel.load;

import dev.fresnel.error.FresnelException;
import dev.fresnel.file.InputFile;
import dev.fresnel.load.internal.family.Settings;
import dev.fresnel.model.Transformer;
import dev.fresnel.text.SpecialTokens;
import dev.fresnel.text.Tokenizer;
import dev.fresnel.text.TokenizerOrReason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The trained model that comes with Fresnel: two layers of attention with induction heads. Its
 * files are resources of the artifact {@code fresnel-models}, which also says how it was made.
 */
final class BundledModel {
  static final String NAME = "fresnel-2l";

  private static final String FOLDER = "dev/fresnel/models/";

  private BundledModel() {}

  /**
   * @throws FresnelException if fresnel-models is not on the class path
   */
  static Transformer load(LoadOptions options) {
    byte[] tokenizer = resource("tokenizer.json");
    var settings = Settings.parse(resource("config.json"), NAME + "'s config.json");
    try {
      Path weights = Files.createTempFile(NAME, ".safetensors");
      try {
        Files.write(weights, resource("model.safetensors"));
        return load(weights, settings, tokenizer, options);
      } finally {
        discard(weights);
      }
    } catch (IOException e) {
      throw new FresnelException(
          "the bundled model cannot be copied to the temporary folder "
              + System.getProperty("java.io.tmpdir")
              + ": "
              + InputFile.reason(e)
              + ". Make room there, or name another folder with -Djava.io.tmpdir=FOLDER",
          e);
    }
  }

  private static Transformer load(
      Path weights, Settings settings, byte[] tokenizer, LoadOptions options) {
    var special = new SpecialTokens(null, null, null, null);
    try (var files =
        ModelFiles.of(
                weights,
                settings,
                same -> TokenizerOrReason.of(Tokenizer.fromJson(tokenizer, special)))
            .named(NAME, NAME)) {
      return ModelLoader.load(files, options);
    }
  }

  /** Where a mapped file cannot be deleted, it goes with the process. */
  private static void discard(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      file.toFile().deleteOnExit();
    }
  }

  /** The class loader finds it in another module too, where a class finds only its own module's. */
  private static byte[] resource(String name) {
    try (var stream = BundledModel.class.getClassLoader().getResourceAsStream(FOLDER + name)) {
      if (stream == null) {
        throw new FresnelException(
            "the bundled model "
                + NAME
                + " is not on the class path: add the artifact dev.fresnel:fresnel-models, or load"
                + " 'by-hand', which needs no files");
      }
      return stream.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the bundled model's " + name, e);
    }
  }
}
