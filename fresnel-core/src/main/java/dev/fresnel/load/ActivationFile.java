package dev.fresnel.load;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.fresnel.error.FresnelException;
import dev.fresnel.file.Json;
import dev.fresnel.hook.ActivationCache;
import dev.fresnel.hook.HookPoint;
import dev.fresnel.model.Run;
import dev.fresnel.tensor.Dim;
import dev.fresnel.tensor.Owner;
import dev.fresnel.tensor.Tensor;
import dev.fresnel.text.Token;
import dev.fresnel.text.Tokens;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The activations of a run in a safetensors file, with the names of their axes, the tokens and the
 * model. Python reads the same file as a dictionary of arrays under TransformerLens's names.
 *
 * <pre>{@code
 * ActivationFile.write(Path.of("run.safetensors"), run);
 * try (var file = ActivationFile.open(Path.of("run.safetensors"))) {
 *   file.model();                     // gpt2
 *   file.cache().get(PATTERN, 5);      // [batch, head, query, key]
 *   file.tokens().ids(0);
 * }
 * }</pre>
 */
public final class ActivationFile implements AutoCloseable {
  private static final String LOGITS = "logits";

  private final Path path;
  private final String model;
  private final Tokens tokens;
  private final List<List<Token>> labels;
  private final ActivationCache cache;
  private final @Nullable Tensor logits;
  private final Owner owner;

  /** What the file does not hold cannot be computed without the model. */
  private static ActivationCache.Derivation stored(Path path) {
    return ActivationCache.Derivation.none(
        "is not in "
            + path.toString().replace("%", "%%")
            + ", which holds %s; write it from a run with RunPlan.capture(%s)");
  }

  private ActivationFile(Path path, TensorFile file) {
    this.path = path;
    var notes = file.notes();
    model = note(notes, "model");
    int layers = number(note(notes, "layers"));
    JsonNode texts = json(note(notes, "texts"));
    labels = labels(texts.path("tokens"));
    tokens = tokens(labels, texts.path("padding"));
    JsonNode axes = json(note(notes, "axes"));
    owner = new Owner("ActivationFile");
    try {
      var kept = new LinkedHashMap<HookPoint, Tensor>();
      Tensor found = null;
      for (String name : file.names()) {
        Tensor named = owner.keep(file.read(name).named(dims(axes, name)), name);
        if (name.equals(LOGITS)) {
          found = named;
        } else {
          kept.put(HookPoint.parse(name), named);
        }
      }
      logits = found;
      cache = new ActivationCache(kept, layers, stored(path));
    } catch (RuntimeException e) {
      owner.close();
      throw e;
    }
  }

  /**
   * Writes what a run captured, and its logits unless it ended before them. The file appears under
   * its name when it is whole; until then an old one stays.
   *
   * @throws FresnelException if the file cannot be written
   */
  public static void write(Path path, Run run) {
    TensorFile.write(path, tensors(run), notes(run));
  }

  /** What {@link #write} writes, by name, in the file's order. */
  public static Map<String, Tensor> tensors(Run run) {
    var tensors = new LinkedHashMap<String, Tensor>();
    run.cache().points().forEach(point -> tensors.put(point.name(), run.cache().get(point)));
    if (run.reachedTheEnd()) {
      tensors.put(LOGITS, run.logits());
    }
    return tensors;
  }

  /**
   * Opens a file that {@link #write} or {@code fresnel cache} wrote.
   *
   * @throws FresnelException if the file cannot be read, or does not say its axes, tokens and model
   */
  public static ActivationFile open(Path path) {
    try (var file = TensorFile.open(path)) {
      return new ActivationFile(path, file);
    }
  }

  /** The name of the model that computed the activations. */
  public String model() {
    return model;
  }

  /** What the model read. */
  public Tokens tokens() {
    return tokens;
  }

  /** One text as labels for results, padding included; texts are null where the run had none. */
  public List<Token> row(int text) {
    if (text < 0 || text >= labels.size()) {
      throw new FresnelException(
          "there is no text %d: %s holds %d, counted from 0".formatted(text, path, labels.size()));
    }
    return labels.get(text);
  }

  /** The activations, which live until this file is closed. */
  public ActivationCache cache() {
    owner.requireOpen();
    return cache;
  }

