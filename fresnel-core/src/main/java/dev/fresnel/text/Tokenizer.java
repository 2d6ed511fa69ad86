package dev.fresnel.text;

import dev.fresnel.error.FresnelException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Text to token ids and back, by Hugging Face's own tokenizers, with TransformerLens's rules for
 * what comes before a text. Immutable but for closing; threads may share it.
 *
 * <pre>{@code
 * try (var tokenizer = Tokenizer.bytes()) {
 *   tokenizer.tokens("Hi", Bos.PREPEND).ids(0);   // [256, 72, 105]
 *   tokenizer.decode(72);                         // "H"
 * }
 * }</pre>
 *
 * <p>A file is checked when the tokenizer is made. The native tokenizer is made of it with the
 * first text that is read or written: with token ids alone it is never loaded.
 *
 * <p>Nothing is ever cut off: a text too long for a model is the model's error. Half a surrogate
 * pair is read as U+FFFD, since it is no character.
 */
public final class Tokenizer implements AutoCloseable {
  private final LateTokenizer tokenizer;
  private final Roles roles;
  private final int vocabularySize;

  private Tokenizer(String json, SpecialTokens special) {
    TokenizerJson facts = TokenizerJson.read(json);
    roles = Roles.of(special, facts);
    vocabularySize = facts.vocabularySize();
    tokenizer = new LateTokenizer(json);
  }

