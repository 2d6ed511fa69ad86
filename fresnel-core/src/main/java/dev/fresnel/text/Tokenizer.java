package dev.fresnel.text;

import dev.fresnel.error.FresnelException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Converts text to token ids and back by Hugging Face's tokenizers library, with TransformerLens's
 * rules for BOS. Immutable except for closing; threads may share it.
 *
 * <pre>{@code
 * try (var tokenizer = Tokenizer.bytes()) {
 *   tokenizer.tokens("Hi", Bos.PREPEND).ids(0);   // [256, 72, 105]
 *   tokenizer.decode(72);                         // "H"
 * }
 * }</pre>
 *
 * <p>A file is checked when the tokenizer is made. The native tokenizer is loaded with the first
 * text that is encoded or decoded, so a program that uses only token ids never loads it.
 *
 * <p>Texts are never truncated; the model reports a text that is too long for it. Half a surrogate
 * pair is read as U+FFFD.
 */
public final class Tokenizer implements AutoCloseable {
  private final LazyTokenizer tokenizer;
  private final Pieces pieces;
  private final TokenLabels labels;
  private final Roles roles;
  private final int vocabularySize;
  private final OptionalInt mostBytesPerToken;
  private final List<String> unreadKeys;

  private Tokenizer(String json, SpecialTokens special, TokenizerTrust trust) {
    this(json, TokenizerJson.read(json), special, trust);
  }

  private Tokenizer(String json, TokenizerJson facts, SpecialTokens special, TokenizerTrust trust) {
    roles = Roles.of(special, facts);
    vocabularySize = facts.vocabularySize();
    mostBytesPerToken = facts.mostBytesPerToken();
    pieces = facts.pieces();
    unreadKeys = List.copyOf(facts.unread());
    labels = new TokenLabels(pieces, this::decode);
    boolean tried = !facts.known() && trust == TokenizerTrust.TRIED;
    tokenizer =
        new LazyTokenizer(json, tried ? new TokenizerTrial(json, vocabularySize) : Trial.NONE);
  }

  /**
   * Makes a tokenizer from a Hugging Face tokenizer.json.
   *
   * @param tokenizerJson the file's bytes, UTF-8
   * @param special the special tokens. For one that is null or not in the vocabulary,
   *     TransformerLens's default is used: eos is {@code <|endoftext|>}, and pad and bos are eos
   * @throws FresnelException if the file is not a tokenizer.json, or uses a feature with which the
   *     native library is not safe
   */
  public static Tokenizer fromJson(byte[] tokenizerJson, SpecialTokens special) {
    return fromJson(tokenizerJson, special, TokenizerTrust.TRIED);
  }

  /**
   * Like {@link #fromJson(byte[], SpecialTokens)}.
   *
   * @param trust whether a file that has the shape of no published tokenizer is tried in a process
   *     of its own first
   * @throws FresnelException as there
   */
  public static Tokenizer fromJson(
      byte[] tokenizerJson, SpecialTokens special, TokenizerTrust trust) {
    return new Tokenizer(text(tokenizerJson), special, trust);
  }