  /** The logits [batch, pos, d_vocab]; empty if the run ended before them. */
  public Optional<Tensor> logits() {
    owner.requireOpen();
    return Optional.ofNullable(logits);
  }

  @Override
  public void close() {
    owner.close();
  }

  @Override
  public String toString() {
    return "ActivationFile[%s, %d texts of %d tokens, %s]"
        .formatted(model, tokens.batch(), tokens.length(), cache);
  }

  // ---- notes ----

  private static Map<String, String> notes(Run run) {
    var provenance = run.model().provenance();
    var notes = new LinkedHashMap<String, String>();
    notes.put("model", run.model().config().name());
    notes.put("source", provenance.source());
    notes.put("processing", String.join(",", provenance.processing()));
    notes.put("layers", Integer.toString(run.model().layers()));
    notes.put("tokens", Arrays.toString(run.tokens().ids(0)).replaceAll("[\\[\\] ]", ""));
    notes.put("texts", texts(run.tokens()));
    var axes = Json.MAPPER.createObjectNode();
    tensors(run)
        .forEach(
            (name, tensor) ->
                tensor.dims().forEach(dim -> axes.withArray("/" + pointer(name)).add(dim.name())));
    notes.put("axes", axes.toString());
    return notes;
  }

  private static String pointer(String name) {
    return name.replace("~", "~0").replace("/", "~1");
  }

  private static String texts(Tokens tokens) {
    var texts = Json.MAPPER.createObjectNode();
    var rows = texts.putArray("tokens");
    var padding = texts.putArray("padding");
    for (int row = 0; row < tokens.batch(); row++) {
      padding.add(tokens.padding(row));
      var labels = rows.addArray();
      tokens.row(row).forEach(token -> labels.addArray().add(token.id()).add(token.text()));
    }
    return texts.toString();
  }

  private String note(Map<String, String> notes, String key) {
    String note = notes.get(key);
    if (note == null) {
      throw new FresnelException(
          path
              + " has no note \""
              + key
              + "\", so it was not written by ActivationFile or 'fresnel cache'; read it with"
              + " TensorFile");
    }
    return note;
  }

  private FresnelException damaged(String what) {
    return new FresnelException(
        path + " is damaged: its note of " + what + " is not as it was written; write it again");
  }

  private int number(String note) {
    try {
      return Integer.parseUnsignedInt(note);
    } catch (NumberFormatException e) {
      throw damaged("layers");
    }
  }

  private JsonNode json(String note) {
    try {
      return Json.MAPPER.readTree(note);
    } catch (JsonProcessingException e) {
      throw damaged("texts or axes");
    }
  }

  private Dim[] dims(JsonNode axes, String name) {
    JsonNode names = axes.path(name);
    if (names.isEmpty()) {
      throw damaged("the axes of " + name);
    }
    return IntStream.range(0, names.size())
        .mapToObj(i -> new Dim(names.get(i).asText()))
        .toArray(Dim[]::new);
  }

  private List<List<Token>> labels(JsonNode rows) {
    var labels = new ArrayList<List<Token>>();
    for (JsonNode row : rows) {
      var tokens = new ArrayList<Token>();
      for (JsonNode token : row) {
        if (!token.path(0).canConvertToInt()) {
          throw damaged("texts");
        }
        tokens.add(new Token(token.get(0).asInt(), token.path(1).textValue()));
      }
      labels.add(List.copyOf(tokens));
    }
    return List.copyOf(labels);
  }

  private Tokens tokens(List<List<Token>> labels, JsonNode padding) {
    var rows = new ArrayList<int[]>();
    int padId = 0;
    for (int row = 0; row < labels.size(); row++) {
      int[] ids = labels.get(row).stream().mapToInt(Token::id).toArray();
      int padded = padding.path(row).asInt(-1);
      if (padded < 0 || padded >= ids.length) {
        throw damaged("texts");
      }
      padId = padded > 0 ? ids[0] : padId;
      rows.add(Arrays.copyOfRange(ids, padded, ids.length));
    }
    if (rows.isEmpty()) {
      throw damaged("texts");
    }
    return Tokens.leftPadded(rows, padId);
  }
}