  /**
   * A Hugging Face tokenizer.json.
   *
   * @param tokenizerJson the file's bytes, UTF-8
   * @param special the tokens with a role; one that is null, or that the vocabulary lacks, is taken
   *     as TransformerLens takes it: eos is {@code <|endoftext|>}, then pad and bos are eos
   * @throws FresnelException if the file is not one, or uses something that the native tokenizers
   *     cannot be trusted with
   */
  public static Tokenizer fromJson(byte[] tokenizerJson, SpecialTokens special) {
    try {
      return fromJson(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(tokenizerJson)).toString(),
          special);
    } catch (CharacterCodingException e) {
      throw new FresnelException("The tokenizer.json is not UTF-8 text. Fetch the file anew.", e);
    }
  }

  /**
   * As {@link #fromJson(byte[], SpecialTokens)}, of the file's text.
   *
   * @throws FresnelException as there
   */
  public static Tokenizer fromJson(String tokenizerJson, SpecialTokens special) {
    return new Tokenizer(tokenizerJson, special);
  }

  /**
   * The tokenizer that a GGUF file describes.
   *
   * @throws FresnelException if it describes none that can be made; {@link GgufVocabulary#problem}
   *     says so beforehand
   */
  public static Tokenizer fromGguf(GgufVocabulary vocabulary) {
    return new Tokenizer(GgufTokenizer.json(vocabulary), vocabulary.specialTokens());
  }

  /**
   * A token for each byte of a text's UTF-8, its id the byte's value, and {@code <|bos|>} with id
   * 256: for models made by hand.
   */
  public static Tokenizer bytes() {
    return new Tokenizer(ByteLevel.json(), new SpecialTokens(ByteLevel.BOS, null, null, null));
  }

  /** A text's ids and nothing more: no BOS, no end. An empty text has none. */
  public int[] encode(String text) {
    return tokenizer.get().encode(text, false);
  }

  /**
   * What a model reads of one text: TransformerLens's {@code to_tokens}, uncut.
   *
   * @throws FresnelException if there is no token (an empty text without a BOS), or a BOS is wanted
   *     and the tokenizer has none
   */
  public Tokens tokens(String text, Bos bos) {
    return tokens(List.of(text), bos);
  }

  /**
   * What a model reads of several texts, the shorter ones padded on the left.
   *
   * @throws FresnelException as for one text, or if the lengths differ and the tokenizer has no
   *     token to pad with
   */
  public Tokens tokens(List<String> texts, Bos bos) {
    var rows = new ArrayList<int[]>(texts.size());
    for (String text : texts) {
      int[] ids = withBos(text, bos);
      if (ids.length == 0) {
        throw new FresnelException(
            "The text \"%s\" (number %d of %d) gives no tokens. Give some text, or let a BOS come first."
                .formatted(text, rows.size() + 1, texts.size()));
      }
      rows.add(ids);
    }
    return label(ragged(rows) ? Tokens.leftPadded(rows, padOrThrow()) : Tokens.ofRows(rows));
  }

  private int[] withBos(String text, Bos bos) {
    if (tokenizer.get().startsAlone()) {
      int[] ids = tokenizer.get().encode(text, true);
      return bos == Bos.PREPEND
          ? ids
          : Arrays.copyOfRange(ids, Math.min(1, ids.length), ids.length);
    }
    if (bos == Bos.NONE) {
      return tokenizer.get().encode(text, true);
    }
    if (roles.bos() == null) {
      throw new FresnelException(
          "The tokenizer has no BOS token, nor an EOS token to use for it. Ask for none.");
    }
    int[] ids = tokenizer.get().encode(roles.bos().text() + text, true);
    if (ids.length > 0 && ids[0] == roles.bos().id()) {
      return ids;
    }
    return IntStream.concat(
            IntStream.of(roles.bos().id()), Arrays.stream(tokenizer.get().encode(text, true)))
        .toArray();
  }

  private static boolean ragged(List<int[]> rows) {
    return rows.stream().mapToInt(row -> row.length).distinct().count() > 1;
  }

  private int padOrThrow() {
    return padId()
        .orElseThrow(
            () ->
                new FresnelException(
                    "The texts have different numbers of tokens, and the tokenizer has no token to pad the shorter ones with. Give them one at a time."));
  }

  /**
   * The same ids with their texts, and with the knowledge whether a BOS comes first.
   *
   * @param tokens of this tokenizer's vocabulary; an id beyond it has the empty text
   */
  public Tokens label(Tokens tokens) {
    return tokens.labelled(this::decode, bosId().orElse(-1));
  }

  /**
   * The same ids with the knowledge whether a BOS comes first, and without texts: for this the
   * native tokenizer is not needed.
   */
  public Tokens labelBos(Tokens tokens) {
    return tokens.labelled(null, bosId().orElse(-1));
  }

  /**
   * One token's own text, as TransformerLens's {@code to_str_tokens} shows it: not cleaned up,
   * special tokens too. A piece of a character of several bytes is U+FFFD. A sentencepiece
   * tokenizer's decoder takes the space off a token's start, as it does in the original. An id that
   * the vocabulary lacks (a model's embedding may have more rows) has the empty text.
   *
   * @throws FresnelException if the id is negative
   */
  public String decode(int id) {
    return decode(new int[] {id});
  }

  /**
   * The text of several tokens together, not cleaned up, special tokens too.
   *
   * @throws FresnelException if an id is negative
   */
  public String decode(int[] ids) {
    for (int id : ids) {
      if (id < 0) {
        throw new FresnelException("A token id is " + id + "; ids count from 0.");
      }
    }
    return tokenizer.get().decode(ids);
  }

  /**
   * The id of a text that is one token, such as an answer whose logit is wanted. A leading space
   * counts: {@code " Mary"} and {@code "Mary"} are two tokens in most vocabularies.
   *
   * @throws FresnelException if the text is no token or several; the message lists them
   */
  public int singleToken(String text) {
    int[] ids = encode(text);
    if (ids.length != 1) {
      throw new FresnelException(
          "\"%s\" is %d tokens%s; expected one. Try it with%s a leading space, or take one of its pieces."
              .formatted(text, ids.length, pieces(ids), text.startsWith(" ") ? "out" : ""));
    }
    return ids[0];
  }

  private String pieces(int[] ids) {
    if (ids.length == 0) {
      return "";
    }
    String listed =
        Arrays.stream(ids)
            .limit(10)
            .mapToObj(id -> "\"" + decode(id) + "\" (" + id + ")")
            .collect(Collectors.joining(", "));
    return " [" + listed + (ids.length > 10 ? ", ..." : "") + "]";
  }

  /** The token that comes before a text: the file's, or else the EOS; empty if there is neither. */
  public OptionalInt bosId() {
    return Roles.id(roles.bos());
  }

  /** The token that ends a text; empty if there is none. */
  public OptionalInt eosId() {
    return Roles.id(roles.eos());
  }

  /**
   * The token that fills up shorter rows: the file's, or else the EOS; empty if there is neither.
   */
  public OptionalInt padId() {
    return Roles.id(roles.pad());
  }

  /**
   * One more than the largest id, added tokens included. A model's embedding may have more rows.
   */
  public int vocabularySize() {
    return vocabularySize;
  }

  /** Frees the native memory, after calls in other threads have ended. Closing twice is safe. */
  @Override
  public void close() {
    tokenizer.close();
  }
}