  private static String text(byte[] tokenizerJson) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(tokenizerJson)).toString();
    } catch (CharacterCodingException e) {
      throw UnusableTokenizer.file("it is not UTF-8 text", "Download the file again.", e);
    }
  }

  /**
   * Makes a tokenizer from a Hugging Face tokenizer.json and the small files beside it, which may
   * change how texts are read.
   *
   * @throws FresnelException as there, and if the small files ask for what the tokenizer.json
   *     cannot do
   */
  public static Tokenizer fromJson(
      byte[] tokenizerJson, TokenizerSettings settings, TokenizerTrust trust) {
    String json = text(tokenizerJson);
    TokenizerJson facts = TokenizerJson.read(json);
    String changed = TokenizerOverlay.apply(json, facts, settings);
    return changed.equals(json)
        ? new Tokenizer(json, facts, settings.special(), trust)
        : new Tokenizer(changed, settings.special(), trust);
  }

  /**
   * Like {@link #fromJson(byte[], SpecialTokens)}, from the file's text.
   *
   * @throws FresnelException as there
   */
  public static Tokenizer fromJson(String tokenizerJson, SpecialTokens special) {
    if (!Unicode.isWellFormed(tokenizerJson)) {
      throw UnusableTokenizer.file("it has half a surrogate pair", "Download the file again.");
    }
    return new Tokenizer(tokenizerJson, special, TokenizerTrust.TRIED);
  }

  /**
   * Makes the tokenizer that a GGUF file describes.
   *
   * @throws UnusableTokenizer if none can be made from it; {@link GgufVocabulary#problem} says so
   *     beforehand
   */
  public static Tokenizer fromGguf(GgufVocabulary vocabulary) {
    String json = GgufTokenizer.json(vocabulary);
    try {
      return new Tokenizer(json, vocabulary.specialTokens(), TokenizerTrust.TRIED);
    } catch (UnusableTokenizer e) {
      throw e.ofGguf();
    }
  }

  /**
   * A tokenizer of bytes: one token per byte of the text's UTF-8, with the byte's value as its id,
   * and {@code <|bos|>} with id 256. For models made by hand.
   */
  public static Tokenizer bytes() {
    return new Tokenizer(
        ByteLevel.json(), new SpecialTokens(ByteLevel.BOS, null, null, null), TokenizerTrust.TRIED);
  }

  /** Keys of the model in tokenizer.json that nothing reads, here or in the original. */
  public List<String> unreadKeys() {
    return unreadKeys;
  }

  /**
   * Checks that a text may fit a model, without tokenizing all of it: its bytes divided by those of
   * the longest token, or else the tokens of its beginning, must not exceed the context.
   *
   * @param context the most tokens that the model reads
   * @throws FresnelException if the text has more tokens for certain
   */
  public void requireMayFit(String text, int context) {
    long least =
        mostBytesPerToken.isPresent()
            ? Unicode.bytes(text) / mostBytesPerToken.getAsInt()
            : new Beginning(this::encode).least(text, context);
    if (least > context) {
      throw new FresnelException(
          "the text has %,d characters, at least %,d tokens; the model reads at most %,d. Shorten it."
              .formatted(text.length(), least, context));
    }
  }

  /** The ids of a text alone, without BOS or EOS. An empty text has none. */
  public int[] encode(String text) {
    return tokenizer.get().encode(text, false);
  }

  /**
   * The ids of a text that continues another one, such as an answer: with the spaces that it begins
   * with and no others, though the tokenizer may put one before each text that it reads alone. No
   * BOS, no EOS.
   */
  public int[] encodeContinuation(String text) {
    return new Continuation(this::encode, pieces).of(text);
  }

  /**
   * The tokens that a model reads for one text, like TransformerLens's {@code to_tokens} without
   * truncation.
   *
   * @throws FresnelException if there are no tokens (an empty text without a BOS), or a BOS is
   *     asked for and the tokenizer has none
   */
  public Tokens tokens(String text, Bos bos) {
    return tokens(List.of(text), bos);
  }

  /**
   * The first tokens that a model reads for one text: those of {@link #tokens(String, Bos)}, BOS
   * included. Of a long text only the beginning is tokenized, half a thousand tokens further than
   * wanted, so that the cut does not show.
   *
   * @param count the most tokens
   * @throws FresnelException as for the whole text, and if {@code count} is below 1
   */
  public Tokens firstTokens(String text, Bos bos, int count) {
    if (count < 1) {
      throw new FresnelException("a text's first " + count + " tokens are none; give 1 or more");
    }
    int[] ids = new Beginning(part -> ids(part, bos)).reaching(text, count);
    return label(Tokens.of(Arrays.copyOf(ids, Math.min(count, ids.length))));
  }

  /**
   * The tokens that a model reads for several texts; shorter ones are padded on the left.
   *
   * @throws FresnelException as for one text, and if the lengths differ and the tokenizer has no
   *     token to pad with
   */
  public Tokens tokens(List<String> texts, Bos bos) {
    var rows = new ArrayList<int[]>(texts.size());
    for (String text : texts) {
      rows.add(requireSome(withBos(text, bos), text, rows.size(), texts.size()));
    }
    boolean ragged = rows.stream().mapToInt(row -> row.length).distinct().count() > 1;
    return label(ragged ? Tokens.leftPadded(rows, padOrThrow()) : Tokens.ofRows(rows));
  }

  /** The ids of a text; never none. */
  int[] ids(String text, Bos bos) {
    return requireSome(withBos(text, bos), text, 0, 1);
  }

  private static int[] requireSome(int[] ids, String text, int index, int count) {
    if (ids.length == 0) {
      throw new FresnelException(
          "The text \"%s\" (number %d of %d) gives no tokens. Give some text, or let a BOS come first."
              .formatted(text, index + 1, count));
    }
    return ids;
  }

  private int[] withBos(String text, Bos bos) {
    if (tokenizer.get().addsFirstToken()) {
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
    int[] ids = together(roles.bos().text(), text);
    if (ids.length > 0 && ids[0] == roles.bos().id()) {
      return ids;
    }
    return IntStream.concat(
            IntStream.of(roles.bos().id()), Arrays.stream(tokenizer.get().encode(text, true)))
        .toArray();
  }

  /** What two texts in one give; nothing where the vocabulary can read them only apart. */
  private int[] together(String first, String second) {
    try {
      return tokenizer.get().encode(first + second, true);
    } catch (FresnelException unknownWord) {
      return new int[0];
    }
  }

  private int padOrThrow() {
    return padId()
        .orElseThrow(
            () ->
                new FresnelException(
                    "The texts have different numbers of tokens, and the tokenizer has no token to"
                        + " pad the shorter ones with. Give them one at a time."));
  }

  /**
   * The same ids, labelled with their texts and with whether a BOS comes first.
   *
   * @param tokens ids of this tokenizer's vocabulary; a larger id gets an empty text
   */
  public Tokens label(Tokens tokens) {
    var known = new HashMap<Integer, Token>();
    return tokens.labelled(id -> known.computeIfAbsent(id, labels::of), bosId().orElse(-1));
  }

  /**
   * One token as results show it.
   *
   * @throws FresnelException if the id is negative
   */
  public Token token(int id) {
    return labels.of(id);
  }

  /**
   * The id of one of the vocabulary's own pieces, such as {@code ĠMary} or {@code ▁Mary}, like
   * transformers's {@code convert_tokens_to_ids}; empty if the vocabulary lacks it.
   */
  public OptionalInt idOfPiece(String piece) {
    return pieces.id(piece);
  }

  /**
   * The same ids, labelled only with whether a BOS comes first. This does not load the native
   * tokenizer.
   */
  public Tokens labelBos(Tokens tokens) {
    return tokens.labelled(null, bosId().orElse(-1));
  }

  /**
   * One token's text, like TransformerLens's {@code to_str_tokens}: without clean-up, special
   * tokens included. Part of a multi-byte character is U+FFFD. A sentencepiece decoder removes the
   * space at the token's start, as in the original. An id outside the vocabulary gives an empty
   * text (a model's embedding may have more rows than the vocabulary).
   *
   * @throws FresnelException if the id is negative
   */
  public String decode(int id) {
    return decode(new int[] {id});
  }

  /**
   * The text of several tokens together, without clean-up, special tokens included.
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
   * The id of a text that is exactly one token, for example an answer whose logit you want, like
   * TransformerLens's {@code to_single_token}. A leading space counts: {@code " Mary"} and {@code
   * "Mary"} are different tokens in most vocabularies. A tokenizer that puts a space before each
   * text reads {@code "Mary"} as {@code ▁Mary}; see {@link #idOfPiece}.
   *
   * @throws FresnelException if the text is not exactly one token; the message lists its tokens
   */
  public int singleToken(String text) {
    int[] ids = encode(text);
    if (ids.length != 1) {
      throw NotOneToken.of(this, text, ids, this::encode);
    }
    return ids[0];
  }

  /**
   * The id of a text that continues another one and is exactly one token: of {@code " Mary"} with
   * any tokenizer the token that begins the word.
   *
   * @throws FresnelException if {@link #encodeContinuation} does not give exactly one token; the
   *     message lists its tokens
   */
  public int singleContinuation(String text) {
    int[] ids = encodeContinuation(text);
    if (ids.length != 1) {
      throw NotOneToken.of(this, text, ids, this::encodeContinuation);
    }
    return ids[0];
  }

  /** The BOS token: the one that the file names, or else the EOS; empty if there is neither. */
  public OptionalInt bosId() {
    return Roles.id(roles.bos());
  }

  /** The EOS token; empty if there is none. */
  public OptionalInt eosId() {
    return Roles.id(roles.eos());
  }

  /** The padding token: the one that the file names, or else the EOS; empty if there is neither. */
  public OptionalInt padId() {
    return Roles.id(roles.pad());
  }

  /** One more than the largest id, added tokens included; an embedding may have more rows. */
  public int vocabularySize() {
    return vocabularySize;
  }

  /** Frees the native memory once calls in other threads have ended. Closing twice is safe. */
  @Override
  public void close() {
    tokenizer.close();
  }

  @Override
  public String toString() {
    return "Tokenizer of " + vocabularySize + " tokens";
  }
}
