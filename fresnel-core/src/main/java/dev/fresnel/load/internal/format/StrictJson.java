package dev.fresnel.load.internal.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.fresnel.file.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** JSON in files from elsewhere: UTF-8 and nothing else, and no key twice. */
public final class StrictJson {
  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .build();

  /** Characters that a message shows of a text. */
  private static final int MOST_SHOWN = 200;

  private static final Pattern UNSEEN = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");

  private static final int MOST_SKIPPED = 10_000;

  private StrictJson() {}

  /** Reads part of a file as JSON; the file stays open when the parser is closed. */
  public static JsonParser parser(DataFile file, long offset, long length) throws IOException {
    var decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    file.requireInside(offset, length, "JSON");
    return FACTORY.createParser(
        new InputStreamReader(new Section(file, offset, offset + length), decoder));
  }

  /** Passes over a value that has no meaning here; one of many thousand parts is refused. */
  public static void skip(DataFile file, JsonParser json) throws IOException {
    int depth = 0;
    int parts = 0;
    do {
      depth += json.currentToken().isStructStart() ? 1 : json.currentToken().isStructEnd() ? -1 : 0;
      if (++parts > MOST_SKIPPED) {
        throw file.malformed(
            "the JSON holds a value of more than " + MOST_SKIPPED + " parts that has no meaning");
      }
    } while (depth > 0 && json.nextToken() != null);
  }

  /** What is wrong, in a line. */
  public static String problem(IOException e) {
    if (e instanceof JsonProcessingException json) {
      return Json.problem(json);
    }
    return e instanceof java.nio.charset.CharacterCodingException
        ? "not UTF-8"
        : String.valueOf(e.getMessage());
  }

  /**
   * A text from a file, fit for a message: short, and with escapes in the place of characters that
   * control a terminal or turn the direction of writing.
   */
  public static String shown(String text) {
    String start = text.length() <= MOST_SHOWN ? text : text.substring(0, MOST_SHOWN) + "…";
    return UNSEEN
        .matcher(start)
        .replaceAll(
            unseen -> Matcher.quoteReplacement("\\u%04x".formatted(unseen.group().codePointAt(0))));
  }

  private static final class Section extends InputStream {
    private final DataFile file;
    private final long end;
    private long position;

    Section(DataFile file, long position, long end) {
      this.file = file;
      this.position = position;
      this.end = end;
    }

    @Override
    public int read() {
      var one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int count) {
      int wanted = (int) Math.min(count, end - position);
      if (wanted <= 0) {
        return count == 0 ? 0 : -1;
      }
      byte[] bytes = file.bytes(position, wanted, "JSON");
      System.arraycopy(bytes, 0, into, offset, wanted);
      position += wanted;
      return wanted;
    }
  }
}
